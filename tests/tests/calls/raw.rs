//! An end with nothing of the library in it: WIRE.md §4.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ipc_runtime::{Service, Slow};

use crate::office::office;

/// No single read or write takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Raw(pub TcpStream);

impl Raw {
    pub fn connect(port: u16) -> Raw {
        Raw::new(TcpStream::connect(("127.0.0.1", port)).expect("somebody listens"))
    }

    fn new(stream: TcpStream) -> Raw {
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
        Raw(stream)
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the peer takes it");
    }

    /// The next frame: its kind, its id and what follows; `None` when there is none.
    pub fn frame(&mut self) -> Option<(u8, u32, Vec<u8>)> {
        let mut len = [0; 4];
        match self.0.read_exact(&mut len) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("nothing came"),
            Err(_) => return None,
        }
        let mut frame = vec![0; u32::from_le_bytes(len) as usize];
        self.0.read_exact(&mut frame).expect("the rest of a frame");
        let id = u32::from_le_bytes([frame[1], frame[2], frame[3], frame[4]]);
        Some((frame[0], id, frame.split_off(5)))
    }

    /// Says that no more is sent.
    pub fn half_close(&mut self) {
        self.0.shutdown(Shutdown::Write).expect("it is still open");
    }
}

/// A call of an office's method.
pub fn call(id: u32, name: &str, deadline: u32, args: &[u8]) -> Vec<u8> {
    let methods = office(Slow::Newest).0.methods();
    let method = methods.iter().find(|method| method.name == name).expect("there is such a method");
    let numbers = [method.service, method.id, method.signature, deadline].map(u32::to_le_bytes);
    frame(1, id, &[numbers.as_flattened(), args].concat())
}

/// A frame.
pub fn frame(kind: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(1 + 4 + payload.len()).expect("a frame is that short");
    [&len.to_le_bytes(), [kind].as_slice(), &id.to_le_bytes(), payload].concat()
}

/// Runs `server` with the first connection to a port of its own, and says which.
pub fn raw_server<T: Send + 'static>(
    server: impl FnOnce(Raw) -> T + Send + 'static,
) -> (u16, JoinHandle<T>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("somebody connects");
        drop(listener);
        server(Raw::new(stream))
    });
    (port, thread)
}
