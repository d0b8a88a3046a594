use ipc_runtime::service;

#[service]
trait Loader {
    fn text(&mut self) -> &str;
    fn nested(&mut self) -> Result<Vec<&str>, u8>;
    fn fixed(&mut self) -> &'static [u8];
}

fn main() {}
