//! A service as data: what its methods take and return, to be shown to people. `#[service]` writes
//! it; a program that does not name it has nothing of it in it.

use core::fmt::{self, Write};

use crate::codec::Reader;
use crate::error::DecodeError;
use crate::method::Method;

/// A service, as `LoaderClient::INTERFACE` has it for a trait `Loader`.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// What the service is called on the wire.
    pub name: &'static str,
    /// Its methods, in the order of the trait.
    pub methods: &'static [Signature],
}

/// What one method takes and returns.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The method's names.
    pub method: &'static Method,
    /// What crosses the wire when it is called, in order.
    pub arguments: &'static [Argument],
    /// What comes back; `None` for a one-way method.
    pub returns: Option<Kind>,
}

/// One argument of a method.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name in the trait; `arg2` for the third if it has none.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
}

/// A type, as far as its values can be shown.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// As the trait has it, with spaces only where two words meet: `"Vec<Mod>"`.
    pub text: &'static str,
    /// How a value is shown.
    pub show: Show,
}

/// Reads one value, and writes it as its `Debug` does; one that has none as its type's text. That
/// the text could not be written is not told: whoever gives it knows.
///
/// # Errors
///
/// What is wrong with the bytes. Nothing is written then.
pub type Show = fn(&mut Reader<'_>, &mut dyn Write) -> Result<(), DecodeError>;

/// A value to be shown. Its own `show` is there for types that have a `Debug`, and is preferred
/// to that of [`ByText`].
#[doc(hidden)]
#[derive(Debug)]
pub struct Shown<T>(pub T);

impl<T: fmt::Debug> Shown<T> {
    /// Writes the value.
    pub fn show(&self, _: &str, out: &mut dyn Write) {
        let _ = write!(out, "{:?}", self.0);
    }
}

/// What is shown of a value without a `Debug`.
#[doc(hidden)]
pub trait ByText {
    /// Writes the type's text.
    fn show(&self, text: &str, out: &mut dyn Write);
}

impl<T> ByText for Shown<T> {
    fn show(&self, text: &str, out: &mut dyn Write) {
        let _ = out.write_str(text);
    }
}
