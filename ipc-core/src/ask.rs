//! What the other side lacks, asked before it is called (WIRE.md §9).

use alloc::vec::Vec;
use core::fmt;

use crate::error::{CallError, Reason};
use crate::method::{Method, Probe};
use crate::service::Caller;

/// A method that the other side does not have as this side has it. Its calls would not run, and
/// get the same reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The service and method as the trait has them: `"Loader.enable"`.
    pub method: &'static str,
    /// [`Reason::UnknownService`], [`Reason::UnknownMethod`] or [`Reason::SignatureChanged`].
    pub reason: Reason,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.method, self.reason)
    }
}

/// The methods as they are asked for: all of them are answered, and those that cannot be told from
/// a call that runs have another signature. `N` is how many there are.
#[doc(hidden)]
#[allow(clippy::indexing_slicing, reason = "runs at compile time, where a panic is an error")]
pub const fn asked<const N: usize>(methods: &[Method]) -> [Method; N] {
    let mut asked = [const { Method::NONE }; N];
    let mut i = 0;
    while i < N {
        let Method { name, service, id, signature, idempotent, probe, .. } = methods[i];
        let signature = if matches!(probe, Probe::None) { !signature } else { signature };
        asked[i] = Method { name, service, id, signature, oneway: false, idempotent, probe };
        i += 1;
    }
    asked
}

/// Asks for methods, one after the other, by calls that never run. Generated clients call this.
///
/// # Errors
///
/// When one is answered with anything else than that it is there, or is not.
#[doc(hidden)]
pub fn missing(on: &mut dyn Caller, asked: &'static [Method]) -> Result<Vec<Missing>, CallError> {
    let mut missing = Vec::new();
    for method in asked {
        let w = on.begin(method);
        if method.probe == Probe::Byte {
            w.put([0]);
        }
        let Err(problem) = on.finish() else { continue };
        match problem.reason {
            Reason::BadArguments => {}
            Reason::SignatureChanged if method.probe == Probe::None => {}
            Reason::UnknownService | Reason::UnknownMethod | Reason::SignatureChanged => {
                missing.push(Missing { method: method.name, reason: problem.reason });
            }
            _ => return Err(problem.into()),
        }
    }
    Ok(missing)
}
