use ipc_runtime::service;

#[service]
trait Loader {
    #[ipc(oneway = true)]
    fn log(&mut self, line: &str);
    #[ipc(idempotent())]
    fn scan(&mut self);
    #[ipc(name)]
    fn enable(&mut self);
    #[ipc(name = enable)]
    fn disable(&mut self, #[ipc(peer = 1)] id: u8);
    #[ipc]
    fn list(&mut self);
}

fn main() {}
