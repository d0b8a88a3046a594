use ipc_runtime::service;

#[service]
trait Loader {
    fn load(&mut self);
    #[ipc(name = "load")]
    fn load_one(&mut self, id: u8);
    #[ipc(name = "all")]
    fn load_all(&mut self);
    fn all(&mut self);
}

fn main() {}
