//! The bytes of a frame, both ways, little-endian:
//! `len u32` (of what follows), `id u32`, `tag u8` (the method of a call, the status of a reply),
//! then the arguments or the result. A string is `len u32` and UTF-8.

/// The largest `len` that either side takes or sends.
pub const FRAME_CAP: usize = 1 << 20;
/// Bytes of `id` and `tag`, the least that `len` may be.
const HEAD: usize = 5;

/// Methods.
pub const ADD: u8 = 0;
pub const HELLO: u8 = 1;

/// Statuses.
pub const OK: u8 = 0;
pub const UNKNOWN_METHOD: u8 = 1;
pub const BAD_ARGUMENTS: u8 = 2;
pub const TOO_LARGE: u8 = 3;

/// A `len` that no honest peer sends.
pub struct BadLength;

pub struct Frame<'a> {
    pub id: u32,
    pub tag: u8,
    pub body: &'a [u8],
    /// Bytes it takes of the input, `len` included.
    pub size: usize,
}

/// The frame at the start of `bytes`; None while it has not arrived whole.
/// A bad length is refused at once, before anything is awaited or kept for it.
pub fn first_frame(bytes: &[u8]) -> Result<Option<Frame<'_>>, BadLength> {
    let mut rest = bytes;
    let Some(len) = take_u32(&mut rest) else { return Ok(None) };
    let len = len as usize;
    if !(HEAD..=FRAME_CAP).contains(&len) {
        return Err(BadLength);
    }
    let Some(mut frame) = rest.get(..len) else { return Ok(None) };
    match (take_u32(&mut frame), frame.split_first()) {
        (Some(id), Some((&tag, body))) => Ok(Some(Frame { id, tag, body, size: 4 + len })),
        _ => Err(BadLength),
    }
}

/// Starts a frame at the end of `out`; returns where, for `end_frame`.
pub fn begin_frame(out: &mut Vec<u8>, id: u32, tag: u8) -> usize {
    let start = out.len();
    put_u32(out, 0);
    put_u32(out, id);
    out.push(tag);
    start
}

/// Writes the length of the frame begun at `start`; false, and the frame is removed, above the cap.
pub fn end_frame(out: &mut Vec<u8>, start: usize) -> bool {
    let len = out.len() - start - 4;
    if len > FRAME_CAP {
        out.truncate(start);
        return false;
    }
    out[start..start + 4].copy_from_slice(&(len as u32).to_le_bytes());
    true
}

pub fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

pub fn put_str(out: &mut Vec<u8>, value: &str) {
    // A longer one than u32 counts cannot pass `end_frame`.
    put_u32(out, value.len() as u32);
    out.extend_from_slice(value.as_bytes());
}

pub fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    let (value, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*value))
}

pub fn take_str<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let len = take_u32(bytes)? as usize;
    let (value, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    std::str::from_utf8(value).ok()
}
