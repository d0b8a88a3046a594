use ipc_runtime::service;

#[service]
trait Loader {
    #[ipc(peer)]
    fn log(&mut self, #[ipc(oneway)] line: &str);
    #[ipc(tag = 3)]
    fn scan(#[ipc(peer)] &mut self);
    #[ipc(crate = ipc_runtime)]
    fn enable(&mut self, #[ipc(name = "a")] b: u8);
}

fn main() {}
