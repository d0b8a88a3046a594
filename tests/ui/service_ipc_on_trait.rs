use ipc_runtime::service;

#[service]
#[ipc(name = "Old")]
trait Loader {
    fn load(&mut self);
}

fn main() {}
