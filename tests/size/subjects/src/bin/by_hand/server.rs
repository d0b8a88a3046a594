//! Many clients on one thread. A client that breaks the protocol loses its connection, no other does.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::Builder;

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};

use crate::wire::{self, Frame};

const STACK: usize = 64 * 1024;
const LISTENER: Token = Token(usize::MAX);
/// Unsent bytes of one client above which nothing more of it is read or answered.
const QUEUE_CAP: usize = 256 * 1024;

/// Starts the server on its own thread; returns where it listens.
pub fn spawn() -> io::Result<SocketAddr> {
    let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    let poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let server = Server { listener, sessions: Vec::new() };
    Builder::new().stack_size(STACK).spawn(move || server.run(poll))?;
    Ok(address)
}

struct Server {
    listener: TcpListener,
    /// The index is the token; a place that is None is free.
    sessions: Vec<Option<Session>>,
}

impl Server {
    fn run(mut self, mut poll: Poll) -> io::Result<()> {
        let mut events = Events::with_capacity(64);
        loop {
            match poll.poll(&mut events, None) {
                Err(e) if e.kind() != ErrorKind::Interrupted => return Err(e),
                _ => {}
            }
            for event in &events {
                self.handle(event, poll.registry());
            }
        }
    }

    fn handle(&mut self, event: &Event, registry: &Registry) {
        if event.token() == LISTENER {
            while let Ok((stream, _)) = self.listener.accept() {
                // One that cannot be registered is dropped, and so closed.
                let _ = self.admit(stream, registry);
            }
        } else if let Some(place) = self.sessions.get_mut(event.token().0) {
            // An event of a client that left a moment ago may meet the next one in its place:
            // a session asked to go on when nothing happened does nothing.
            if place.as_mut().is_some_and(|session| session.go_on().is_err()) {
                *place = None;
            }
        }
    }

    fn admit(&mut self, mut stream: TcpStream, registry: &Registry) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let free = match self.sessions.iter().position(Option::is_none) {
            Some(free) => free,
            None => {
                self.sessions.push(None);
                self.sessions.len() - 1
            }
        };
        registry.register(&mut stream, Token(free), Interest::READABLE | Interest::WRITABLE)?;
        let session = Session { stream, input: Vec::new(), output: Vec::new() };
        self.sessions[free] = Some(session);
        Ok(())
    }
}

/// Why a session ends: the client left, broke the protocol, or the socket failed.
struct Over;

/// One client. `input` starts with the first frame not yet answered, `output` with the first
/// byte not yet written.
struct Session {
    stream: TcpStream,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Session {
    /// Reads, answers and writes until the socket would block.
    fn go_on(&mut self) -> Result<(), Over> {
        loop {
            let frames_left = self.answer()?;
            self.flush()?;
            if self.output.len() > QUEUE_CAP {
                return Ok(()); // the write blocked, so a writable event comes
            }
            if !frames_left && !self.fill()? {
                return Ok(());
            }
        }
    }

    /// Answers the whole frames of `input`; true when a full queue made it stop before the last.
    fn answer(&mut self) -> Result<bool, Over> {
        let mut done = 0;
        let frames_left = loop {
            if self.output.len() > QUEUE_CAP {
                break true;
            }
            match wire::first_frame(&self.input[done..]) {
                Ok(Some(frame)) => {
                    dispatch(&frame, &mut self.output);
                    done += frame.size;
                }
                Ok(None) => break false,
                Err(wire::BadLength) => return Err(Over),
            }
        };
        self.input.drain(..done);
        Ok(frames_left)
    }

    /// Writes what the socket takes.
    fn flush(&mut self) -> Result<(), Over> {
        let mut sent = 0;
        while sent < self.output.len() {
            match self.stream.write(&self.output[sent..]) {
                Ok(n) => sent += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Err(Over),
            }
        }
        self.output.drain(..sent);
        Ok(())
    }

    /// Reads once; false when there is nothing to read now.
    fn fill(&mut self) -> Result<bool, Over> {
        let mut bytes = [0; 4096];
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(Over),
            Ok(n) => {
                self.input.extend_from_slice(&bytes[..n]);
                Ok(true)
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => Ok(true),
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(_) => Err(Over),
        }
    }
}

/// Answers one call at the end of `out`.
fn dispatch(call: &Frame<'_>, out: &mut Vec<u8>) {
    let start = wire::begin_frame(out, call.id, wire::OK);
    let mut arguments = call.body;
    let known = match call.tag {
        wire::ADD => add(&mut arguments, out),
        wire::HELLO => hello(&mut arguments, out),
        _ => return fault(call.id, wire::UNKNOWN_METHOD, out, start),
    };
    if known.is_none() || !arguments.is_empty() {
        fault(call.id, wire::BAD_ARGUMENTS, out, start);
    } else if !wire::end_frame(out, start) {
        fault(call.id, wire::TOO_LARGE, out, start);
    }
}

#[cold]
fn fault(id: u32, status: u8, out: &mut Vec<u8>, start: usize) {
    out.truncate(start);
    let start = wire::begin_frame(out, id, status);
    wire::end_frame(out, start);
}

fn add(arguments: &mut &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (a, b) = (wire::take_u32(arguments)?, wire::take_u32(arguments)?);
    wire::put_u32(out, a.wrapping_add(b));
    Some(())
}

fn hello(arguments: &mut &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut greeting = String::from("hello ");
    greeting.push_str(wire::take_str(arguments)?);
    wire::put_str(out, &greeting);
    Some(())
}
