//! Servers whose calls are timed and counted: one of the library, and what can be written by hand for
//! the same handshake and frames. Those by hand do nothing else, so that none can cost less; their
//! clients must behave.

mod on_mio;
#[cfg(windows)]
mod on_windows;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use ipc_runtime::ThreadedServer;
use ipc_runtime::endpoint::{Claim, Endpoint, publish};
use tests::desk::{Clerk, DeskService};

use super::raw::prove;
use super::{say, until_input_ends};

/// Serves until the input ends.
pub fn serve_by(how: &str, name: &str) {
    match how {
        "threads" => in_threads(name),
        "raw_threads" => by_hand(name, threads_by_hand),
        "raw_mio" => by_hand(name, on_mio::until_nothing_comes),
        #[cfg(windows)]
        "raw_mio_anew" => by_hand(name, on_mio::asking_anew),
        #[cfg(windows)]
        "raw_poll" => by_hand(name, on_windows::poll),
        #[cfg(windows)]
        "raw_port" => by_hand(name, on_windows::completion_port),
        _ => panic!("no such server here: {how}"),
    }
}

fn in_threads(name: &str) {
    let mut server =
        ThreadedServer::publish(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    server.add(|| DeskService(Clerk::new()));
    let handle = server.handle();
    thread::spawn(move || {
        until_input_ends();
        handle.stop();
    });
    say("serving");
    server.run().expect("it lets in");
}

/// What serves all clients of a listener, and never returns.
type ByHand = fn(TcpListener, &Endpoint);

fn by_hand(name: &str, serve: ByHand) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let published = publish(name, port, Claim::IfFree).expect("the name is free");
    let endpoint = published.endpoint().clone();
    thread::spawn(move || serve(listener, &endpoint));
    say("serving");
    until_input_ends();
}

/// A client that has proved itself, as a socket that blocks.
fn let_in(listener: &TcpListener, endpoint: &Endpoint) -> TcpStream {
    let (mut stream, _) = listener.accept().expect("a client");
    stream.set_nodelay(true).expect("a socket");
    prove(&mut stream, endpoint);
    stream
}

/// A thread each, a read and a write a call.
fn threads_by_hand(listener: TcpListener, endpoint: &Endpoint) {
    loop {
        let mut stream = let_in(&listener, endpoint);
        thread::spawn(move || {
            let mut desk = DeskByHand::new();
            while let Ok(n @ 1..) = stream.read(desk.space()) {
                stream.write_all(desk.answers(n)).expect("the client reads");
            }
        });
    }
}

/// Answers every call as `Desk.add`.
struct DeskByHand {
    received: Vec<u8>,
    held: usize,
    answers: Vec<u8>,
}

impl DeskByHand {
    fn new() -> DeskByHand {
        DeskByHand { received: vec![0; 4096], held: 0, answers: Vec::new() }
    }

    fn space(&mut self) -> &mut [u8] {
        &mut self.received[self.held..]
    }

    /// To the calls that are whole with the `n` bytes that were read into [`DeskByHand::space`].
    fn answers(&mut self, n: usize) -> &[u8] {
        self.answers.clear();
        self.held += n;
        let mut rest = &self.received[..self.held];
        while let Some((len, after)) = rest.split_first_chunk() {
            let len = u32::from_le_bytes(*len) as usize;
            let Some((frame, after)) = after.split_at_checked(len) else { break };
            let number =
                |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("it is a call of add"));
            let sum = number(&frame[len - 8..len - 4]).wrapping_add(number(&frame[len - 4..]));
            self.answers.extend([9, 0, 0, 0, 2]);
            self.answers.extend(&frame[1..5]);
            self.answers.extend(sum.to_le_bytes());
            rest = after;
        }
        let whole = self.held - rest.len();
        self.received.copy_within(whole..self.held, 0);
        self.held -= whole;
        &self.answers
    }
}
