//! The bytes of a connection as lines of text, a frame a line, for people who look for a mistake.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Write};

use crate::codec::Reader;
use crate::deframe::READ_STEP;
use crate::error::{DecodeError, Problem, ProtocolError, Reason};
use crate::frame::{Call, Frame, Head};
use crate::interface::{Argument, Interface, Kind, Signature};
use crate::method::Method;
use crate::session::{self, Limits, Session};

/// Bytes of text that one value may take; the rest of it is left out.
const VALUE: usize = 512;

/// Bytes that are shown of what cannot be decoded.
const RAW: usize = 32;

/// Calls of one side whose answers are known for what they are. When there are more, the oldest
/// is forgotten.
const IN_FLIGHT: usize = 1024;

/// One frame, or the end of what can be read of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Whether this side sent it.
    pub sent: bool,
    /// What it is.
    pub what: What,
    /// All that is known of it, in one line, without a direction.
    pub text: &'a str,
}

/// What a [`Line`] is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// A call, which may be one-way.
    Call,
    /// An answer.
    Reply,
    /// A call that came to nothing.
    Fault,
    /// A caller that has given up.
    Cancel,
    /// What follows in this direction are no frames; no line comes of it any more.
    Broken,
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.sent { "-> " } else { "<- " })?;
        f.write_str(self.text)
    }
}

/// Reads the bytes of one connection, in one direction or both, and says what they are.
///
/// Never fails: what cannot be decoded is said to be so, and what no [`Interface`] knows is shown
/// by its hash. What a reply returned is known if the call was seen too. Of a value 512 bytes of
/// text are shown at most.
///
/// ```
/// use ipc_core::dump::Dump;
///
/// let cancel = [5, 0, 0, 0, 4, 7, 0, 0, 0];
/// let mut lines = Vec::new();
/// let mut dump = Dump::new(&[]);
/// // However the bytes come.
/// for half in cancel.chunks(5) {
///     dump.sent(half, &mut |line| lines.push(line.to_string()));
/// }
/// assert_eq!(lines, ["-> cancel 7"]);
/// ```
pub struct Dump {
    book: Book,
    received: Way,
    sent: Way,
}

/// What helps to read frames.
struct Book {
    interfaces: Vec<Interface>,
    limits: Limits,
}

