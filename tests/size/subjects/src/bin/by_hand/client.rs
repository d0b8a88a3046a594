//! One call at a time over a blocking socket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::wire;

#[derive(Debug, PartialEq)]
pub enum Error {
    /// The socket failed or the server left.
    Io(ErrorKind),
    /// The server refused the call, with this status.
    Fault(u8),
    /// The arguments do not fit in a frame; nothing was sent.
    TooLarge,
    /// The server's bytes are not an answer to the call.
    BadReply,
}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Self {
        Self::Io(e.kind())
    }
}

pub struct Client {
    stream: TcpStream,
    /// The call on its way out, then the reply on its way in.
    bytes: Vec<u8>,
    id: u32,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, bytes: Vec::new(), id: 0 })
    }

    pub fn add(&mut self, a: u32, b: u32) -> Result<u32, Error> {
        let start = self.begin(wire::ADD);
        wire::put_u32(&mut self.bytes, a);
        wire::put_u32(&mut self.bytes, b);
        let mut result = self.call(start)?;
        match (wire::take_u32(&mut result), result) {
            (Some(sum), []) => Ok(sum),
            _ => Err(Error::BadReply),
        }
    }

    pub fn hello(&mut self, name: &str) -> Result<String, Error> {
        let start = self.begin(wire::HELLO);
        wire::put_str(&mut self.bytes, name);
        let mut result = self.call(start)?;
        match (wire::take_str(&mut result), result) {
            (Some(greeting), []) => Ok(greeting.to_owned()),
            _ => Err(Error::BadReply),
        }
    }

    fn begin(&mut self, method: u8) -> usize {
        self.id = self.id.wrapping_add(1);
        self.bytes.clear();
        wire::begin_frame(&mut self.bytes, self.id, method)
    }

    /// Sends the call begun at `start` and waits for the bytes of its result.
    fn call(&mut self, start: usize) -> Result<&[u8], Error> {
        if !wire::end_frame(&mut self.bytes, start) {
            return Err(Error::TooLarge);
        }
        self.stream.write_all(&self.bytes)?;
        self.bytes.clear();
        let mut chunk = [0; 4096];
        loop {
            match wire::first_frame(&self.bytes) {
                Ok(Some(_)) => break,
                Ok(None) => {}
                Err(wire::BadLength) => return Err(Error::BadReply),
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(Error::Io(ErrorKind::UnexpectedEof)),
                Ok(n) => self.bytes.extend_from_slice(&chunk[..n]),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        self.result()
    }

    /// The result in `bytes`, which hold a whole frame.
    fn result(&self) -> Result<&[u8], Error> {
        match wire::first_frame(&self.bytes) {
            // One call is under way, so nothing may follow its reply.
            Ok(Some(f)) if f.id == self.id && f.size == self.bytes.len() => match f.tag {
                wire::OK => Ok(f.body),
                status => Err(Error::Fault(status)),
            },
            _ => Err(Error::BadReply),
        }
    }
}
