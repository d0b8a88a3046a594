//! Why an endpoint could not be published, found or reached.

use std::fmt;

use ipc_core::auth::AuthError;

use crate::OsError;

/// Why an endpoint could not be published, found or reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointError {
    /// The name is not 1 to 64 of `A-Z a-z 0-9 . _ -`, the first of them no `.`.
    BadName,
    /// No environment variable says where the endpoint folder is, or it cannot be made there.
    NoFolder,
    /// The endpoint folder is another user's, or others may use it, or it is no folder.
    FolderNotPrivate,
    /// The endpoint file is another user's, or others may read it.
    FileNotPrivate,
    /// No server of this name has published itself. [`path_of`](super::path_of) tells where that
    /// was looked for.
    NeverAppeared,
    /// A server of this name was there, and is gone without having cleaned up.
    Stale,
    /// The endpoint is not one: it is cut short, or something else, or the environment variable that
    /// it is handed over in is not set.
    Malformed,
    /// The endpoint is of another version of the protocol.
    OtherVersion,
    /// A server of this name is running.
    NameInUse,
    /// The endpoint file could not be read.
    NotRead(OsError),
    /// The endpoint file could not be written.
    NotWritten(OsError),
    /// The operating system has no random bytes to give.
    NoRandom,
    /// What listens there did not answer in time.
    NoAnswer,
    /// What listens there took the connection and closed it: a server that has as many clients as
    /// it takes, or that ends, or something else.
    TurnedAway,
    /// What listens there speaks something else: the server is gone.
    NotOurProtocol,
    /// What listens there could not prove that it holds the endpoint's key: it is another server.
    WrongKey,
}

impl EndpointError {
    /// Whether waiting may help: a server that starts or restarts ends it.
    pub fn may_pass(self) -> bool {
        use EndpointError::*;
        match self {
            NeverAppeared | Stale | Malformed | NoAnswer | TurnedAway | NotOurProtocol
            | WrongKey => true,
            BadName | NoFolder | FolderNotPrivate | FileNotPrivate | OtherVersion | NameInUse
            | NotRead(_) | NotWritten(_) | NoRandom => false,
        }
    }
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EndpointError::BadName => {
                "the name of an endpoint is 1 to 64 letters, digits, '.', '_' or '-', and does not begin with '.'"
            }
            EndpointError::NoFolder => {
                "there is no folder for endpoints; set IPC_DIR to one that only this user can use"
            }
            EndpointError::FolderNotPrivate => {
                "the folder of endpoints is open to other users; make it this user's own, mode 0700"
            }
            EndpointError::FileNotPrivate => {
                "the endpoint file is open to other users; remove it and start the server again"
            }
            EndpointError::NeverAppeared => {
                "no server of this name is there; start it, by the same user and with the same IPC_DIR \
                 (looked for in $IPC_DIR, else $XDG_RUNTIME_DIR/ipc, else ~/.ipc; \
                 on Windows in %LOCALAPPDATA%\\ipc)"
            }
            EndpointError::Stale => "the server of this endpoint is gone; start it again",
            EndpointError::Malformed => {
                "this is no endpoint, or not all of one; start its server again, or, where it is handed \
                 over in an environment variable, have that set by who starts this program"
            }
            EndpointError::OtherVersion => {
                "the endpoint is of another version of the protocol; build both sides from one version"
            }
            EndpointError::NameInUse => {
                "a server of this name is running; stop it, take over from it, or choose another name"
            }
            EndpointError::NotRead(os) => return write!(f, "cannot read the endpoint file: {os}"),
            EndpointError::NotWritten(os) => {
                return write!(f, "cannot write the endpoint file: {os}");
            }
            EndpointError::NoRandom => "the operating system gives no random bytes",
            EndpointError::NoAnswer => {
                "the server did not answer the handshake in time; it may be busy or stopped"
            }
            EndpointError::TurnedAway => {
                "the server closed the connection; it may have as many clients as it takes, or be ending"
            }
            EndpointError::NotOurProtocol => return AuthError::NotOurProtocol.fmt(f),
            EndpointError::WrongKey => return AuthError::WrongKey.fmt(f),
        })
    }
}

impl std::error::Error for EndpointError {}

impl From<AuthError> for EndpointError {
    fn from(error: AuthError) -> EndpointError {
        match error {
            AuthError::WrongKey => EndpointError::WrongKey,
            _ => EndpointError::NotOurProtocol,
        }
    }
}
