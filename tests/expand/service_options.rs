use ipc_runtime::{Peer, Reply, service};

/// Every option, a condition, and what is carried over.
#[service(name = "Old", crate = my::rpc)]
#[deprecated]
#[doc(hidden)]
pub(crate) trait Options: Send {
    #[ipc(idempotent, name = "who")]
    fn r#type(&self, #[ipc(peer)] peer: &mut Peer<'_>) -> u8;

    #[cfg(unix)]
    #[deprecated(note = "use another")]
    fn only_here(&mut self);

    #[ipc(deferred)]
    fn both(&mut self, reply: Reply<Result<u8, String>>, #[ipc(peer)] peer: &mut Peer<'_>);

    fn provided(&mut self) -> u8 {
        4
    }
}
