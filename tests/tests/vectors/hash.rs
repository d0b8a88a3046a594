//! The hashes of WIRE.md §5, worked out from its text and nothing else: not with `ipc-core`, and
//! with the types as the document's own Rust blocks declare them.

use crate::syntax::{Body, Declarations, Fields, Type};

/// 64-bit FNV-1a.
struct Hash(u64);

impl Hash {
    fn new(kind: u8) -> Hash {
        let mut hash = Hash(0xcbf29ce484222325);
        hash.byte(kind);
        hash
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100000001b3);
    }

    fn num(&mut self, number: u64) {
        for byte in number.to_le_bytes() {
            self.byte(byte);
        }
    }

    fn text(&mut self, text: &str) {
        self.num(text.len() as u64);
        for byte in text.bytes() {
            self.byte(byte);
        }
    }
}

/// The upper half XOR the lower half.
fn fold(hash: u64) -> u32 {
    (hash >> 32) as u32 ^ hash as u32
}

/// How a service or a method of this name is named on the wire.
pub fn name(name: &str) -> u32 {
    fold(without_parts(name))
}

/// How the signature of `method`, of the trait in `declarations`, is named on the wire.
pub fn signature(declarations: &Declarations, method: &str) -> u32 {
    let Some(method) = declarations.methods.iter().find(|other| other.name == method) else {
        panic!("WIRE.md declares no method `{method}`");
    };
    let mut hash = Hash::new(b'm');
    for argument in &method.arguments {
        hash.byte(b'a');
        hash.num(schema(declarations, argument));
    }
    match &method.returns {
        Some(returned) => {
            hash.byte(b'r');
            hash.num(schema(declarations, returned));
        }
        None => hash.byte(b'o'),
    }
    fold(hash.0)
}

/// The schema of a type.
pub fn schema(declarations: &Declarations, ty: &Type) -> u64 {
    Schemas { declarations, own: None }.of(ty)
}

struct Schemas<'a> {
    declarations: &'a Declarations,
    /// The type whose schema is being worked out.
    own: Option<&'a str>,
}

impl Schemas<'_> {
    fn of(&self, ty: &Type) -> u64 {
        match ty {
            Type::Reference(to) => self.of(to),
            Type::Slice(element) => self.over("list", &[element]),
            Type::Array(element, len) => {
                let mut hash = Hash::new(b'c');
                hash.text("array");
                hash.num(self.of(element));
                hash.byte(b'v');
                hash.text("");
                hash.num(*len);
                hash.0
            }
            Type::Tuple(parts) => self.product("", &Fields::unnamed(parts)),
            Type::Named(name, arguments) => {
                let arguments: Vec<_> = arguments.iter().collect();
                self.named(name, &arguments)
            }
        }
    }

    fn named(&self, name: &str, arguments: &[&Type]) -> u64 {
        let bounds = |names: &[&str]| {
            let bound = |name: &&str| (String::from(*name), arguments[0].clone());
            self.product(name, &Fields(names.iter().map(bound).collect()))
        };
        match name {
            "u8" | "u16" | "u32" | "u64" | "u128" | "i8" | "i16" | "i32" | "i64" | "i128"
            | "f32" | "f64" | "bool" | "char" | "str" => without_parts(name),
            "usize" => without_parts("u64"),
            "isize" => without_parts("i64"),
            "String" => without_parts("str"),
            "Duration" => without_parts("duration"),
            "Ipv4Addr" => without_parts("ipv4"),
            "Ipv6Addr" => without_parts("ipv6"),
            "IpAddr" => without_parts("ip"),
            "SocketAddrV4" => without_parts("socketv4"),
            "SocketAddrV6" => without_parts("socketv6"),
            "SocketAddr" => without_parts("socket"),
            "NonZero" | "Wrapping" | "Saturating" | "Box" | "Rc" | "Arc" | "Cow" => {
                self.of(arguments[0])
            }
            "Option" => self.over("option", arguments),
            "Result" => self.over("result", arguments),
            "Vec" | "VecDeque" => self.over("list", arguments),
            "BTreeSet" | "HashSet" => self.over("set", arguments),
            "BTreeMap" | "HashMap" => self.over("map", arguments),
            "PhantomData" => self.product("", &Fields(Vec::new())),
            "RangeFull" => self.product(name, &Fields(Vec::new())),
            "Range" | "RangeInclusive" => bounds(&["start", "end"]),
            "RangeFrom" => bounds(&["start"]),
            "RangeTo" | "RangeToInclusive" => bounds(&["end"]),
            _ if self.own == Some(name) => without_parts("Self"),
            _ => self.declared(name),
        }
    }

    fn declared(&self, name: &str) -> u64 {
        let types = &self.declarations.types;
        let Some((name, body)) = types.iter().find(|(other, _)| other == name) else {
            panic!("WIRE.md declares no type `{name}`");
        };
        let inside = Schemas { declarations: self.declarations, own: Some(name) };
        match body {
            Body::Struct(fields) => inside.product(name, fields),
            Body::Enum(variants) => {
                let mut hash = Hash::new(b'S');
                hash.text(name);
                for variant in variants {
                    hash.byte(b'v');
                    hash.text(&variant.name);
                    hash.num(variant.tag);
                    inside.fields(&mut hash, &variant.fields);
                }
                hash.0
            }
        }
    }

    fn over(&self, name: &str, parts: &[&Type]) -> u64 {
        let mut hash = Hash::new(b'c');
        hash.text(name);
        for part in parts {
            hash.num(self.of(part));
        }
        hash.0
    }

    fn product(&self, name: &str, fields: &Fields) -> u64 {
        let mut hash = Hash::new(b'P');
        hash.text(name);
        self.fields(&mut hash, fields);
        hash.0
    }

    fn fields(&self, hash: &mut Hash, fields: &Fields) {
        for (name, ty) in &fields.0 {
            hash.byte(b'f');
            hash.text(name);
            hash.num(self.of(ty));
        }
    }
}

fn without_parts(name: &str) -> u64 {
    let mut hash = Hash::new(b'p');
    hash.text(name);
    hash.0
}
