// The stub that follows a mistake takes the place of what would be there: only mistakes are told.
use ipc_runtime::{Caller, Service, service};

#[service(rename = "Old")]
trait Loader {
    fn sound(&mut self, id: &str) -> u8;
    async fn load(&mut self, id: &str) -> Result<u8, String>;
    fn generic<T>(&mut self, value: T) -> Vec<T>;
    fn list(&mut self, list: &mut [u8]) -> usize;
    fn text(&mut self) -> &str;
}

#[service]
trait Generic<T> {
    fn load(&mut self, value: T) -> u8;
}

fn calls(caller: &mut dyn Caller) -> Option<u8> {
    let mut client = LoaderClient::new(caller);
    let id = client.sound("a").ok()? + client.load("a").ok()?;
    client.generic(1).ok()?;
    client.text().ok()?;
    let len: usize = client.list(&mut [1]).ok()?;
    let mut client = GenericClient::new(caller);
    Some(id + len as u8 + client.load(1).ok()?)
}

fn serves<T: Loader, U>(loader: T, generic: U) -> [Box<dyn Service>; 2]
where
    T: 'static,
    U: 'static,
{
    [Box::new(LoaderService(loader)), Box::new(GenericService(generic))]
}

fn main() {}
