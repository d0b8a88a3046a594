use std::borrow::Cow;

use ipc_runtime::service;

#[service]
trait Loader {
    fn load(&mut self, id: &'static str);
    fn nested(&mut self, ids: Vec<Cow<'static, str>>);
}

fn main() {}
