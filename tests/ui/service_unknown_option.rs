use ipc_runtime::service;

#[service]
trait Loader {
    #[ipc(one_way)]
    fn log(&mut self, line: &str);
    #[ipc(defered)]
    fn scan(&mut self);
    #[ipc(timeout = 3)]
    fn enable(&mut self, #[ipc(per)] id: &str, #[ipc(borrow)] other: &str);
}

fn main() {}
