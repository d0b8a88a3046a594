use ipc_runtime::{Reply, service};

#[service]
trait Loader {
    fn scan(&mut self, path: &str, reply: Reply<u8>);
    fn path(&mut self, reply: ipc_runtime::Reply<u8>);
}

fn main() {}