type Calls = VecDeque<(u32, &'static Signature)>;

/// One direction.
struct Way {
    /// Takes frames apart; none of them is acted on.
    session: Session,
    broken: bool,
    /// Calls that went this way and were not answered yet, those of one id in order.
    calls: Calls,
}

impl Dump {
    /// Knows the methods of these interfaces: `LoaderClient::INTERFACE` for a trait `Loader`.
    pub fn new(interfaces: &[Interface]) -> Dump {
        let book = Book { interfaces: interfaces.to_vec(), limits: Limits::DEFAULT };
        Dump { book, received: Way::new(), sent: Way::new() }
    }

    /// Sets what a frame may take, where the connection's limits are not the default.
    pub fn set_limits(&mut self, limits: Limits) {
        self.book.limits = limits;
    }

    /// Takes bytes that this side received, and tells of each frame that is whole. Does not block.
    pub fn received(&mut self, bytes: &[u8], tell: &mut dyn FnMut(Line<'_>)) {
        let Dump { book, received, sent } = self;
        book.read(false, bytes, (received, sent), tell);
    }

    /// Takes bytes that this side sent. As [`Dump::received`].
    pub fn sent(&mut self, bytes: &[u8], tell: &mut dyn FnMut(Line<'_>)) {
        let Dump { book, received, sent } = self;
        book.read(true, bytes, (sent, received), tell);
    }
}

impl Way {
    fn new() -> Way {
        Way { session: Session::new(Limits::DEFAULT), broken: false, calls: Calls::new() }
    }
}

impl Book {
    fn read(
        &self,
        sent: bool,
        bytes: &[u8],
        (here, there): (&mut Way, &mut Way),
        tell: &mut dyn FnMut(Line<'_>),
    ) {
        let Way { session, broken, calls } = here;
        // A part at a time, so that there is never more than that and a frame in the buffer.
        for part in bytes.chunks(READ_STEP) {
            if *broken {
                return;
            }
            session.set_limits(self.limits);
            session.receive(part);
            loop {
                let mut text = String::new();
                let what = match session.next() {
                    Ok(Some(Frame { head, payload })) => {
                        let calls = (&mut *calls, &mut there.calls);
                        self.frame(&mut text, calls, head, session.payload(payload))
                    }
                    Ok(None) => break,
                    Err(error) => {
                        *broken = true;
                        say(&mut text, format_args!("broken: {}", said(error)));
                        What::Broken
                    }
                };
                tell(Line { sent, what, text: &text });
                if *broken {
                    *session = Session::new(self.limits);
                    break;
                }
            }
        }
    }

    fn frame(
        &self,
        text: &mut String,
        (here, there): (&mut Calls, &mut Calls),
        head: Head,
        payload: &[u8],
    ) -> What {
        match head {
            Head::Call(call) => {
                if let Some(signature) = self.call(text, &call, payload)
                    && call.id != 0
                {
                    if here.len() >= IN_FLIGHT {
                        here.pop_front();
                    }
                    here.push_back((call.id, signature));
                }
                What::Call
            }
            Head::Reply(id) => {
                self.reply(text, id, answered(there, id), payload);
                What::Reply
            }
            Head::Fault(id) => {
                say(text, format_args!("fault {id}"));
                name(text, answered(there, id));
                fault(text, payload);
                What::Fault
            }
            Head::Cancel(id) => {
                say(text, format_args!("cancel {id}"));
                name(text, here.iter().find(|(other, _)| *other == id).map(|(_, of)| *of));
                What::Cancel
            }
        }
    }

    fn call(&self, text: &mut String, call: &Call, args: &[u8]) -> Option<&'static Signature> {
        match call.id {
            0 => text.push_str("one-way "),
            id => say(text, format_args!("call {id} ")),
        }
        let service = self.interfaces.iter().find(|interface| {
            interface.methods.first().is_some_and(|first| first.method.service == call.service)
        });
        let methods = service.map_or(&[][..], |service| service.methods).iter();
        let found = methods.into_iter().find(|known| known.method.id == call.method);
        match (found, service) {
            (Some(known), _) if known.method.signature == call.signature => {
                text.push_str(known.method.name);
                self.arguments(text, known.arguments, args);
            }
            (Some(known), _) => {
                let (name, signature) = (known.method.name, call.signature);
                say(text, format_args!("{name} of another signature {signature:08x}"));
                raw(text, args);
            }
            (None, Some(service)) => {
                say(text, format_args!("{}.{:08x}", service.name, call.method));
                raw(text, args);
            }
            (None, None) => {
                say(text, format_args!("{:08x}.{:08x}", call.service, call.method));
                raw(text, args);
            }
        }
        if call.deadline != 0 {
            say(text, format_args!(" within {} ms", call.deadline));
        }
        found.filter(|known| known.method.signature == call.signature)
    }

    fn arguments(&self, text: &mut String, arguments: &[Argument], args: &[u8]) {
        let mut r = Reader::new(args, self.limits.budget);
        text.push('(');
        for (i, Argument { name, kind }) in arguments.iter().enumerate() {
            if i > 0 {
                text.push_str(", ");
            }
            say(text, format_args!("{name}: "));
            if value(text, &mut r, kind).is_err() {
                return text.push(')');
            }
        }
        trailing(text, &r);
        text.push(')');
    }

    fn reply(&self, text: &mut String, id: u32, of: Option<&'static Signature>, bytes: &[u8]) {
        say(text, format_args!("reply {id}"));
        name(text, of);
        match of.and_then(|of| of.returns) {
            Some(kind) => {
                text.push_str(": ");
                let mut r = Reader::new(bytes, self.limits.budget);
                if value(text, &mut r, &kind).is_ok() {
                    trailing(text, &r);
                }
            }
            None => raw(text, bytes),
        }
    }
}

/// Takes out the call that is answered.
fn answered(calls: &mut Calls, id: u32) -> Option<&'static Signature> {
    let at = calls.iter().position(|(other, _)| *other == id)?;
    calls.remove(at).map(|(_, signature)| signature)
}

fn name(text: &mut String, of: Option<&Signature>) {
    if let Some(of) = of {
        text.push(' ');
        text.push_str(of.method.name);
    }
}

fn fault(text: &mut String, payload: &[u8]) {
    let Problem { reason, detail, may_have_run, .. } = session::read_fault(payload, &Method::NONE);
    match (reason, payload) {
        (Reason::Unknown, [code, ..]) => say(text, format_args!(": code {code:02x}")),
        _ => say(text, format_args!(": {reason:?}")),
    }
    if let Some(detail) = detail {
        say(text, format_args!(" ({}, at byte {})", detail.error, detail.at));
    }
    text.push_str(if may_have_run { ", may have run" } else { ", did not run" });
}

/// Shows the next value, or what is wrong with it.
fn value(text: &mut String, r: &mut Reader<'_>, kind: &Kind) -> Result<(), DecodeError> {
    let shown = (kind.show)(r, &mut Bounded { text, left: Some(VALUE) });
    if let Err(error) = shown {
        wrong(text, r, error);
    }
    shown
}

fn trailing(text: &mut String, r: &Reader<'_>) {
    if let Err(error) = r.end() {
        text.push(' ');
        wrong(text, r, error);
    }
}

fn wrong(text: &mut String, r: &Reader<'_>, error: DecodeError) {
    say(text, format_args!("<{error}, at byte {}>", r.position()));
}

/// Bytes that nobody knows the type of.
fn raw(text: &mut String, bytes: &[u8]) {
    say(text, format_args!(", {} bytes", bytes.len()));
    for (i, byte) in bytes.iter().take(RAW).enumerate() {
        say(text, format_args!("{} {byte:02x}", if i == 0 { ":" } else { "" }));
    }
    if bytes.len() > RAW {
        text.push_str(" ...");
    }
}

fn said(error: ProtocolError) -> &'static str {
    match error {
        ProtocolError::FrameTooLong => "a frame is longer than the limit",
        ProtocolError::FrameTooShort => "a frame is shorter than its head",
        ProtocolError::UnknownKind => "a frame is of unknown kind",
    }
}

fn say(text: &mut String, what: fmt::Arguments<'_>) {
    // A text takes all that there is memory for.
    let _ = text.write_fmt(what);
}

/// A text that takes so much and no more, and says that something is left out.
struct Bounded<'a> {
    text: &'a mut String,
    /// How much it takes; `None`: something has been left out.
    left: Option<usize>,
}

impl Write for Bounded<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        // What is left is not even put into words.
        let left = self.left.take().ok_or(fmt::Error)?;
        self.left = left.checked_sub(more.len());
        if self.left.is_some() {
            self.text.push_str(more);
            return Ok(());
        }
        let fits = (0..=left).rev().find(|at| more.is_char_boundary(*at));
        self.text.push_str(more.get(..fits.unwrap_or(0)).unwrap_or_default());
        self.text.push_str("...");
        Err(fmt::Error)
    }
}
