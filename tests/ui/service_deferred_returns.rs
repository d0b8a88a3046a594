use ipc_runtime::{Reply, service};

#[service]
trait Loader {
    #[ipc(deferred)]
    fn scan(&mut self, reply: Reply<u8>) -> u8;
    #[ipc(deferred)]
    fn borrowed(&mut self, reply: Reply<&str>);
}

fn main() {}
