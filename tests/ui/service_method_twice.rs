use ipc_runtime::service;

#[service]
trait Loader {
    fn load(&mut self, id: &str);
    fn load(&mut self, id: u8);
}

fn main() {}
