//! How a method is named on the wire (WIRE.md §5).

use crate::schema::Schema;

/// A method of a service: its names, as hashes and as text, and the hash of its signature.
#[derive(Debug, PartialEq, Eq)]
pub struct Method {
    /// The service and method as the trait has them: `"Loader.enable"`.
    pub name: &'static str,
    /// Hash of the service's name.
    pub service: u32,
    /// Hash of the method's name.
    pub id: u32,
    /// Hash of the types of its arguments and of what it returns.
    pub signature: u32,
    /// Whether it is never answered.
    pub oneway: bool,
    /// Whether it may be called again when it may have run already.
    pub idempotent: bool,
    /// How a peer is asked whether it has the method.
    pub probe: Probe,
}

/// Arguments that a method certainly cannot have. A call with them never runs, and its fault says
/// how much of the method the peer knows (WIRE.md §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// No byte, of a method whose arguments take some.
    Empty,
    /// One byte, of a method that has no arguments.
    Byte,
    /// There are none: it has arguments, which may take no bytes. Such a method is asked for with
    /// another signature, and whether its own has changed is not known.
    None,
}

impl Method {
    /// Stands where no method was called.
    pub(crate) const NONE: Method = Method::new("", "", "", Schema::signature());

    /// Names a method; `signature` comes from [`Schema::signature`].
    pub const fn new(service: &str, method: &str, name: &'static str, signature: Schema) -> Method {
        Method {
            name,
            service: Schema::primitive(service).fold(),
            id: Schema::primitive(method).fold(),
            signature: signature.fold(),
            oneway: false,
            idempotent: false,
            probe: Probe::None,
        }
    }

    /// Says that the method is never answered.
    pub const fn oneway(self) -> Method {
        Method { oneway: true, ..self }
    }

    /// Says that to run it twice does what to run it once does.
    pub const fn idempotent(self) -> Method {
        Method { idempotent: true, ..self }
    }

    /// Says how many bytes each argument takes at least.
    pub const fn taking(self, mut arguments: &[usize]) -> Method {
        let mut probe = if arguments.is_empty() { Probe::Byte } else { Probe::None };
        while let [len, rest @ ..] = arguments {
            if *len > 0 {
                probe = Probe::Empty;
            }
            arguments = rest;
        }
        Method { probe, ..self }
    }
}

/// Refuses at compile time two methods of one service that hash alike.
#[allow(clippy::indexing_slicing, reason = "runs at compile time, where a panic is an error")]
pub const fn distinct(methods: &[Method]) {
    let mut i = 0;
    while i < methods.len() {
        let mut j = i + 1;
        while j < methods.len() {
            assert!(
                methods[i].id != methods[j].id,
                "two methods of this service have the same hash: \
                 give one of them another name on the wire with #[ipc(name = \"...\")]"
            );
            j += 1;
        }
        i += 1;
    }
}
