use ipc_runtime::service;

#[service]
trait Loader {
    type Error;
    const LIMIT: usize;
    const DEFAULT: [u8; 2] = [1, 2];
    fn load(&mut self);
    methods!();
    methods! {}
    type Output: Clone;
}

macro_rules! methods {
    () => {};
}
use methods;

fn main() {}
