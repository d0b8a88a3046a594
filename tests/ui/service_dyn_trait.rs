use ipc_runtime::service;

#[service]
trait Loader {
    fn argument(&mut self, id: &dyn AsRef<str>);
    fn nested(&mut self, ids: Vec<Box<dyn AsRef<str>>>);
    fn answer(&mut self) -> Box<dyn Iterator<Item = u8>>;
}

fn main() {}
