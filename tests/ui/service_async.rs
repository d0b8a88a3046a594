use ipc_runtime::service;

#[service]
trait Loader {
    async fn load(&mut self);
    fn unload(&mut self);
}

fn main() {}
