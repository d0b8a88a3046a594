use ipc_runtime::service;

#[service]
trait Loader {
    fn argument(&mut self, then: fn(u8) -> u8);
    fn nested(&mut self, then: Option<fn()>);
    fn answer(&mut self) -> fn(u8);
}

fn main() {}
