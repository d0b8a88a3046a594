//! Floor: a mio echo server of several clients on one thread, and a blocking std client.
//! Every ratio of the size table is to this program.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::thread::Builder;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const STACK: usize = 64 * 1024;
const LISTENER: Token = Token(usize::MAX);

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn run() -> io::Result<bool> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    Builder::new().stack_size(STACK).spawn(move || serve(listener))?;

    let mut stream = std::net::TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.write_all(b"sixteen byte msg")?;
    let mut answer = [0; 16];
    stream.read_exact(&mut answer)?;
    Ok(answer == *b"sixteen byte msg")
}

fn serve(mut listener: TcpListener) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(16);
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut echoes: Vec<Option<Echo>> = Vec::new();
    loop {
        match poll.poll(&mut events, None) {
            Err(e) if e.kind() != io::ErrorKind::Interrupted => return Err(e),
            _ => {}
        }
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    let both = Interest::READABLE | Interest::WRITABLE;
                    poll.registry().register(&mut stream, Token(echoes.len()), both)?;
                    echoes.push(Some(Echo { stream, bytes: [0; 512], sent: 0, len: 0 }));
                }
            } else if let Some(slot) = echoes.get_mut(event.token().0)
                && slot.as_mut().is_some_and(|echo| !echo.drive())
            {
                *slot = None;
            }
        }
    }
}

/// One client. `bytes[sent..len]` has been read and is still to be written.
struct Echo {
    stream: TcpStream,
    bytes: [u8; 512],
    sent: usize,
    len: usize,
}

impl Echo {
    /// Goes on until the socket would block; false when the client is gone.
    fn drive(&mut self) -> bool {
        loop {
            let done = if self.sent < self.len {
                self.stream.write(&self.bytes[self.sent..self.len]).map(|n| self.sent += n)
            } else {
                match self.stream.read(&mut self.bytes) {
                    Ok(0) => return false,
                    read => read.map(|n| (self.sent, self.len) = (0, n)),
                }
            };
            match done.map_err(|e| e.kind()) {
                Ok(()) | Err(io::ErrorKind::Interrupted) => {}
                Err(kind) => return kind == io::ErrorKind::WouldBlock,
            }
        }
    }
}
