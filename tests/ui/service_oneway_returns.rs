use ipc_runtime::service;

#[service]
trait Loader {
    #[ipc(oneway)]
    fn log(&mut self, line: &str) -> Result<(), String>;
    #[ipc(oneway)]
    fn unit(&mut self) -> ();
}

fn main() {}
