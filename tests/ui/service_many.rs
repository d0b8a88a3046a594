use ipc_runtime::service;

#[service(version = 1)]
unsafe trait Loader {
    type Error;
    async fn load<T>(&self, (a, b): (u8, T)) -> Result<&str, Box<dyn Fn()>> {
        drop((a, b));
        Ok("")
    }
    #[ipc(oneway, idempotant)]
    fn log(&mut self, line: &mut String) -> impl Clone;
    #[ipc(deferred)]
    fn scan(&mut self, #[ipc(per)] path: *const u8) -> !;
    fn new();
}

fn main() {}
