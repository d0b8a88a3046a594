//! A program that declares a service and only serves it: nothing of what calls it is used.
#![deny(warnings, clippy::all, clippy::pedantic)]

use rpc::{Decode, Encode, Service, service};

#[derive(Encode, Decode)]
#[ipc(crate = rpc)]
struct Mod {
    id: String,
}

#[service(crate = rpc)]
trait Loader {
    fn mods(&self) -> Vec<Mod>;
}

struct Handler;

impl Loader for Handler {
    fn mods(&self) -> Vec<Mod> {
        vec![Mod { id: String::new() }]
    }
}

fn main() {
    assert_eq!(LoaderService(Handler).methods().len(), 1);
}
