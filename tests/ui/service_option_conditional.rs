use ipc_runtime::service;

#[service]
trait Loader {
    #[cfg_attr(unix, ipc(oneway))]
    fn load(&mut self);
    #[cfg_attr(unix, doc = "Documented.")]
    fn unload(&mut self);
}

fn main() {}
