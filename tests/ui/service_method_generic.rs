use ipc_runtime::service;

#[service]
trait Loader {
    fn load<T: Clone>(&mut self, value: T);
    fn array<const N: usize>(&mut self, value: [u8; N]);
    fn both<'a, T, const N: usize>(&mut self, value: &'a [T; N]) -> T;
    fn lived<'a>(&mut self, value: &'a str);
}

fn main() {}
