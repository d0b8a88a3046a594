//! What a client's method returns: the value of the call's answer, waited for or collected later.

use crate::codec::{Decode, Reader};
use crate::error::{CallError, DecodeError, Detail, Problem, Reason};
use crate::pending::{Pending, Pipeline};
use crate::service::Caller;
use crate::session::Answer;

/// What a method returns, on the client's side. Generated code goes through it and not through
/// functions with bounds, so that a type that is not [`Decode`] is complained of once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be received: it does not implement `Decode`",
    label = "not decodable",
    note = "if `{Self}` is yours, add `#[derive(Encode, Decode)]` to it; if it is another crate's, wrap it in a type of yours"
)]
pub trait Returned: Sized {
    /// Sends the call, and returns the value that the handler returned. Once for each type, and
    /// not for each method that returns it: 70 bytes less.
    ///
    /// # Errors
    ///
    /// When there is no answer, or it is not a value of this type.
    fn finish(caller: &mut dyn Caller) -> Result<Self, CallError>;

    /// Starts the call, whose answer is collected later.
    ///
    /// # Errors
    ///
    /// When the call cannot be sent.
    fn start(on: &mut dyn Pipeline) -> Result<Pending<Self>, CallError>;

    /// Reads the value, to be shown.
    ///
    /// # Errors
    ///
    /// As [`Decode::decode`].
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

impl<T: for<'de> Decode<'de>> Returned for T {
    #[inline(never)]
    fn finish(caller: &mut dyn Caller) -> Result<T, CallError> {
        returned(caller.finish())
    }

    fn start(on: &mut dyn Pipeline) -> Result<Pending<T>, CallError> {
        Pending::start(on, returned)
    }

    fn read(r: &mut Reader<'_>) -> Result<T, DecodeError> {
        T::decode(r)
    }
}

/// As [`Returned`], for a handler that returns a `Result`: `Self` is what is in its `Ok`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` or `{E}` cannot be received: it does not implement `Decode`",
    label = "not decodable",
    note = "if it is yours, add `#[derive(Encode, Decode)]` to it; if it is another crate's, wrap it in a type of yours"
)]
pub trait ReturnedOr<E>: Sized {
    /// As [`Returned::finish`].
    ///
    /// # Errors
    ///
    /// The handler's own, or as there.
    fn finish(caller: &mut dyn Caller) -> Result<Self, CallError<E>>;

    /// As [`Returned::start`].
    ///
    /// # Errors
    ///
    /// As there.
    fn start(on: &mut dyn Pipeline) -> Result<Pending<Self, E>, CallError<E>>;

    /// As [`Returned::read`], of the handler's `Result`.
    ///
    /// # Errors
    ///
    /// As there.
    fn read(r: &mut Reader<'_>) -> Result<Result<Self, E>, DecodeError>;
}

impl<T: for<'de> Decode<'de>, E: for<'de> Decode<'de>> ReturnedOr<E> for T {
    #[inline(never)]
    fn finish(caller: &mut dyn Caller) -> Result<T, CallError<E>> {
        returned_result(caller.finish())
    }

    fn start(on: &mut dyn Pipeline) -> Result<Pending<T, E>, CallError<E>> {
        Pending::start(on, returned_result)
    }

    fn read(r: &mut Reader<'_>) -> Result<Result<T, E>, DecodeError> {
        Decode::decode(r)
    }
}

/// The value of an answer.
///
/// # Errors
///
/// As with [`Returned::finish`].
#[inline]
pub fn returned<T: for<'de> Decode<'de>>(
    mut answer: Result<Answer<'_>, Problem>,
) -> Result<T, CallError> {
    match &mut answer {
        Ok(answer) => decode_all(&mut answer.value).map_err(|error| bad_reply(answer, error)),
        Err(problem) => Err(CallError::from(*problem)),
    }
}

/// The value of an answer, of a handler that returns a `Result`.
///
/// # Errors
///
/// As with [`ReturnedOr::finish`].
#[inline]
pub fn returned_result<T, E>(mut answer: Result<Answer<'_>, Problem>) -> Result<T, CallError<E>>
where
    T: for<'de> Decode<'de>,
    E: for<'de> Decode<'de>,
{
    match &mut answer {
        Ok(answer) => match decode_all::<Result<T, E>>(&mut answer.value) {
            Ok(value) => value.map_err(CallError::Failed),
            Err(error) => Err(bad_reply(answer, error)),
        },
        Err(problem) => Err(CallError::from(*problem)),
    }
}

/// What a one-way client method returns.
///
/// # Errors
///
/// When the call could not be sent.
pub fn posted(outcome: Result<(), Problem>) -> Result<(), CallError> {
    Ok(outcome?)
}

fn decode_all<T: for<'de> Decode<'de>>(r: &mut Reader<'_>) -> Result<T, DecodeError> {
    let value = T::decode(r)?;
    r.end()?;
    Ok(value)
}

#[cold]
#[inline(never)]
fn bad_reply<E>(answer: &Answer<'_>, error: DecodeError) -> CallError<E> {
    let at = u32::try_from(answer.value.position()).unwrap_or(u32::MAX);
    CallError::MayHaveRun(Problem {
        method: answer.method,
        reason: Reason::BadReply,
        detail: Some(Detail { error, at }),
        may_have_run: true,
    })
}
