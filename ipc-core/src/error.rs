//! What can go wrong, by whose fault it is: the bytes, the frame, or the call as a whole.

use core::convert::Infallible;
use core::fmt;

use crate::method::Method;

/// Bytes that are not the value they should be; the position is the reader's.
///
/// A machine word: less would share a word with the value in the `Result` of each decoder, and be
/// picked out of it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(usize)]
pub enum DecodeError {
    /// The value goes on past the last byte.
    Truncated = 1,
    /// Bytes are left over after the last value.
    TrailingBytes = 2,
    /// A string is not UTF-8.
    Utf8 = 3,
    /// A `bool` is neither 0 nor 1.
    Bool = 4,
    /// A `char` is a surrogate or above U+10FFFF.
    Char = 5,
    /// No variant has this tag.
    UnknownTag = 6,
    /// A length or tag is not in its shortest form, or does not fit 32 bits.
    Varint = 7,
    /// A list claims more elements than the bytes that are left can hold.
    TooLong = 8,
    /// Values are nested deeper than the limit.
    TooDeep = 9,
    /// Decoding would take more memory than the limit.
    TooMuchMemory = 10,
    /// A number is outside the range of its type.
    OutOfRange = 11,
    /// The keys of a set or map are not strictly ascending.
    NotAscending = 12,
    /// A type's own rule is broken, as said by a `Decode` written by hand.
    Invalid = 13,
}

impl DecodeError {
    /// The error with this number on the wire (WIRE.md §6).
    pub(crate) fn from_code(code: u8) -> DecodeError {
        use DecodeError::*;
        match code {
            1 => Truncated,
            2 => TrailingBytes,
            3 => Utf8,
            4 => Bool,
            5 => Char,
            6 => UnknownTag,
            7 => Varint,
            8 => TooLong,
            9 => TooDeep,
            10 => TooMuchMemory,
            11 => OutOfRange,
            12 => NotAscending,
            _ => Invalid,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DecodeError::Truncated => "the value goes on past the last byte",
            DecodeError::TrailingBytes => "bytes are left over after the last value",
            DecodeError::Utf8 => "a string is not UTF-8",
            DecodeError::Bool => "a bool is neither 0 nor 1",
            DecodeError::Char => "a char is not a Unicode scalar value",
            DecodeError::UnknownTag => "no variant has this tag",
            DecodeError::Varint => "a length or tag is not in its shortest form",
            DecodeError::TooLong => "a list claims more elements than there are bytes",
            DecodeError::TooDeep => "values are nested deeper than the limit",
            DecodeError::TooMuchMemory => "decoding would take more memory than the limit",
            DecodeError::OutOfRange => "a number is outside the range of its type",
            DecodeError::NotAscending => "the keys of a set or map are not strictly ascending",
            DecodeError::Invalid => "the value breaks a rule of its type",
        })
    }
}

impl core::error::Error for DecodeError {}

/// The peer broke the protocol. The connection cannot go on: where the next frame starts, or what
/// it means, is no longer known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A frame is longer than this side accepts (WIRE.md §4).
    FrameTooLong,
    /// A frame ends before its header does.
    FrameTooShort,
    /// A frame of a kind that this version does not have.
    UnknownKind,
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProtocolError::FrameTooLong => "the peer sent a frame longer than the limit",
            ProtocolError::FrameTooShort => "the peer sent a frame shorter than its header",
            ProtocolError::UnknownKind => "the peer sent a frame of unknown kind",
        })
    }
}

impl core::error::Error for ProtocolError {}

