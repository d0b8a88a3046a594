use ipc_runtime::{Reply, service};

#[service]
trait Loader {
    #[ipc(oneway, deferred)]
    fn scan(&mut self, reply: Reply<u8>);
}

fn main() {}
