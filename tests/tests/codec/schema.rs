//! Schemas are alike where the bytes are read alike, and differ where anything else does.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Saturating, Wrapping};
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ipc_core::method::Method;
use ipc_core::schema::Schema;
use ipc_runtime::{Decode, Encode};

/// Checks that all types of each line have one schema.
macro_rules! alike {
    ($($first:ty: $($other:ty),*;)*) => {$($(
        assert_eq!(
            <$first>::SCHEMA, <$other>::SCHEMA,
            "{} and {}", stringify!($first), stringify!($other),
        );
    )*)*};
}

#[test]
fn types_of_one_form_have_one_schema() {
    alike! {
        u8: &u8, Box<u8>, Rc<u8>, Arc<u8>, Cow<u8>, NonZero<u8>, Wrapping<u8>, Saturating<u8>;
        u64: usize, NonZero<usize>;
        i64: isize;
        str: String, &str, Box<str>, Rc<str>, Arc<str>, Cow<str>;
        [u16]: Vec<u16>, &[u16], Box<[u16]>, Rc<[u16]>, Arc<[u16]>, VecDeque<u16>, Cow<[u16]>;
        Vec<String>: &[&str], Vec<Cow<str>>;
        BTreeSet<u8>: HashSet<u8>;
        BTreeMap<String, u8>: HashMap<Box<str>, u8>;
        (): PhantomData<u8>, PhantomData<String>;
        Option<String>: Option<&str>;
        Result<usize, &str>: Result<u64, String>;
    }
}

/// All types below, each with its text.
macro_rules! schemas {
    ($($ty:ty;)*) => { vec![$((stringify!($ty), <$ty>::SCHEMA)),*] };
}

#[test]
fn types_of_different_forms_have_different_schemas() {
    distinct(schemas! {
        u8; u16; u32; u64; u128; i8; i16; i32; i64; i128; f32; f64; bool; char; Duration; str;
        Ipv4Addr; Ipv6Addr; IpAddr; SocketAddrV4; SocketAddrV6; SocketAddr;
        Option<u8>; Option<u16>; Option<Option<u8>>; Result<u8, u16>; Result<u16, u8>;
        Vec<u8>; Vec<i8>; Vec<Vec<u8>>; Vec<Option<u8>>; Option<Vec<u8>>;
        BTreeSet<u8>; BTreeMap<u8, u16>; BTreeMap<u16, u8>; BTreeMap<u8, ()>;
        [u8; 0]; [u8; 1]; [u8; 2]; [[u8; 1]; 2]; [[u8; 2]; 1];
        (); (u8,); (u8, u8); (u8, u16); (u16, u8); ((u8,), u8); (u8, (u8,)); ((u8, u8),);
        Range<u8>; RangeInclusive<u8>; RangeFrom<u8>; RangeTo<u8>; RangeToInclusive<u8>; RangeFull;
    });
}

/// One type for each thing that may change about a struct or an enum.
mod base {
    use super::*;
    #[derive(Encode, Decode)]
    pub struct Point {
        pub x: i32,
        pub y: u32,
    }
    #[derive(Encode, Decode)]
    pub enum Shape {
        Dot,
        Line(u8),
        Box { w: u8 },
    }
    #[derive(Encode, Decode)]
    pub struct Tree {
        pub children: Vec<Tree>,
    }
}