/// Why a call came to nothing. The first ones are the peer's word, as faults (WIRE.md §6); the
/// others this side's own.
///
/// Whether it may have run all the same is not to be concluded from this, but is said by
/// [`CallError`]: a connection that is lost, for one, can have had any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Reason {
    /// A fault whose code this version does not know.
    Unknown = 0,
    /// The peer offers no service of this name.
    UnknownService = 1,
    /// The peer's service has no method of this name.
    UnknownMethod = 2,
    /// The peer's method of this name has other argument types or another return type.
    SignatureChanged = 3,
    /// The peer could not decode the arguments.
    BadArguments = 4,
    /// The deadline had passed before the peer came to this call.
    Late = 5,
    /// The peer has as many calls in flight as it accepts.
    Busy = 6,
    /// The peer is shutting down.
    ShuttingDown = 7,
    /// The service is at work on another call, and waits for one of its own.
    Reentered = 8,
    /// The handler panicked.
    Panicked = 16,
    /// The handler let go of its reply without answering.
    Dropped = 17,
    /// The reply is larger than the peer's frame limit.
    ReplyTooLarge = 18,
    /// The call was cancelled.
    Cancelled = 19,
    /// The call is larger than the frame limit.
    RequestTooLarge = 64,
    /// The reply is not of the type that the signature promises.
    BadReply = 66,
    /// No reply within the deadline.
    Deadline = 67,
    /// The connection was closed, or had been closed before.
    Disconnected = 68,
    /// The peer broke the protocol, and the connection was closed.
    Protocol = 69,
    /// The call would have had to wait where nothing may: a method that is answered, called by a
    /// handler on a server's loop, on a [`PeerHandle`](crate::later::PeerHandle) or on
    /// [`Subscribers`](crate::later::Subscribers); or a one-way method while the other side does
    /// not read.
    WouldBlock = 70,
    /// There was no connection to make the call on, and none could be made within the deadline, or ever.
    Unreachable = 71,
}

impl Reason {
    /// Faults from this code on say that the call may have run.
    pub(crate) const MAY_HAVE_RUN: u8 = 16;

    /// The reason with this fault code on the wire (WIRE.md §6).
    pub(crate) fn from_code(code: u8) -> Reason {
        use Reason::*;
        match code {
            1 => UnknownService,
            2 => UnknownMethod,
            3 => SignatureChanged,
            4 => BadArguments,
            5 => Late,
            6 => Busy,
            7 => ShuttingDown,
            8 => Reentered,
            16 => Panicked,
            17 => Dropped,
            18 => ReplyTooLarge,
            19 => Cancelled,
            _ => Unknown,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Unknown => "the peer answered with a fault that this version does not know",
            Reason::UnknownService => {
                "the peer offers no such service; add it there, or check that this is the right peer"
            }
            Reason::UnknownMethod => {
                "the peer's service has no such method; build both sides from one version of the trait"
            }
            Reason::SignatureChanged => {
                "the peer's method of this name takes or returns other types; \
                 build both sides from one version of the trait"
            }
            Reason::BadArguments => "the peer could not decode the arguments",
            Reason::Late => "the deadline had passed before the peer came to this call",
            Reason::Busy => "the peer has as many calls in flight as it accepts; try again later",
            Reason::ShuttingDown => "the peer is shutting down",
            Reason::Reentered => {
                "the service waits for an answer within another call; make one call at a time, or \
                 offer it with `add_with`, which makes another for the call"
            }
            Reason::Panicked => "the handler panicked; see the peer's output",
            Reason::Dropped => "the handler dropped its reply without answering",
            Reason::ReplyTooLarge => {
                "the reply is larger than the peer's frame limit; return it in parts, or raise \
                 `Limits::frame` on both sides"
            }
            Reason::Cancelled => "the call was cancelled",
            Reason::RequestTooLarge => {
                "the arguments are larger than the frame limit; send them in parts, or raise \
                 `Limits::frame` on both sides"
            }
            Reason::BadReply => "the reply could not be decoded",
            Reason::Deadline => {
                "no reply came within the deadline; see what keeps the peer, or set a longer one"
            }
            Reason::Disconnected => "the connection is closed; open it again",
            Reason::Protocol => "the peer broke the protocol, and the connection was closed",
            Reason::WouldBlock => {
                "it would have to wait, and must not; in a handler on a server's loop start it, and \
                 say what is done `then`; on a `PeerHandle` or `Subscribers` call one-way methods; \
                 if it is one-way, the other side does not read: try again later"
            }
            Reason::Unreachable => {
                "there is no connection, and none could be made; is the server running? \
                 `Reconnecting::on_change` tells what each attempt came to"
            }
        })
    }
}

