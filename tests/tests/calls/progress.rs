//! What a handler that has a thread of its own tells its caller before it returns.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use ipc_runtime::{Connection, Peer, ThreadedServer, service};

const LONG: Duration = Duration::from_secs(20);

#[service]
trait Work {
    /// Whether the caller has heard of it before it ended.
    fn work(&mut self, #[ipc(peer)] peer: &mut Peer<'_>) -> bool;
}

#[service]
trait Progress {
    #[ipc(oneway)]
    fn at(&mut self, percent: u8);
}

struct Worker(Arc<Mutex<Receiver<u8>>>);

impl Work for Worker {
    fn work(&mut self, peer: &mut Peer<'_>) -> bool {
        let heard = self.0.lock().expect("no panic");
        [40, 80].into_iter().all(|percent| {
            ProgressClient::new(peer).at(percent).is_ok() && heard.recv_timeout(LONG) == Ok(percent)
        })
    }
}

struct Listener(Sender<u8>);

impl Progress for Listener {
    fn at(&mut self, percent: u8) {
        self.0.send(percent).expect("it is waited for");
    }
}

#[test]
fn a_caller_hears_of_progress_while_its_call_goes_on() {
    let (heard, hears) = channel();
    let hears = Arc::new(Mutex::new(hears));
    let mut server = ThreadedServer::unpublished().expect("a free port");
    server.add(move || WorkService(Worker(hears.clone())));
    let (endpoint, handle) = (server.endpoint().expect("it has a key"), server.handle());
    let thread = thread::spawn(move || server.run());

    let mut connection = Connection::open_endpoint(&endpoint).expect("it listens");
    connection.set_deadline(3 * LONG);
    connection.add(ProgressService(Listener(heard))).expect("one of its name");
    assert_eq!(WorkClient::new(&mut connection).work(), Ok(true));

    handle.stop();
    assert_eq!(thread.join().expect("no panic"), Ok(()));
}