/// Declares a type in a module of its own, for each way in which it differs.
macro_rules! variants {
    ($($module:ident { $($item:item)* })*) => {$(
        mod $module {
            use super::*;
            $(#[derive(Encode, Decode)] $item)*
        }
    )*};
}

variants! {
    renamed_type { pub struct Place { pub x: i32, pub y: u32 } }
    renamed_field { pub struct Point { pub x: i32, pub z: u32 } }
    reordered { pub struct Point { pub y: u32, pub x: i32 } }
    swapped_types { pub struct Point { pub x: u32, pub y: i32 } }
    retyped { pub struct Point { pub x: i32, pub y: u64 } }
    added { pub struct Point { pub x: i32, pub y: u32, pub z: u8 } }
    removed { pub struct Point { pub x: i32 } }
    unnamed { pub struct Point(pub i32, pub u32); }
    empty { pub struct Point; }
    grouped { pub struct Point { pub x: (i32, u32) } }

    renamed_enum { pub enum Form { Dot, Line(u8), Box { w: u8 } } }
    renamed_variant { pub enum Shape { Spot, Line(u8), Box { w: u8 } } }
    reordered_variants { pub enum Shape { Line(u8), Dot, Box { w: u8 } } }
    retagged { pub enum Shape { Dot, Line(u8), #[ipc(tag = 3)] Box { w: u8 } } }
    retyped_variant { pub enum Shape { Dot, Line(i8), Box { w: u8 } } }
    renamed_in_variant { pub enum Shape { Dot, Line(u8), Box { h: u8 } } }
    field_moved { pub enum Shape { Dot, Line, Box { w: u8, x: u8 } } }
    added_variant { pub enum Shape { Dot, Line(u8), Box { w: u8 }, Last } }
    removed_variant { pub enum Shape { Dot, Line(u8) } }

    other_recursion { pub struct Tree { pub children: Option<Box<Tree>> } }
    no_recursion { pub struct Tree { pub children: Vec<u8> } }
    deep_change { pub struct Tree { pub children: Vec<(Tree, u8)> } }
}

#[test]
fn whatever_changes_about_a_type_changes_its_schema() {
    distinct(schemas! {
        base::Point; renamed_type::Place; renamed_field::Point; reordered::Point;
        swapped_types::Point; retyped::Point; added::Point; removed::Point; unnamed::Point;
        empty::Point; grouped::Point;
        base::Shape; renamed_enum::Form; renamed_variant::Shape; reordered_variants::Shape;
        retagged::Shape; retyped_variant::Shape; renamed_in_variant::Shape; field_moved::Shape;
        added_variant::Shape; removed_variant::Shape;
        base::Tree; other_recursion::Tree; no_recursion::Tree; deep_change::Tree;
    });
}

#[test]
fn a_change_within_a_type_shows_in_all_that_holds_it() {
    distinct(schemas! {
        Vec<base::Point>; Vec<retyped::Point>;
        Option<base::Point>; Option<retyped::Point>;
        [base::Point; 2]; [retyped::Point; 2];
        (base::Point,); (retyped::Point,);
        BTreeMap<u8, base::Point>; BTreeMap<u8, retyped::Point>;
        Result<u8, base::Point>; Result<u8, retyped::Point>;
        Result<base::Point, u8>; Result<retyped::Point, u8>;
    });
}

mod renamed_back {
    use super::*;
    #[derive(Encode, Decode)]
    #[ipc(name = "Point")]
    pub struct Place {
        pub x: i32,
        #[ipc(name = "y")]
        pub z: u32,
    }
}

#[test]
fn a_type_that_says_its_old_names_keeps_its_schema() {
    assert_eq!(base::Point::SCHEMA, renamed_back::Place::SCHEMA);
}

#[test]
fn whatever_changes_about_a_method_changes_its_signature() {
    let none = Schema::signature;
    let signatures = [
        ("fn()", none().returns(<()>::SCHEMA)),
        ("fn(), one-way", none().oneway()),
        ("fn() -> u8", none().returns(u8::SCHEMA)),
        ("fn(u8)", none().argument(u8::SCHEMA).returns(<()>::SCHEMA)),
        ("fn(u8), one-way", none().argument(u8::SCHEMA).oneway()),
        ("fn((u8,))", none().argument(<(u8,)>::SCHEMA).returns(<()>::SCHEMA)),
        ("fn(u8) -> u8", none().argument(u8::SCHEMA).returns(u8::SCHEMA)),
        ("fn(u8, u16)", none().argument(u8::SCHEMA).argument(u16::SCHEMA).returns(<()>::SCHEMA)),
        ("fn(u16, u8)", none().argument(u16::SCHEMA).argument(u8::SCHEMA).returns(<()>::SCHEMA)),
        ("fn((u8, u16))", none().argument(<(u8, u16)>::SCHEMA).returns(<()>::SCHEMA)),
    ];
    distinct(signatures.to_vec());
    let folded = signatures.map(|(_, schema)| Method::new("S", "m", "S.m", schema).signature);
    for (at, signature) in folded.iter().enumerate() {
        assert!(!folded[..at].contains(signature), "{} is folded as another", signatures[at].0);
    }
}

fn distinct(schemas: Vec<(&str, Schema)>) {
    for (at, (name, schema)) in schemas.iter().enumerate() {
        for (other, same) in &schemas[..at] {
            assert_ne!(schema, same, "{name} and {other}");
            assert_ne!(schema.fold(), same.fold(), "{name} and {other}, folded");
        }
    }
}

#[test]
fn a_schema_is_the_same_at_run_time_as_at_compile_time() {
    let name = |text: &'static str| std::hint::black_box(text);
    let point = Schema::product(name("Point"))
        .field(name("x"), Schema::primitive(name("i32")))
        .field(name("y"), Schema::primitive(name("u32")));
    assert_eq!(point, base::Point::SCHEMA);
    let shape = Schema::sum(name("Shape"))
        .variant(name("Dot"), 0)
        .variant(name("Line"), 1)
        .field(name("0"), Schema::primitive(name("u8")))
        .variant(name("Box"), 2)
        .field(name("w"), Schema::primitive(name("u8")));
    assert_eq!(shape, base::Shape::SCHEMA);
}

#[test]
fn two_methods_of_one_service_that_hash_alike_are_refused_and_others_are_not() {
    let method = |name: &str| Method::new("S", name, "", Schema::signature().oneway());
    let refused = |names: &[&str]| {
        let methods: Vec<Method> = names.iter().map(|name| method(name)).collect();
        std::panic::catch_unwind(|| ipc_core::method::distinct(&methods)).is_err()
    };
    assert!(!refused(&[]), "none");
    assert!(!refused(&["a", "b", "c", "ab"]), "all different");
    for alike in [["a", "a", "b"], ["a", "b", "a"], ["b", "a", "a"]] {
        assert!(refused(&alike), "{alike:?}");
    }
}

#[test]
fn what_is_said_of_a_method_is_no_part_of_how_it_is_named() {
    let plain = || Method::new("S", "m", "S.m", Schema::signature().oneway());
    let named = |method: &Method| (method.service, method.id, method.signature);
    let (oneway, idempotent) = (plain().oneway(), plain().idempotent());
    assert_eq!((oneway.oneway, oneway.idempotent), (true, false));
    assert_eq!((idempotent.oneway, idempotent.idempotent), (false, true));
    assert_eq!(named(&oneway), named(&plain()));
    assert_eq!(named(&idempotent), named(&plain()));
}
