//! The head of a frame: what it is, and which call it belongs to (WIRE.md §4).

use core::ops::Range;

use crate::codec::Writer;
use crate::error::ProtocolError;
use crate::method::Method;

pub(crate) const CALL: u8 = 1;
pub(crate) const REPLY: u8 = 2;
pub(crate) const FAULT: u8 = 3;
pub(crate) const CANCEL: u8 = 4;

/// Bytes of the head that all frames have, and of the length field.
pub(crate) const HEAD: usize = 4 + 1 + 4;

/// Bytes of a call's head, behind the length field.
pub(crate) const CALL_HEAD: usize = 1 + 4 + 16;

/// A frame that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub head: Head,
    /// Where the rest of it lies in the receive buffer.
    pub payload: Range<usize>,
}

/// What a frame says before its payload, which is the rest of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Run a method; the arguments follow.
    Call(Call),
    /// The answer to the call of this id; the returned value follows.
    Reply(u32),
    /// The call of this id came to nothing; a code and its detail follow.
    Fault(u32),
    /// The caller has given up on the call of this id.
    Cancel(u32),
}

/// Which method to run, and who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The caller's name for this call; 0 for a one-way call, which is never answered.
    pub id: u32,
    /// Hash of the service's name.
    pub service: u32,
    /// Hash of the method's name.
    pub method: u32,
    /// Hash of the method's signature.
    pub signature: u32,
    /// Milliseconds the caller will wait from when it sent this; 0 for no limit.
    pub deadline: u32,
}

impl Head {
    /// Reads the head off a frame, whose first byte is its kind; the rest is the payload.
    pub(crate) fn read(frame: &[u8]) -> Result<(Head, &[u8]), ProtocolError> {
        let Some(([kind, id @ ..], rest)) = frame.split_first_chunk::<5>() else {
            return Err(ProtocolError::FrameTooShort);
        };
        let id = u32::from_le_bytes(*id);
        match *kind {
            CALL => match rest.split_first_chunk::<16>() {
                Some((numbers, args)) => Ok((Head::Call(Call::read(id, numbers)), args)),
                None => Err(ProtocolError::FrameTooShort),
            },
            REPLY => Ok((Head::Reply(id), rest)),
            FAULT => Ok((Head::Fault(id), rest)),
            CANCEL => Ok((Head::Cancel(id), rest)),
            _ => Err(ProtocolError::UnknownKind),
        }
    }
}

impl Call {
    fn read(id: u32, numbers: &[u8; 16]) -> Call {
        let mut numbers = numbers.as_chunks().0.iter().map(|number| u32::from_le_bytes(*number));
        let mut next = || numbers.next().unwrap_or_default();
        Call { id, service: next(), method: next(), signature: next(), deadline: next() }
    }
}

/// Begins a call's frame; the arguments are appended by the caller.
#[inline(never)]
pub(crate) fn begin_call(w: &mut Writer, method: &Method, id: u32, deadline: u32) {
    // In one piece: to append them is dearer than to put them together.
    let mut head = [0; 4 + CALL_HEAD];
    let [_, _, _, _, kind, rest @ ..] = &mut head;
    *kind = CALL;
    let numbers = [id, method.service, method.id, method.signature, deadline];
    for (slot, number) in rest.as_chunks_mut().0.iter_mut().zip(numbers) {
        *slot = number.to_le_bytes();
    }
    w.abandon();
    w.put_bytes(&head);
}
