use ipc_runtime::service;

// Of some 77,000 names, two are likely to have the same 32-bit hash.
#[service]
trait Loader {
    fn rename_2647(&mut self);
    fn list_3355(&mut self);
}

fn main() {}
