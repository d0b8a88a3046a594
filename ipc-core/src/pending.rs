//! Calls that have been started and are not waited for yet, as their callers have them.

use alloc::boxed::Box;
use core::convert::Infallible;

use crate::error::{CallError, Problem};
use crate::keeper::{Then, Ticket};
use crate::service::Caller;
use crate::session::Answer;

/// A caller that can have many calls under way. Generated starters hold one.
#[diagnostic::on_unimplemented(
    message = "calls cannot be started on `{Self}`",
    label = "no calls can be started on this",
    note = "they can on a `Connection`, and on the `Peer` of a handler; `Reconnecting::connection` lends the one that it has",
    note = "to a `PeerHandle` and to `Subscribers` go one-way calls, by the client itself"
)]
pub trait Pipeline: Caller {
    /// Ends the call that was begun, without waiting for its answer. It goes out with the next
    /// call that is waited for, or when as many are under way as may be: then this blocks.
    ///
    /// # Errors
    ///
    /// When the call cannot be sent.
    fn start(&mut self) -> Result<Ticket, Problem>;

    /// Blocks until a call that was started is answered, or its deadline has passed.
    ///
    /// # Errors
    ///
    /// As [`Caller::finish`].
    fn wait(&mut self, ticket: Ticket) -> Result<Answer<'_>, Problem>;

    /// Has something done when the call is answered, or cannot be any more.
    fn then(&mut self, ticket: Ticket, then: Then);

    /// Whether to wait for this call would not block. Does not block, and reads nothing: what came
    /// behind the answer to a call that was waited for counts from the next wait or poll on.
    fn is_answered(&self, ticket: &Ticket) -> bool;
}

/// The answer to a call that was started, still to come. When it is dropped, the other side is
/// told that nobody waits any more: the handler, if it answers later, can see it.
#[must_use = "a call whose answer nobody holds is cancelled"]
pub struct Pending<T, E = Infallible> {
    ticket: Ticket,
    decode: fn(Result<Answer<'_>, Problem>) -> Result<T, CallError<E>>,
}

impl<T, E> Pending<T, E> {
    /// Starts the call that was begun: what `LoaderCalls` does.
    ///
    /// # Errors
    ///
    /// As [`Pipeline::start`].
    #[doc(hidden)]
    pub fn start(
        on: &mut dyn Pipeline,
        decode: fn(Result<Answer<'_>, Problem>) -> Result<T, CallError<E>>,
    ) -> Result<Pending<T, E>, CallError<E>> {
        Ok(Pending { ticket: on.start()?, decode })
    }

    /// Blocks until the answer is there, or the call's deadline has passed. `on` is what the call
    /// was started on.
    ///
    /// # Errors
    ///
    /// As the method of the blocking client.
    pub fn wait(self, on: &mut dyn Pipeline) -> Result<T, CallError<E>> {
        (self.decode)(on.wait(self.ticket))
    }

    /// Whether [`Pending::wait`] would not block. Does not block, and reads nothing: an answer that
    /// came behind the one to a call that was waited for counts from the next wait or poll on.
    pub fn is_answered(&self, on: &dyn Pipeline) -> bool {
        on.is_answered(&self.ticket)
    }

    /// Has something done with the answer when it comes, or with the error when it can come no
    /// more: on the thread that drives the connection, while it does so. Does not block.
    pub fn then(
        self,
        on: &mut dyn Pipeline,
        then: impl FnOnce(Result<T, CallError<E>>) + Send + 'static,
    ) where
        T: 'static,
        E: 'static,
    {
        let decode = self.decode;
        on.then(self.ticket, Box::new(move |answer| then(decode(answer))));
    }
}

/// What a one-way method returns that is started.
///
/// # Errors
///
/// As [`Pipeline::start`].
pub fn queued(on: &mut dyn Pipeline) -> Result<(), CallError> {
    on.start()?;
    Ok(())
}