/// What was wrong with the bytes of arguments or of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The rule that was broken.
    pub error: DecodeError,
    /// Where, in bytes from the first argument or from the start of the reply.
    pub at: u32,
}

/// Which call came to nothing, and why.
///
/// What `{:?}` shows has the whole text in it, as that is what `unwrap` and a `main` that returns
/// an error print.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The method that was called.
    pub method: &'static Method,
    /// What happened.
    pub reason: Reason,
    /// With [`Reason::BadArguments`] and [`Reason::BadReply`]: what could not be decoded.
    pub detail: Option<Detail>,
    /// Whether any of the call may have run.
    pub may_have_run: bool,
}

impl Problem {
    /// A call that certainly did not run, for a reason of this side's own.
    pub const fn not_run(method: &'static Method, reason: Reason) -> Problem {
        Problem { method, reason, detail: None, may_have_run: false }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method.name)?;
        f.write_str(if self.may_have_run { " may have run: " } else { " did not run: " })?;
        self.reason.fmt(f)?;
        match self.detail {
            Some(Detail { error, at }) => write!(f, ": {error}, at byte {at}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.reason)
    }
}

impl core::error::Error for Problem {}

/// The error of every generated client method: `E` is the handler's own error type, where the
/// method returns a `Result`.
///
/// It is an `Error` if `E` is `Debug` and `Display`, as a `String` is and every error: then `?`
/// makes a `Box<dyn Error>` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallError<E = Infallible> {
    /// The handler ran and returned this error.
    Failed(E),
    /// The call certainly did not run: to repeat it is safe.
    NotRun(Problem),
    /// The call may have run, wholly or in part.
    MayHaveRun(Problem),
}

impl<E> CallError<E> {
    /// What went wrong beside the handler's own error.
    pub fn problem(&self) -> Option<Problem> {
        match self {
            CallError::Failed(_) => None,
            CallError::NotRun(problem) | CallError::MayHaveRun(problem) => Some(*problem),
        }
    }

    /// The same error, with another in place of the handler's own: for a function that makes calls
    /// whose handlers' errors differ.
    ///
    /// ```
    /// # use ipc_core::error::CallError;
    /// # #[derive(Debug, PartialEq)]
    /// enum Why {
    ///     NoMod(u32),
    ///     NoSave(String),
    /// }
    ///
    /// # fn enable() -> Result<u8, CallError<u32>> { Err(CallError::Failed(7)) }
    /// # fn save() -> Result<u8, CallError<String>> { Ok(1) }
    /// # fn version() -> Result<u8, CallError> { Ok(1) }
    /// fn start() -> Result<u8, CallError<Why>> {
    ///     // A method whose handler cannot fail has an error that can be any.
    ///     let version = version().map_err(|error| error.map(|never| match never {}))?;
    ///     let mods = enable().map_err(|error| error.map(Why::NoMod))?;
    ///     Ok(version + mods + save().map_err(|error| error.map(Why::NoSave))?)
    /// }
    /// assert_eq!(start(), Err(CallError::Failed(Why::NoMod(7))));
    /// ```
    pub fn map<F>(self, with: impl FnOnce(E) -> F) -> CallError<F> {
        match self {
            CallError::Failed(error) => CallError::Failed(with(error)),
            CallError::NotRun(problem) => CallError::NotRun(problem),
            CallError::MayHaveRun(problem) => CallError::MayHaveRun(problem),
        }
    }

    /// Why the call came to nothing, unless the handler itself said so.
    pub fn reason(&self) -> Option<Reason> {
        self.problem().map(|problem| problem.reason)
    }
}

impl<E> From<Problem> for CallError<E> {
    #[cold]
    #[inline(never)]
    fn from(problem: Problem) -> Self {
        if problem.may_have_run {
            CallError::MayHaveRun(problem)
        } else {
            CallError::NotRun(problem)
        }
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Failed(error) => error.fmt(f),
            CallError::NotRun(problem) | CallError::MayHaveRun(problem) => problem.fmt(f),
        }
    }
}

/// A handler's error need not be an `Error` itself: a `String`, the first that many return, is none.
impl<E: fmt::Debug + fmt::Display> core::error::Error for CallError<E> {}
