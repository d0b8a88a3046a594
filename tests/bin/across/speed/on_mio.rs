//! One thread for all clients, by way of mio.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use ipc_runtime::endpoint::Endpoint;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Token};

use super::{DeskByHand, let_in};

/// Those who are there, by their token.
type Clients = Arc<Mutex<Vec<(TcpStream, DeskByHand)>>>;

/// As mio's documentation has it: reads until there is nothing more to read.
pub fn until_nothing_comes(listener: TcpListener, endpoint: &Endpoint) {
    serve(listener, endpoint, |_, _, _, _| false);
}

/// Where the system tells of a socket once for each time that it is asked: a short read is the last,
/// and what comes after it is asked for.
#[cfg(windows)]
pub fn asking_anew(listener: TcpListener, endpoint: &Endpoint) {
    serve(listener, endpoint, |registry, token, stream, full| {
        !full && registry.reregister(stream, token, Interest::READABLE).is_ok()
    });
}

/// `is_done` is asked after a read, with whether it was as long as it could be.
fn serve(
    listener: TcpListener,
    endpoint: &Endpoint,
    is_done: fn(&Registry, Token, &mut TcpStream, bool) -> bool,
) {
    let mut poll = Poll::new().expect("the system can wait");
    let mut events = Events::with_capacity(64);
    let clients = Clients::default();
    let (registry, endpoint) = (poll.registry().try_clone().expect("one more"), endpoint.clone());
    let comers = clients.clone();
    thread::spawn(move || let_all_in(&listener, &endpoint, &registry, &comers));
    loop {
        poll.poll(&mut events, None).expect("the system waits");
        let mut clients = clients.lock().expect("nobody has panicked");
        for event in &events {
            let (stream, desk) = &mut clients[event.token().0];
            loop {
                let space = desk.space();
                let room = space.len();
                let Ok(n @ 1..) = stream.read(space) else { break };
                stream.write_all(desk.answers(n)).expect("there is room for so little");
                if is_done(poll.registry(), event.token(), stream, n == room) {
                    break;
                }
            }
        }
    }
}

fn let_all_in(listener: &TcpListener, endpoint: &Endpoint, registry: &Registry, comers: &Clients) {
    loop {
        let stream = let_in(listener, endpoint);
        stream.set_nonblocking(true).expect("a socket");
        let mut stream = TcpStream::from_std(stream);
        let mut clients = comers.lock().expect("nobody has panicked");
        let token = Token(clients.len());
        registry.register(&mut stream, token, Interest::READABLE).expect("one more");
        clients.push((stream, DeskByHand::new()));
    }
}
