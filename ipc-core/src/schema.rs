//! The shape of a type as a hash, worked out at compile time (WIRE.md §5).

/// A hash of what a type looks like on the wire, all the way down: the names and types of fields,
/// the names and tags of variants. Two sides that agree on it read the same bytes alike.
///
/// Built as a constant by `#[derive(Encode)]`; an `Encode` written by hand names its own with
/// [`Schema::primitive`], or borrows that of the type it is sent as.
///
/// ```
/// use ipc_core::schema::Schema;
/// const POINT: Schema =
///     Schema::product("Point").field("x", Schema::primitive("i32")).field("y", Schema::primitive("i32"));
/// assert_ne!(POINT, Schema::product("Point"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema(u64);

impl Schema {
    /// A type with no parts, known by its name alone.
    pub const fn primitive(name: &str) -> Schema {
        Schema::new(b'p').text(name)
    }

    /// A struct; its fields follow in order.
    pub const fn product(name: &str) -> Schema {
        Schema::new(b'P').text(name)
    }

    /// An enum; its variants follow in order, each followed by its fields.
    pub const fn sum(name: &str) -> Schema {
        Schema::new(b'S').text(name)
    }

    /// A built-in type over others, such as a list of `a`.
    pub(crate) const fn of(name: &str, parts: &[Schema]) -> Schema {
        let mut schema = Schema::new(b'c').text(name);
        let mut rest = parts;
        while let [first, others @ ..] = rest {
            schema = schema.number(first.0);
            rest = others;
        }
        schema
    }

    /// Adds a field; those of a tuple are named "0", "1" and so on.
    pub const fn field(self, name: &str, of: Schema) -> Schema {
        self.byte(b'f').text(name).number(of.0)
    }

    /// Adds a variant.
    pub const fn variant(self, name: &str, tag: u32) -> Schema {
        self.byte(b'v').text(name).number(tag as u64)
    }

    /// The signature of a method; its arguments and its return type follow.
    pub const fn signature() -> Schema {
        Schema::new(b'm')
    }

    /// Adds an argument. Its name is no part of the signature.
    pub const fn argument(self, of: Schema) -> Schema {
        self.byte(b'a').number(of.0)
    }

    /// Sets what the method returns.
    pub const fn returns(self, of: Schema) -> Schema {
        self.byte(b'r').number(of.0)
    }

    /// Says that the method is never answered.
    pub const fn oneway(self) -> Schema {
        self.byte(b'o')
    }

    /// The 32 bits that go over the wire: both halves, one laid over the other.
    #[allow(clippy::cast_possible_truncation, reason = "the cut is the fold")]
    pub const fn fold(self) -> u32 {
        (self.0 ^ (self.0 >> 32)) as u32
    }

    // 64-bit FNV-1a, fed a byte at a time. Texts are preceded by their length, so that no two
    // sequences of parts feed the same bytes.

    const fn new(kind: u8) -> Schema {
        Schema(0xcbf2_9ce4_8422_2325).byte(kind)
    }

    const fn byte(self, byte: u8) -> Schema {
        Schema((self.0 ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3))
    }

    const fn text(self, text: &str) -> Schema {
        self.number(text.len() as u64).bytes(text.as_bytes())
    }

    const fn number(self, number: u64) -> Schema {
        self.bytes(&number.to_le_bytes())
    }

    const fn bytes(self, bytes: &[u8]) -> Schema {
        let mut schema = self;
        let mut rest = bytes;
        while let [first, others @ ..] = rest {
            schema = schema.byte(*first);
            rest = others;
        }
        schema
    }
}
