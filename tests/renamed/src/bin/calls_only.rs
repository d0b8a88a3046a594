//! A program that declares a service and only calls it: nothing of what serves it is used.
#![deny(warnings, clippy::all, clippy::pedantic)]

use rpc::{Caller, Decode, Encode, service};

#[derive(Encode, Decode)]
#[ipc(crate = rpc)]
struct Mod {
    id: String,
}

#[service(crate = rpc)]
trait Loader {
    fn mods(&self) -> Vec<Mod>;
    fn unused(&self, id: &str);
}

#[service(crate = rpc)]
trait Unused {
    fn unused(&self);
}

fn calls(caller: &mut dyn Caller) -> Option<String> {
    LoaderClient::new(caller).mods().ok()?.pop().map(|first| first.id)
}

fn main() {
    let _ = calls;
}
