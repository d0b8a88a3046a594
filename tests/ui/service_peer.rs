use ipc_runtime::{Peer, service};

#[service]
trait Loader {
    fn unmarked(&mut self, peer: &mut Peer<'_>);
    fn shared(&mut self, #[ipc(peer)] peer: &Peer<'_>);
    fn owned(&mut self, #[ipc(peer)] peer: Peer<'_>);
    fn other(&mut self, #[ipc(peer)] peer: &mut String);
    fn two(&mut self, #[ipc(peer)] one: &mut Peer<'_>, #[ipc(peer)] two: &mut Peer<'_>);
}

fn main() {}
