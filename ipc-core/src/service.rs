//! What generated code talks to: services on one side, callers on the other.

use core::ops::Range;

use crate::codec::{Encode, Reader, Writer};
use crate::error::{DecodeError, Detail, Problem, Reason};
use crate::frame;
use crate::keeper::{Keeper, Then, Ticket};
use crate::later::{self, Address, PeerHandle, Reply};
use crate::method::Method;
use crate::peer::Peer;
use crate::session::{Answer, Session};

/// Something that runs the calls of one trait. `#[service]` writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no service",
    label = "not a service",
    note = "a handler is added within the type that `#[service]` makes of its trait: for `trait Loader`, `LoaderService(handler)`"
)]
pub trait Service {
    /// The methods, in the order of the indices that [`Service::dispatch`] takes.
    fn methods(&self) -> &'static [Method];

    /// Decodes the arguments, runs the method and encodes what it returns.
    ///
    /// # Errors
    ///
    /// When the arguments cannot be decoded. The handler has then not been called.
    fn dispatch(&mut self, index: usize, call: &mut Call<'_>) -> Result<(), DecodeError>;

    /// Whether its handlers may send when they have returned: replies that they deferred, or
    /// events to a peer that they keep. What that takes is then made ready; in a program in which
    /// no service does it, there is none of it.
    fn sends_later() -> bool
    where
        Self: Sized,
    {
        false
    }

    /// Whether its handlers may call the peer, and wait for that where they can. As with
    /// [`Service::sends_later`], what that takes is there for those that do.
    fn calls_back() -> bool
    where
        Self: Sized,
    {
        false
    }
}

/// Something that calls can be made on: a connection. Generated clients hold one.
#[diagnostic::on_unimplemented(
    message = "no calls can be made on `{Self}`",
    label = "no connection",
    note = "they can on a `Connection` or `Reconnecting`, and in a handler on its `Peer`, or on what it kept of one"
)]
pub trait Caller {
    /// Begins a call; its arguments are then appended to the writer. Does not block.
    fn begin(&mut self, method: &'static Method) -> &mut Writer;

    /// Sends the call that was begun, and blocks until it is answered or its deadline has passed.
    ///
    /// # Errors
    ///
    /// When the call could not be sent, was answered with a fault, or was not answered.
    fn finish(&mut self) -> Result<Answer<'_>, Problem>;

    /// Sends the one-way call that was begun. Blocks while the socket takes no more.
    ///
    /// # Errors
    ///
    /// When the call could not be sent.
    fn post(&mut self) -> Result<(), Problem>;
}

/// How a method is run: [`Service::dispatch`], and `None` if the handler panicked and the runtime
/// has caught it.
pub type Run = fn(&mut dyn Service, usize, &mut Call<'_>) -> Option<Result<(), DecodeError>>;

/// What a call is served with.
pub struct Host<'s, 'l> {
    /// The service that it asks for, or why it cannot have it.
    pub service: Result<&'s mut dyn Service, Reason>,
    /// How methods are run.
    pub run: Run,
    /// What handlers have beyond the connection's session. Without it calls cannot be answered
    /// later, and get [`Reason::Dropped`].
    pub line: Option<&'l mut dyn Line>,
}

/// A connection's socket or loop, as far as handlers need it. By itself one lets them send later
/// at most, and makes no calls that are answered.
pub trait Line {
    /// Where to send what is sent later; `None`: it cannot be.
    fn address(&self) -> Option<Address>;

    /// Milliseconds that calls which handlers make have to be answered.
    fn deadline(&self) -> u32 {
        0
    }

    /// What makes calls that are answered.
    fn calls(&mut self) -> Calls<'_> {
        Calls::None
    }

    /// As [`Pipeline::is_answered`](crate::pending::Pipeline::is_answered).
    fn is_answered(&self, _: &Ticket) -> bool {
        false
    }
}

/// How handlers make calls on a [`Line`] that are answered. What it takes is named by handlers that
/// do it, and not by each line.
pub enum Calls<'l> {
    /// Not at all: they get [`Reason::WouldBlock`].
    None,
    /// Nothing may wait: they can be [started](crate::pending::Pipeline::start).
    Kept(Keeping<'l>),
    /// As from anywhere else.
    Waited(&'l mut dyn Waiting),
}

/// Where the calls of a [`Line`] are kept that must not wait.
pub struct Keeping<'l> {
    /// Those that are under way.
    pub keeper: &'l mut Keeper,
    /// How many may be.
    pub most: usize,
    /// Runs what is to be done with an answer. A panic goes no further than this.
    pub run: fn(Then, Result<Answer<'_>, Problem>),
}

/// A [`Line`] that may wait for the answers to calls. What is `received` meanwhile goes on behind
/// what was when the handler was called: [`Session::resume_input`].
pub trait Waiting {
    /// As [`Caller::finish`].
    ///
    /// # Errors
    ///
    /// As there.
    fn finish<'s>(
        &mut self,
        session: &'s mut Session,
        received: &[u8],
    ) -> Result<Answer<'s>, Problem>;

    /// As [`Pipeline::start`](crate::pending::Pipeline::start).
    ///
    /// # Errors
    ///
    /// As there.
    fn start(&mut self, session: &mut Session, received: &[u8]) -> Result<Ticket, Problem>;

    /// As [`Pipeline::wait`](crate::pending::Pipeline::wait).
    ///
    /// # Errors
    ///
    /// As there.
    fn wait<'s>(
        &'s mut self,
        session: &'s mut Session,
        received: &[u8],
        ticket: Ticket,
    ) -> Result<Answer<'s>, Problem>;

