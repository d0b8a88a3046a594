//! `add(u32, u32)` and `hello(&str)` as bytes, for rivals that carry messages but know no methods.
//! And what keeps each program slim: no name is looked up, no text parsed, no setting read.

#![allow(dead_code, reason = "no rival uses all of it")]

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::thread::{Builder, JoinHandle};

/// Any free port of this machine, as an address and not as text.
pub const LOCAL: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// A thread whose stack has a size, so that none is looked up in the environment.
pub fn spawn(run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().stack_size(1024 * 1024).spawn(run)
}

/// Makes both calls through `exchange`; true when both answers are right.
pub fn right(mut exchange: impl FnMut(&[u8]) -> Option<Vec<u8>>) -> bool {
    calls().iter().zip(answers()).all(|(call, answer)| exchange(call) == Some(answer))
}

/// `add(2, 40)` and `hello("world")`.
pub fn calls() -> [Vec<u8>; 2] {
    [[&[0][..], &2_u32.to_le_bytes(), &40_u32.to_le_bytes()].concat(), b"\x01world".to_vec()]
}

pub fn answers() -> [Vec<u8>; 2] {
    [42_u32.to_le_bytes().to_vec(), b"hello world".to_vec()]
}

/// The server's side: no answer to what is not a call of one of the two methods.
pub fn answer(call: &[u8]) -> Option<Vec<u8>> {
    let (&method, arguments) = call.split_first()?;
    match method {
        0 => {
            let (a, b) = arguments.split_first_chunk()?;
            let b: [u8; 4] = b.try_into().ok()?;
            Some(u32::from_le_bytes(*a).wrapping_add(u32::from_le_bytes(b)).to_le_bytes().into())
        }
        1 => {
            let mut greeting = String::from("hello ");
            greeting.push_str(std::str::from_utf8(arguments).ok()?);
            Some(greeting.into_bytes())
        }
        _ => None,
    }
}
