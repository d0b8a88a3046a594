//! What is wrong with an item, and what to do about it. Every mistake is told, each at its token.

mod data;
mod method;
mod service;
mod types;

pub(crate) use self::data::{data, received};
pub(crate) use self::method::is_answer;
pub(crate) use self::service::service;