    /// As [`Pipeline::then`](crate::pending::Pipeline::then).
    fn then(&mut self, session: &mut Session, ticket: Ticket, then: Then);

    /// Sends what the socket takes at once. That it takes none is seen by whoever sends next.
    fn flush(&mut self, session: &mut Session);
}

/// A call of the peer, while it is served.
pub struct Call<'a> {
    session: &'a mut Session,
    line: Option<&'a mut dyn Line>,
    /// All that has been received; the arguments are a part of it.
    received: &'a [u8],
    args: Reader<'a>,
    id: u32,
    answer: Given,
}

/// How far a call's answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// Nothing yet.
    None,
    /// The reply is being written, or has been.
    Reply,
    /// Whoever holds the [`Reply`] gives it.
    Later,
}

impl<'a> Call<'a> {
    /// The arguments, in order.
    pub fn args(&mut self) -> &mut Reader<'a> {
        &mut self.args
    }

    /// Checks that no byte follows the last argument.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TrailingBytes`] if one does.
    pub fn end(&mut self) -> Result<(), DecodeError> {
        self.args.end()
    }

    /// Begins the reply; the returned value is then appended to the writer.
    #[inline(never)]
    pub fn reply(&mut self) -> &mut Writer {
        self.answer = Given::Reply;
        self.session.begin_reply(self.id)
    }

    /// Leaves the reply to whoever holds what this returns.
    pub fn defer<T: Encode>(&mut self) -> Reply<T> {
        let address = self.line.as_ref().and_then(|line| line.address());
        if let Some(to) = &address {
            self.answer = Given::Later;
            // A one-way call is never answered, whatever the method.
            if self.id != 0 {
                to.outbox.open(to.line, self.id);
            }
        }
        Reply::new(later::Ticket {
            address: address.filter(|_| self.id != 0),
            id: self.id,
            limit: self.session.limits().frame,
        })
    }

    /// The other side of the connection, to be kept. Where nothing can be sent later, it is as if
    /// the connection were gone.
    pub fn handle(&mut self) -> PeerHandle {
        let address = self.line.as_ref().and_then(|line| line.address());
        PeerHandle::to(address, self.session.limits().frame)
    }

    /// The other side of the connection, for calls that go there.
    pub fn peer(&mut self) -> Peer<'_> {
        Peer::new(self.session, lent(&mut self.line), self.received)
    }
}

/// Not `as_deref_mut`, which cannot shorten the life of a `dyn` within an option.
fn lent<'s>(line: &'s mut Option<&mut dyn Line>) -> Option<&'s mut dyn Line> {
    match line {
        Some(line) => Some(*line),
        None => None,
    }
}

/// Serves a call that [`Session::next`] took: its answer, if it gets one, is then among
/// [`Session::unsent`]. Blocks for as long as the handler does.
#[inline(never)]
pub fn serve(session: &mut Session, host: Host<'_, '_>, head: &frame::Call, payload: Range<usize>) {
    let input = session.detach_input();
    let budget = session.limits().budget;
    let mut line = host.line;
    let mut call = Call {
        session,
        line: lent(&mut line),
        received: &input,
        args: Reader::new(input.get(payload).unwrap_or_default(), budget),
        id: head.id,
        answer: Given::None,
    };
    let outcome = dispatch(host.service, host.run, head, &mut call);
    call.settle(outcome);
    session.attach_input(input);
}

/// Finds the method and runs it.
fn dispatch(
    service: Result<&mut dyn Service, Reason>,
    run: Run,
    head: &frame::Call,
    call: &mut Call<'_>,
) -> Result<(), Refusal> {
    let service = service.map_err(Refusal::because)?;
    let mut methods = service.methods().iter().enumerate();
    let found = methods.find(|(_, method)| method.id == head.method);
    let (index, method) = found.ok_or(Refusal::because(Reason::UnknownMethod))?;
    if method.signature != head.signature {
        return Err(Refusal::because(Reason::SignatureChanged));
    }
    match run(service, index, call) {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => {
            let at = u32::try_from(call.args.position()).unwrap_or(u32::MAX);
            Err(Refusal { reason: Reason::BadArguments, detail: Some(Detail { error, at }) })
        }
        None => Err(Refusal::because(Reason::Panicked)),
    }
}

/// Why a call is answered with a fault.
struct Refusal {
    reason: Reason,
    detail: Option<Detail>,
}

impl Refusal {
    const fn because(reason: Reason) -> Refusal {
        Refusal { reason, detail: None }
    }
}

impl Call<'_> {
    /// Ends the reply, or answers with a fault.
    fn settle(&mut self, outcome: Result<(), Refusal>) {
        let refusal = match outcome {
            // What was deferred is answered by the reply, if only by its being dropped, which a
            // panic does as well: a fault beside it would be a second answer.
            _ if self.id == 0 || self.answer == Given::Later => return,
            Ok(()) if self.answer == Given::None => Refusal::because(Reason::Dropped),
            Ok(()) if self.session.end_reply() => return,
            Ok(()) => Refusal::because(Reason::ReplyTooLarge),
            Err(refusal) => refusal,
        };
        self.session.fault(self.id, refusal.reason, refusal.detail);
    }
}
