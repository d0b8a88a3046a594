//! What is encoded: a list of mods, as a mod loader tells its tools of them.

use bitcode::{Decode as BitcodeDecode, Encode as BitcodeEncode};
use borsh::{BorshDeserialize, BorshSerialize};
use ipc_runtime::{Decode, Encode};
use serde::{Deserialize, Serialize};
use speedy::{Readable, Writable};
use wincode::{SchemaRead, SchemaWrite};

pub const MODS: u32 = 50;

#[derive(
    Clone,
    Debug,
    PartialEq,
    Encode,
    Decode,
    Serialize,
    Deserialize,
    Readable,
    Writable,
    BitcodeEncode,
    BitcodeDecode,
    SchemaRead,
    SchemaWrite,
    bincode::Encode,
    bincode::Decode,
    BorshSerialize,
    BorshDeserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Mod {
    pub id: String,
    pub name: String,
    pub author: Option<String>,
    pub version: [u16; 3],
    pub size: u64,
    pub changed: i64,
    pub priority: f32,
    pub enabled: bool,
    pub kind: Kind,
    pub needs: Vec<u32>,
}

#[derive(
    Clone,
    Debug,
    PartialEq,
    Encode,
    Decode,
    Serialize,
    Deserialize,
    Readable,
    Writable,
    BitcodeEncode,
    BitcodeDecode,
    SchemaRead,
    SchemaWrite,
    bincode::Encode,
    bincode::Decode,
    BorshSerialize,
    BorshDeserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub enum Kind {
    Native,
    Managed { entry: String },
    Files(u32),
}

/// The same, borrowed from what was received.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Encode,
    Decode,
    Serialize,
    Deserialize,
    Readable,
    Writable,
    BitcodeEncode,
    BitcodeDecode,
    SchemaRead,
    SchemaWrite,
    bincode::Encode,
    bincode::BorrowDecode,
)]
pub struct ModView<'a> {
    #[serde(borrow)]
    pub id: &'a str,
    pub name: &'a str,
    pub author: Option<&'a str>,
    pub version: [u16; 3],
    pub size: u64,
    pub changed: i64,
    pub priority: f32,
    pub enabled: bool,
    #[serde(borrow)]
    pub kind: KindView<'a>,
    pub needs: Vec<u32>,
}

#[derive(
    Clone,
    Debug,
    PartialEq,
    Encode,
    Decode,
    Serialize,
    Deserialize,
    Readable,
    Writable,
    BitcodeEncode,
    BitcodeDecode,
    SchemaRead,
    SchemaWrite,
    bincode::Encode,
    bincode::BorrowDecode,
)]
pub enum KindView<'a> {
    Native,
    Managed { entry: &'a str },
    Files(u32),
}

pub fn mods() -> Vec<Mod> {
    (0..MODS).map(one).collect()
}

fn one(i: u32) -> Mod {
    Mod {
        id: format!("author{}.mod.{i}", i % 7),
        name: format!("A mod of number {i}, with a name that says what it does"),
        author: (!i.is_multiple_of(3)).then(|| format!("Somebody the {i}th")),
        version: [1, 4, u16::try_from(i).unwrap_or(0)],
        size: u64::from(i) * 123_457,
        changed: 1_700_000_000 + i64::from(i) * 86_400,
        priority: 0.5,
        enabled: i.is_multiple_of(2),
        kind: match i % 3 {
            0 => Kind::Native,
            1 => Kind::Managed { entry: format!("Mod{i}.Program") },
            _ => Kind::Files(i * 11),
        },
        needs: (0..i % 5).collect(),
    }
}
