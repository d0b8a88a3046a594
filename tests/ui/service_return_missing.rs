use ipc_runtime::service;

struct Mod;

struct Error;

#[service]
trait Loader {
    fn one(&mut self) -> Mod;
    fn list(&mut self) -> Vec<Mod>;
    fn result(&mut self) -> Result<u8, Error>;
}

fn main() {}
