use ipc_runtime::service;

#[service]
pub unsafe trait Loader {
    fn load(&mut self);
}

fn main() {}
