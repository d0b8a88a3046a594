use ipc_runtime::service;

#[service]
trait Loader {
    fn constant(&mut self, at: *const u8);
    fn mutable(&mut self, at: Vec<*mut u8>);
    fn answer(&mut self) -> *const u8;
}

fn main() {}
