use ipc_runtime::service;

use std::borrow::Cow;

#[service]
trait Loader {
    fn cow(&mut self) -> Cow<'_, str>;
    fn named<'a>(&'a mut self) -> Vec<Cow<'a, str>>;
}

fn main() {}
