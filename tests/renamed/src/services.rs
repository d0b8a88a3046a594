use ::alloc::string::String;
use ::alloc::vec::Vec as List;

use ::rpc::{CallError, Caller, Peer, Reply, service};

#[allow(unused_imports, reason = "they are to be in the way")]
use crate::misleading::*;
use crate::types::{Error, Named, Plain};

/// All kinds of methods, some called what generated code calls its own.
#[service(crate = ::rpc)]
pub trait Loader {
    /// Lists.
    #[must_use]
    fn mods(&self) -> List<Named>;

    /// Does nothing.
    fn dispatch(&mut self);

    /// Fails.
    ///
    /// # Errors
    ///
    /// Always.
    fn methods(&mut self, call: &str, w: &[Named]) -> ::core::result::Result<Plain, Error>;

    /// Takes much.
    #[allow(clippy::too_many_arguments)]
    fn much(&self, caller: u8, index: u8, out: u8, r: u8, a: u8, b: u8, c: u8, d: u8) -> bool;

    /// Logs.
    #[ipc(oneway)]
    fn log(&mut self, #[ipc(peer)] peer: &mut Peer<'_>, line: &str);

    /// Scans.
    #[ipc(deferred)]
    fn scan(&mut self, path: ::core::option::Option<&str>, reply: Reply<String>);

    /// Is old.
    #[deprecated(note = "it is old")]
    fn r#type(&self, text: &str) -> usize;
}

/// Is old as a whole.
#[service(crate = ::rpc)]
#[deprecated]
pub trait Old {
    /// Does nothing.
    fn nothing(&mut self);
}

/// Does nothing.
#[service(crate = ::rpc)]
pub trait Empty {}

mod private {
    use super::service;

    #[service(crate = ::rpc)]
    pub(super) trait Restricted {
        fn nothing(&mut self);
    }

    #[service(crate = ::rpc)]
    trait Private {
        fn nothing(&mut self);
    }
}

#[allow(unused_imports, reason = "that it can be named is the test")]
use private::{Restricted, RestrictedClient, RestrictedService};

/// Calls go out, and their answers come back, as declared.
///
/// # Errors
///
/// When a call fails.
#[inline]
pub fn calls(caller: &mut dyn Caller) -> ::core::result::Result<Plain, CallError<Error>> {
    LoaderClient::new(caller).methods("", &[])
}
