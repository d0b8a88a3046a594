use ipc_runtime::service;

struct Mod;

#[derive(ipc_runtime::Encode)]
struct Sent;

#[service]
trait Loader {
    fn by_value(&mut self, one: Mod);
    fn by_reference(&mut self, id: u8, one: &Mod);
    fn in_slice(&mut self, list: &[Mod]);
    fn in_list(&mut self, list: Vec<Mod>);
    fn sent(&mut self, sent: Sent);
}

fn main() {}
