use ipc_runtime::service;

#[service]
trait Loader {
    unsafe fn load(&mut self);
    extern "C" fn unload(&mut self);
    unsafe extern "C" fn reload(&mut self);
}

fn main() {}
