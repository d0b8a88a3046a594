use ipc_runtime::service;

#[service(name = "A", name = "B")]
trait Loader {
    #[ipc(oneway, oneway)]
    fn log(&mut self, line: &str);
    #[ipc(name = "a")]
    #[ipc(name = "b")]
    fn scan(&mut self);
}

fn main() {}
