use ::alloc::borrow::Cow;
use ::alloc::boxed::Box;
use ::alloc::string::String;
use ::alloc::vec::Vec as List;
use ::core::fmt::Debug;
use ::core::marker::PhantomData;

use ::rpc::{Decode, Encode};

#[allow(unused_imports, reason = "they are to be in the way")]
use crate::misleading::*;

/// Named fields, some of them called what generated code calls its own.
#[derive(Debug, Encode, Decode)]
#[ipc(crate = ::rpc)]
pub struct Named {
    /// A field.
    pub w: u8,
    /// A raw one.
    pub r#type: List<u8>,
    r: bool,
    value: String,
    #[deprecated]
    old: u8,
}

/// A tuple.
#[derive(Debug, Encode, Decode)]
#[ipc(crate = ::rpc)]
pub struct Tuple(pub u8, (u16, u16));

/// Nothing.
#[derive(Debug, Encode, Decode)]
#[ipc(crate = ::rpc)]
pub struct Unit;

/// Every kind of variant.
#[derive(Debug, Encode, Decode)]
#[ipc(crate = ::rpc)]
pub enum Mixed<'a, T, const N: usize>
where
    T: Debug,
{
    /// No field.
    Unit,
    /// Tuple fields.
    Tuple(&'a str, [T; N]),
    /// Named fields.
    Named {
        /// One called as a binding might be.
        f0: Cow<'a, str>,
        /// Another.
        w: u8,
        /// One that is not sent.
        of: PhantomData<T>,
    },
    /// Old.
    #[deprecated]
    Old,
}

/// No variant with a field.
#[derive(Debug, Clone, Copy, Encode, Decode)]
#[ipc(crate = ::rpc)]
pub enum Plain {
    /// One.
    A,
    /// Another.
    B,
}

/// Holds itself.
#[derive(Debug, Encode, Decode)]
#[ipc(crate = ::rpc)]
pub struct Node {
    /// Others.
    pub children: List<Node>,
    next: ::core::option::Option<Box<Self>>,
}

/// Its name is in the way.
#[derive(Debug, Encode, Decode)]
#[ipc(crate = ::rpc)]
pub struct Error {
    /// What.
    pub code: u8,
}
