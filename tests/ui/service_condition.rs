use ipc_runtime::service;

#[service]
trait Loader {
    fn load(&mut self, #[cfg(unix)] id: u8, #[cfg(windows)] id: u16);
}

fn main() {}
