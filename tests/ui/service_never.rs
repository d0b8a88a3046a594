use ipc_runtime::service;

#[service]
trait Loader {
    fn exit(&mut self) -> !;
}

fn main() {}
