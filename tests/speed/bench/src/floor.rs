//! What a call cannot be faster than: the same bytes over the same sockets, with nothing around them.
//!
//! A frame is its length and so many bytes; each that is whole is sent back, as many as a read has
//! brought in one write.

use std::env;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use driver::Side;
use mio::net::TcpStream as MioStream;
use mio::{Events, Interest, Poll, Token};

/// Large enough for the largest frame, or the largest batch.
const BUFFER: usize = 2 * 1024 * 1024;
const LISTENER: Token = Token(usize::MAX);

pub fn serve_tcp() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    println!("{}", listener.local_addr().expect("it listens"));
    for stream in listener.incoming().flatten() {
        stream.set_nodelay(true).expect("a socket");
        thread::spawn(move || answer_blocking(stream));
    }
}

pub fn serve_unix() {
    let path = env::temp_dir().join(format!("speed-{}", std::process::id()));
    let listener = UnixListener::bind(&path).expect("a free name");
    println!("{}", path.display());
    for stream in listener.incoming().flatten() {
        thread::spawn(move || answer_blocking(stream));
    }
}

fn answer_blocking(mut stream: impl Read + Write) {
    let mut buffer = vec![0; BUFFER];
    let mut held = 0;
    while let Ok(n @ 1..) = stream.read(&mut buffer[held..]) {
        held += n;
        let whole = whole_frames(&buffer[..held]);
        if whole > 0 {
            stream.write_all(&buffer[..whole]).expect("the client reads");
            buffer.copy_within(whole..held, 0);
            held -= whole;
        }
    }
}

/// How many bytes the whole frames at the front are.
fn whole_frames(bytes: &[u8]) -> usize {
    let mut whole = 0;
    while let Some((len, rest)) = bytes[whole..].split_first_chunk() {
        let len = u32::from_le_bytes(*len) as usize;
        if rest.len() < len {
            break;
        }
        whole += 4 + len;
    }
    whole
}

struct Echoed {
    stream: MioStream,
    input: Vec<u8>,
    held: usize,
    /// What is unsent of what is at the front of `input`.
    unsent: std::ops::Range<usize>,
}

/// One thread, many clients, stops at a short read.
pub fn serve_mio() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    println!("{}", listener.local_addr().expect("it listens"));
    listener.set_nonblocking(true).expect("a socket");
    let mut listener = mio::net::TcpListener::from_std(listener);
    let mut poll = Poll::new().expect("the system can wait");
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).expect("a socket");
    let mut events = Events::with_capacity(64);
    let mut clients: Vec<Option<Echoed>> = Vec::new();
    loop {
        poll.poll(&mut events, None).expect("the system can wait");
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true).expect("a socket");
                    let interest = Interest::READABLE | Interest::WRITABLE;
                    let token = Token(clients.len());
                    poll.registry().register(&mut stream, token, interest).expect("a socket");
                    let input = vec![0; BUFFER];
                    clients.push(Some(Echoed { stream, input, held: 0, unsent: 0..0 }));
                }
            } else {
                let slot = &mut clients[event.token().0];
                if !slot.as_mut().is_some_and(Echoed::go_on) {
                    *slot = None;
                }
            }
        }
    }
}

impl Echoed {
    /// `false`: the client is gone.
    fn go_on(&mut self) -> bool {
        while self.send() {
            if !self.unsent.is_empty() {
                return true;
            }
            let room = self.input.len() - self.held;
            let n = match self.stream.read(&mut self.input[self.held..]) {
                Ok(0) => return false,
                Ok(n) => n,
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            };
            self.held += n;
            self.unsent = 0..whole_frames(&self.input[..self.held]);
            if n < room {
                return self.send();
            }
        }
        false
    }

    /// Sends what the socket takes. `false`: the client is gone.
    fn send(&mut self) -> bool {
        let whole = self.unsent.end;
        while !self.unsent.is_empty() {
            match self.stream.write(&self.input[self.unsent.clone()]) {
                Ok(n) => self.unsent.start += n,
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        self.input.copy_within(whole..self.held, 0);
        self.held -= whole;
        self.unsent = 0..0;
        true
    }
}

struct Blocking<S> {
    stream: S,
    /// A frame, or many of them.
    sent: Vec<u8>,
    answers: Vec<u8>,
}

pub fn connect_tcp(address: &str) -> Box<dyn Side> {
    let stream = TcpStream::connect(address).expect("a server");
    stream.set_nodelay(true).expect("a socket");
    Box::new(Blocking::new(stream))
}

pub fn connect_unix(path: &str) -> Box<dyn Side> {
    Box::new(Blocking::new(UnixStream::connect(path).expect("a server")))
}

impl<S: Read + Write> Blocking<S> {
    fn new(stream: S) -> Blocking<S> {
        Blocking { stream, sent: Vec::new(), answers: Vec::new() }
    }

    fn there_and_back(&mut self) {
        self.stream.write_all(&self.sent).expect("the server reads");
        self.answers.resize(self.sent.len(), 0);
        self.stream.read_exact(&mut self.answers).expect("the server answers");
    }

    fn frame(&mut self, payload: &[u8]) {
        self.sent.extend(u32::try_from(payload.len()).expect("a short one").to_le_bytes());
        self.sent.extend(payload);
    }
}

impl<S: Read + Write> Side for Blocking<S> {
    fn add(&mut self) {
        self.batch(1);
    }

    fn echo(&mut self, payload: &[u8]) {
        self.sent.clear();
        self.frame(payload);
        self.there_and_back();
    }

    fn batch(&mut self, calls: usize) {
        self.sent.clear();
        for _ in 0..calls {
            self.frame(&[2, 0, 0, 0, 40, 0, 0, 0]);
        }
        self.there_and_back();
    }
}
