//! What can go wrong with a server or a connection as a whole.

use std::fmt;
use std::io;

use ipc_core::error::Reason;

use crate::EndpointError;

/// Why a server or a connection could not be had, or could not go on.
///
/// What `{:?}` shows has the whole text in it, as that is what `unwrap` and a `main` that returns
/// an error print.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The server could not listen on its address.
    Bind(OsError),
    /// The server could not be connected to.
    Connect(OsError),
    /// The operating system refused what the event loop needs.
    Poll(OsError),
    /// A service of this name is offered already.
    NameTaken,
    /// The server could not publish itself, or could not be found or trusted.
    Endpoint(EndpointError),
    /// The connection is closed.
    Closed(Reason),
}

/// The operating system's own error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OsError(pub i32);

impl From<io::Error> for OsError {
    #[cold]
    #[inline(never)]
    fn from(error: io::Error) -> OsError {
        OsError(error.raw_os_error().unwrap_or(0))
    }
}

impl fmt::Display for OsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The kind's text and not the system's, which Wine does not have.
        write!(f, "{} (code {})", io::Error::from_raw_os_error(self.0).kind(), self.0)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Bind(os) => write!(f, "cannot listen on that address: {os}"),
            Error::Connect(os) => write!(f, "cannot connect: {os}; is the server running?"),
            Error::Poll(os) => write!(f, "the event loop failed: {os}"),
            Error::NameTaken => f.write_str(
                "a service of this name is offered already; if it is another one, give its trait \
                 another name with #[service(name = \"...\")]",
            ),
            Error::Endpoint(error) => error.fmt(f),
            Error::Closed(reason) => reason.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, cause): (_, &dyn fmt::Debug) = match self {
            Error::Bind(os) => ("Bind", os),
            Error::Connect(os) => ("Connect", os),
            Error::Poll(os) => ("Poll", os),
            Error::NameTaken => return write!(f, "NameTaken: {self}"),
            Error::Endpoint(error) => ("Endpoint", error),
            Error::Closed(reason) => ("Closed", reason),
        };
        write!(f, "{name}({cause:?}): {self}")
    }
}

impl std::error::Error for Error {}
