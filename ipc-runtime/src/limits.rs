//! What a server takes from its clients.

use ipc_core::session::Limits;

/// What a server takes from its clients before it turns them away. Every field is a default that
/// a user may set with [`Server::set_limits`](crate::Server::set_limits) or
/// [`ThreadedServer::set_limits`](crate::ThreadedServer::set_limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// What each connection may take. For calls to get through, the client's frame limit is to be
    /// the same.
    pub connection: Limits,
    /// Clients at once; one more is turned away. Those whose handshakes were under way when the
    /// last place was taken, all but one of `handshakes` at most, still come in.
    pub clients: usize,
    /// Connections that have not proved themselves yet; one more, and the oldest is closed.
    pub handshakes: usize,
    /// Milliseconds until a connection has to have proved itself.
    pub handshake_time: u32,
    /// Milliseconds after which a connection is closed that has sent a part of a frame and no
    /// more of it, or that does not read its answers.
    pub stall_time: u32,
    /// Bytes of answers that a client has not read, above which its calls have to wait. An answer
    /// that is under way when it is reached may go beyond it.
    pub write_queue: usize,
    /// Calls of a client that are to be [answered later](ipc_core::later::Reply); while there are
    /// so many, it is not read from beyond its next call. And as many of the server's calls to it.
    /// Where handlers call back, no fewer than the client's own
    /// ([`set_in_flight`](crate::Connection::set_in_flight)): its answers wait behind such a call.
    /// At least one.
    pub in_flight: usize,
    /// Milliseconds that calls from the server to a client have to be answered; at least one.
    pub deadline: u32,
}

impl ServerLimits {
    /// 64 clients, 32 handshakes of 2 seconds, stalls of 10 seconds, 256 KiB of answers,
    /// 32 calls in flight, deadlines of 10 seconds, and [`Limits::DEFAULT`].
    pub const DEFAULT: ServerLimits = ServerLimits {
        connection: Limits::DEFAULT,
        clients: 64,
        handshakes: 32,
        handshake_time: 2_000,
        stall_time: 10_000,
        write_queue: 256 * 1024,
        in_flight: 32,
        deadline: 10_000,
    };
}

impl Default for ServerLimits {
    fn default() -> ServerLimits {
        ServerLimits::DEFAULT
    }
}
