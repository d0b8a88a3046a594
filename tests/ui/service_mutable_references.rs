use ipc_runtime::service;

#[service]
trait Loader {
    fn argument(&mut self, list: &mut Vec<u8>);
    fn lived<'a>(&mut self, list: &'a mut [u8]);
    fn nested(&mut self, maybe: Option<&mut u8>);
    fn pair(&mut self, pair: (u8, &mut u8));
}

fn main() {}
