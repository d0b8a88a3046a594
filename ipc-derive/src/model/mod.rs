//! What the user wrote, in our words. Reading is lenient: what may stand there is for `check`.

mod data;
mod generics;
mod method;
mod service;

pub(crate) use self::data::{Data, Field, Shape, Variant};
pub(crate) use self::generics::Generics;
pub(crate) use self::method::{Method, Param, Receiver, Role};
pub(crate) use self::service::Service;
