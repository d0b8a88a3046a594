//! What generated code names. Not for people.

pub use alloc::vec::Vec;
pub use core::option::Option::{self, None, Some};
pub use core::result::Result::{self, Err, Ok};

pub use crate::ask::{Missing, asked, missing};
pub use crate::codec::{Decode, Encode, Fixed, Reader, Recursive, Writer};
pub use crate::error::{CallError, DecodeError, Problem};
pub use crate::interface::{Argument, ByText, Interface, Kind, Shown, Signature};
pub use crate::later::Reply;
pub use crate::method::{Method, distinct};
pub use crate::peer::Peer;
pub use crate::pending::{Pending, Pipeline, queued};
pub use crate::returned::{Returned, ReturnedOr, posted};
pub use crate::schema::Schema;
pub use crate::service::{Call, Caller, Service};
