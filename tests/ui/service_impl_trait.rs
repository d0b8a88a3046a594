use ipc_runtime::service;

#[service]
trait Loader {
    fn argument(&mut self, id: impl AsRef<str>);
    fn nested(&mut self, ids: Vec<impl AsRef<str>>);
    fn answer(&mut self) -> impl Iterator<Item = u8>;
}

fn main() {}
