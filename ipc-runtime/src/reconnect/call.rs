//! A call, on as many connections as it takes, and what of it may be repeated.

use std::time::Duration;

use ipc_core::codec::{Reader, Writer};
use ipc_core::error::{Problem, Reason};
use ipc_core::method::Method;
use ipc_core::service::Caller;
use ipc_core::session::Answer;

use super::{Reconnecting, time};
use crate::sys::socket;

impl Reconnecting {
    /// Makes the call that was begun, on as many connections as it takes: its answer is then kept.
    fn call(&mut self) -> Result<(), Problem> {
        let method = self.method;
        let arguments = std::mem::replace(&mut self.arguments, Writer::new(0)).into_bytes();
        let start = socket::now();
        // What the last try came to.
        let mut tried: Option<Problem> = None;
        loop {
            let deadline = self.deadline;
            if self.connected(start, deadline, 0).is_err() {
                let none = Problem::not_run(method, Reason::Unreachable);
                return Err(tried.unwrap_or(none));
            }
            let Some(connection) = &mut self.connection else { continue };
            // It may have been gone for long: better to know before than after.
            if connection.poll(Duration::ZERO).is_err() || connection.closed().is_some() {
                continue;
            }
            let left = deadline.saturating_sub(socket::now().wrapping_sub(start)).max(1);
            connection.set_deadline(time(left));
            connection.begin(method).put_bytes(&arguments);
            let outcome = if method.oneway {
                connection.post()
            } else {
                connection.finish().map(|answer| {
                    self.answer.clear();
                    self.answer.extend_from_slice(answer.value.rest());
                })
            };
            let mut problem = match outcome {
                Ok(()) => {
                    self.back_off.proved();
                    return Ok(());
                }
                Err(problem) => problem,
            };
            // What ran once may have run, whatever became of it later.
            problem.may_have_run |= tried.is_some_and(|tried| tried.may_have_run);
            if problem.reason == Reason::ShuttingDown {
                connection.close(Reason::ShuttingDown);
            }
            let gone = connection.closed().is_some();
            self.look();
            if !gone || problem.may_have_run && !method.idempotent {
                return Err(problem);
            }
            tried = Some(problem);
        }
    }
}

impl Caller for Reconnecting {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        self.method = method;
        // Whether they are too large, the connection sees.
        self.arguments = Writer::new(usize::MAX);
        &mut self.arguments
    }

    /// As [`Connection::finish`](Caller::finish), and blocks no longer while the server is away.
    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        self.call()?;
        let value = Reader::new(&self.answer, self.limits.budget);
        Ok(Answer { method: self.method, value })
    }

    fn post(&mut self) -> Result<(), Problem> {
        self.call()
    }
}
