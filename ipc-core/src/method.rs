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
