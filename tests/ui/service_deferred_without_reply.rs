use ipc_runtime::{Reply, service};

#[service]
trait Loader {
    #[ipc(deferred)]
    fn nothing(&mut self);
    #[ipc(deferred)]
    fn wrong(&mut self, path: &str);
    #[ipc(deferred)]
    fn not_last(&mut self, reply: Reply<u8>, path: &str);
}

fn main() {}
