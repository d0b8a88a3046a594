use ipc_runtime::service;

#[service]
trait Loader {
    fn new(&mut self, id: &str) -> u8;
}

fn main() {}
