//! The head of a frame: what it is, and which call it belongs to (WIRE.md §4).

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::{DecodeError, ProtocolError};
use crate::method::Method;

pub(crate) const CALL: u8 = 1;
pub(crate) const REPLY: u8 = 2;
pub(crate) const FAULT: u8 = 3;
pub(crate) const CANCEL: u8 = 4;

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
    /// Reads the head off a frame, whose first byte is its kind.
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Head, ProtocolError> {
        Head::parse(r).map_err(|error| match error {
            DecodeError::UnknownTag => ProtocolError::UnknownKind,
            _ => ProtocolError::FrameTooShort,
        })
    }

    fn parse(r: &mut Reader<'_>) -> Result<Head, DecodeError> {
        let [kind] = r.take()?;
        let id = u32::decode(r)?;
        match kind {
            CALL => Ok(Head::Call(Call {
                id,
                service: u32::decode(r)?,
                method: u32::decode(r)?,
                signature: u32::decode(r)?,
                deadline: u32::decode(r)?,
            })),
            REPLY => Ok(Head::Reply(id)),
            FAULT => Ok(Head::Fault(id)),
            CANCEL => Ok(Head::Cancel(id)),
            _ => Err(DecodeError::UnknownTag),
        }
    }
}

/// Begins a call's frame; the arguments are appended by the caller.
pub(crate) fn begin_call(w: &mut Writer, method: &Method, id: u32, deadline: u32) {
    w.begin(CALL);
    for number in [id, method.service, method.id, method.signature, deadline] {
        number.encode(w);
    }
}

/// Begins a frame that answers, or takes back, the call of this id.
pub(crate) fn begin_answer(w: &mut Writer, kind: u8, id: u32) {
    w.begin(kind);
    id.encode(w);
}
