use ipc_runtime::{Connection, Server, service};

#[service]
trait Loader {
    fn mods(&mut self) -> Vec<String>;
}

struct Mods;

impl Loader for Mods {
    fn mods(&mut self) -> Vec<String> {
        Vec::new()
    }
}

fn served(server: &mut Server, connection: &mut Connection) {
    let _ = server.add(Mods);
    let _ = server.add_for_each(|_| Mods);
    let _ = connection.add(Mods);
}

fn main() {}
