use ipc_runtime::service;

#[service(crate = renamed)]
trait Loader {
    fn load(&mut self);
}

fn main() {}
