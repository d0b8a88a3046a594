//! The service that is attacked: a method for every kind of value that lies can be told about.

use std::collections::{BTreeMap, HashMap};

use ipc_runtime::{Decode, Encode, service};

#[derive(Debug, Encode, Decode)]
pub struct ByVec(pub Vec<ByVec>);

#[derive(Debug, Encode, Decode)]
pub struct ByOption(pub Option<Box<ByOption>>);

#[derive(Debug, Encode, Decode)]
pub enum ByEnum {
    End,
    More(Box<ByEnum>),
}

#[derive(Debug, Encode, Decode)]
pub struct ByNewtype(#[ipc(recursive)] Option<Box<Newtype>>);

#[derive(Debug, Encode, Decode)]
pub struct Newtype(ByNewtype);

#[derive(Debug, Encode, Decode)]
pub struct ByTuple(pub (u8, Vec<ByTuple>));

#[derive(Debug, Encode, Decode)]
pub struct ByMap(pub BTreeMap<u8, ByMap>);

#[derive(Debug, Encode, Decode)]
pub enum Colour {
    Red,
    Green,
}

#[service]
pub trait Target {
    /// How many calls of the others have run.
    fn ran(&mut self) -> u32;
    fn add(&mut self, a: u32, b: u32) -> u32;
    fn blob(&mut self, len: u32) -> Vec<u8>;
    fn take(&mut self, bytes: &[u8]) -> u32;

    fn numbers(&mut self, v: Vec<u64>);
    fn units(&mut self, v: Vec<()>);
    fn nested(&mut self, v: Vec<Vec<Vec<u8>>>);
    fn text(&mut self, v: String);
    fn texts(&mut self, v: Vec<String>);
    fn map(&mut self, v: HashMap<u64, u64>);
    fn tree(&mut self, v: BTreeMap<u64, u64>);
    fn flag(&mut self, v: bool);
    fn letter(&mut self, v: char);
    fn colour(&mut self, v: Colour);
    fn float(&mut self, v: f32) -> u32;

    fn by_vec(&mut self, v: ByVec);
    fn by_option(&mut self, v: ByOption);
    fn by_enum(&mut self, v: ByEnum);
    fn by_newtype(&mut self, v: ByNewtype);
    fn by_tuple(&mut self, v: ByTuple);
    fn by_map(&mut self, v: ByMap);
}

/// The handler: counts.
#[derive(Default)]
pub struct Counter {
    ran: u32,
}

/// Methods that do nothing but be counted.
macro_rules! counted {
    ($($method:ident: $ty:ty),*) => {$(
        fn $method(&mut self, _: $ty) {
            self.ran += 1;
        }
    )*};
}

impl Target for Counter {
    fn ran(&mut self) -> u32 {
        self.ran
    }

    fn add(&mut self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn blob(&mut self, len: u32) -> Vec<u8> {
        self.ran += 1;
        vec![7; len as usize]
    }

    fn take(&mut self, bytes: &[u8]) -> u32 {
        u32::try_from(bytes.len()).expect("a frame is that short")
    }

    fn float(&mut self, v: f32) -> u32 {
        v.to_bits()
    }

    counted! {
        numbers: Vec<u64>, units: Vec<()>, nested: Vec<Vec<Vec<u8>>>, text: String,
        texts: Vec<String>, map: HashMap<u64, u64>, tree: BTreeMap<u64, u64>, flag: bool,
        letter: char, colour: Colour, by_vec: ByVec, by_option: ByOption, by_enum: ByEnum,
        by_newtype: ByNewtype, by_tuple: ByTuple, by_map: ByMap
    }
}
