//! `#[derive(Encode, Decode)]`: the bytes of every shape of type, and what its schema depends on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

use ipc_core::codec::{Reader, Writer, from_bytes, to_bytes};
use ipc_core::error::DecodeError;
use ipc_core::schema::Schema;
use ipc_runtime::{Decode, Encode};

/// The value has these bytes, and the bytes this value.
#[track_caller]
fn same<'de, T: Encode + Decode<'de> + PartialEq + Debug>(value: &T, bytes: &'de [u8]) {
    assert_eq!(to_bytes(value), bytes);
    assert_eq!(from_bytes::<T>(bytes).as_ref(), Ok(value));
    assert!(T::MIN_LEN <= bytes.len());
}

mod structs {
    use super::*;

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Named {
        id: u16,
        /// Documented.
        pub r#type: String,
        #[cfg(any())]
        absent: Absent,
    }

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Tuple(u8, pub(crate) (u8, u8), pub [u8; 2]);

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Newtype(u32);

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Unit;

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct NoFields {}

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct NoValues();

    #[test]
    fn fields_follow_one_another() {
        same(&Named { id: 1, r#type: "a".into() }, &[1, 0, 1, b'a']);
        same(&Tuple(1, (2, 3), [4, 5]), &[1, 2, 3, 4, 5]);
        same(&Newtype(7), &[7, 0, 0, 0]);
    }

    #[test]
    fn nothing_takes_no_bytes() {
        same(&Unit, &[]);
        same(&NoFields {}, &[]);
        same(&NoValues(), &[]);
    }

    #[test]
    fn the_fewest_bytes_are_those_of_all_fields() {
        assert_eq!(Named::MIN_LEN, 3);
        assert_eq!(Tuple::MIN_LEN, 5);
        assert_eq!(Unit::MIN_LEN, 0);
    }
}

mod enums {
    use super::*;

    #[derive(Encode, Decode, Debug, PartialEq)]
    enum Mixed {
        Unit,
        Tuple(u8, u8),
        Named {
            r#in: bool,
        },
        #[cfg(any())]
        Absent(Absent),
        Empty(),
        Braces {},
    }

    #[derive(Encode, Decode, Debug, PartialEq)]
    enum Tagged {
        #[ipc(tag = 5)]
        Five,
        Six,
        #[ipc(tag = 0x1_00)]
        Far(u8),
        #[ipc(tag = 0)]
        Zero,
        #[ipc(tag = 4294967295)]
        Last,
    }

    #[derive(Encode, Decode, Debug, PartialEq, Clone, Copy)]
    #[repr(u8)]
    enum Discriminants {
        A = 1 << 4,
        B = if 1 < 2 { 3 } else { 4 },
    }

    #[rustfmt::skip]
    #[derive(Encode, Decode, Debug, PartialEq, Clone, Copy)]
    enum Wide {
        V0, V1, V2, V3, V4, V5, V6, V7, V8, V9,
        V10, V11, V12, V13, V14, V15, V16, V17, V18, V19,
        V20, V21, V22, V23, V24, V25, V26, V27, V28, V29,
        V30, V31, V32, V33, V34, V35, V36, V37, V38, V39,
        V40, V41, V42, V43, V44, V45, V46, V47, V48, V49,
        V50, V51, V52, V53, V54, V55, V56, V57, V58, V59,
        V60, V61, V62, V63, V64, V65, V66, V67, V68, V69,
        V70, V71, V72, V73, V74, V75, V76, V77, V78, V79,
        V80, V81, V82, V83, V84, V85, V86, V87, V88, V89,
        V90, V91, V92, V93, V94, V95, V96, V97, V98, V99,
        V100, V101, V102, V103, V104, V105, V106, V107, V108, V109,
        V110, V111, V112, V113, V114, V115, V116, V117, V118, V119,
        V120, V121, V122, V123, V124, V125, V126, V127, V128, V129,
        V130, V131, V132, V133, V134, V135, V136, V137, V138, V139,
        V140, V141, V142, V143, V144, V145, V146, V147, V148, V149,
        V150, V151, V152, V153, V154, V155, V156, V157, V158, V159,
        V160, V161, V162, V163, V164, V165, V166, V167, V168, V169,
        V170, V171, V172, V173, V174, V175, V176, V177, V178, V179,
        V180, V181, V182, V183, V184, V185, V186, V187, V188, V189,
        V190, V191, V192, V193, V194, V195, V196, V197, V198, V199,
    }

    #[test]
    fn a_tag_comes_before_the_fields() {
        same(&Mixed::Unit, &[0]);
        same(&Mixed::Tuple(8, 9), &[1, 8, 9]);
        same(&Mixed::Named { r#in: true }, &[2, 1]);
        same(&Mixed::Empty(), &[3]);
        same(&Mixed::Braces {}, &[4]);
    }

    #[test]
    fn tags_go_on_counting_from_one_that_is_given() {
        same(&Tagged::Five, &[5]);
        same(&Tagged::Six, &[6]);
        same(&Tagged::Far(1), &[0x80, 0x02, 1]);
        same(&Tagged::Zero, &[0]);
        same(&Tagged::Last, &[0xff, 0xff, 0xff, 0xff, 0x0f]);
    }

    #[test]
    fn discriminants_are_not_tags() {
        same(&Discriminants::A, &[0]);
        same(&Discriminants::B, &[1]);
        assert_eq!((Discriminants::A as u8, Discriminants::B as u8), (16, 3));
    }

    #[test]
    fn tags_above_127_take_two_bytes() {
        same(&Wide::V127, &[0x7f]);
        same(&Wide::V128, &[0x80, 0x01]);
        same(&Wide::V199, &[0xc7, 0x01]);
    }

    #[test]
    fn an_unknown_tag_is_refused() {
        assert_eq!(from_bytes::<Mixed>(&[5]), Err(DecodeError::UnknownTag));
        assert_eq!(from_bytes::<Tagged>(&[7]), Err(DecodeError::UnknownTag));
        assert_eq!(from_bytes::<Wide>(&[0xc8, 0x01]), Err(DecodeError::UnknownTag));
    }
}

mod generics {
    use super::*;

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Pair<A, B = u8> {
        a: A,
        b: Vec<B>,
    }

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Sized<const N: usize, T: Copy, const M: usize = 1>([T; N], [u8; M])
    where
        T: Debug;

    /// Has no values to send, so it need not be sendable.
    #[derive(Debug, PartialEq)]
    struct Unsent;

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Id<T> {
        id: u8,
        of: PhantomData<T>,
    }

    trait Kind {
        type Value;
    }

    impl Kind for Unsent {
        type Value = u16;
    }

    #[derive(Encode, Decode, Debug, PartialEq)]
    #[ipc(bound = "K::Value: Encode + for<'a> Decode<'a>")]
    struct Of<K: Kind>(K::Value);

    #[derive(Encode, Decode, Debug, PartialEq)]
    enum Either<L, R> {
        Left(L),
        Right { right: R },
    }

    /// The heads of the arrows close no bracket.
    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Arrows<F: Fn(u8) -> Vec<u8>, G = fn() -> u8>
    where
        F: Fn(u8) -> Vec<u8>,
    {
        of: PhantomData<(F, G)>,
        after: u8,
    }

    #[test]
    fn arrows_in_bounds_are_understood() {
        same(&Arrows::<fn(u8) -> Vec<u8>> { of: PhantomData, after: 1 }, &[1]);
    }

    #[test]
    fn parameters_are_bound_where_a_field_holds_them() {
        same(&Pair { a: 1_u8, b: vec![2_u8] }, &[1, 1, 2]);
        same(&Either::<u8, Pair<u8>>::Left(3), &[0, 3]);
        same(&Either::<u8, bool>::Right { right: true }, &[1, 1]);
        same(&Id::<Unsent> { id: 1, of: PhantomData }, &[1]);
    }

    #[test]
    fn const_parameters_and_where_clauses_are_kept() {
        same(&Sized::<2, u8>([1, 2], [3]), &[1, 2, 3]);
    }

    /// With no bound at all.
    #[derive(Encode, Decode, Debug, PartialEq)]
    #[ipc(bound = "")]
    struct Named<K>(Name<K>);

    #[derive(Debug, PartialEq)]
    struct Name<K>(u8, PhantomData<K>);

    impl<K> Encode for Name<K> {
        const SCHEMA: Schema = u8::SCHEMA;
        fn encode(&self, w: &mut Writer) {
            self.0.encode(w);
        }
    }

    impl<'de, K> Decode<'de> for Name<K> {
        fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
            Ok(Name(u8::decode(r)?, PhantomData))
        }
    }

    #[test]
    fn a_bound_replaces_those_inferred() {
        same(&Of::<Unsent>(1), &[1, 0]);
        same(&Named::<Unsent>(Name(1, PhantomData)), &[1]);
    }
}

mod lifetimes {
    use super::*;

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Text<'a> {
        text: &'a str,
        bytes: &'a [u8],
        maybe: Option<&'a str>,
    }

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Outer<'a, 'b: 'a, T> {
        cow: Cow<'a, str>,
        inner: Vec<Text<'b>>,
        value: T,
    }

    /// Takes the name that the impl would like for the received bytes.
    #[derive(Encode, Decode, Debug, PartialEq)]
    struct De<'de, 'de_>(&'de str, &'de_ str);

    #[derive(Encode, Decode, Debug, PartialEq)]
    enum Line<'a> {
        Empty,
        Text(&'a str, Box<Line<'a>>),
    }

    #[test]
    fn text_and_bytes_are_borrowed() {
        let bytes = vec![1, b'a', 1, 7, 1, 1, b'b'];
        let text: Text<'_> = from_bytes(&bytes).unwrap();
        assert_eq!(text, Text { text: "a", bytes: &[7], maybe: Some("b") });
        assert_eq!(text.text.as_ptr(), &raw const bytes[1]);
        assert_eq!(to_bytes(&text), bytes);
    }

    #[test]
    fn derived_types_that_borrow_nest() {
        let inner = vec![Text { text: "", bytes: &[], maybe: None }];
        same(&Outer { cow: "c".into(), inner, value: 1_u8 }, &[1, b'c', 1, 0, 0, 0, 1]);
        same(&De("a", "b"), &[1, b'a', 1, b'b']);
        same(&Line::Text("a", Box::new(Line::Empty)), &[1, 1, b'a', 0]);
    }
}

mod recursion {
    use super::*;

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Node {
        value: u8,
        children: Vec<Node>,
    }

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Tree<T> {
        value: T,
        left: Option<Box<Tree<T>>>,
        right: Option<Box<Self>>,
    }

    #[derive(Encode, Decode, Debug, PartialEq)]
    enum Json {
        Null,
        List(Vec<Json>),
        Map(BTreeMap<String, Json>),
        Pair(Box<(Json, Json)>),
    }

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct File {
        size: u8,
        parent: Option<Box<Folder>>,
    }

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Folder {
        #[ipc(recursive)]
        files: Vec<File>,
    }

    #[test]
    fn a_type_may_hold_itself() {
        let leaf = |value| Node { value, children: vec![] };
        same(&Node { value: 1, children: vec![leaf(2), leaf(3)] }, &[1, 2, 2, 0, 3, 0]);
        let leaf = Tree { value: 2_u8, left: None, right: None };
        same(&Tree { value: 1, left: None, right: Some(Box::new(leaf)) }, &[1, 0, 1, 2, 0, 0]);
        same(&Json::List(vec![Json::Null]), &[1, 1, 0]);
        same(&Json::Map(BTreeMap::from([("a".into(), Json::Null)])), &[2, 1, 1, b'a', 0]);
        same(&Json::Pair(Box::new((Json::Null, Json::Null))), &[3, 0, 0]);
    }

    #[test]
    fn two_types_may_hold_each_other() {
        same(&File { size: 1, parent: Some(Box::new(Folder { files: vec![] })) }, &[1, 1, 0]);
    }

    #[test]
    fn depth_is_bounded() {
        let mut bytes = [1, 1].repeat(40);
        bytes.push(0);
        assert_eq!(from_bytes::<Json>(&bytes), Err(DecodeError::TooDeep));
    }
}

mod schemas {
    use super::*;

    macro_rules! schema {
        ($($item:tt)*) => {{
            #[derive(Encode)]
            #[allow(dead_code)]
            $($item)*
            <Type as Encode>::SCHEMA
        }};
    }

    #[test]
    fn a_schema_is_known_by_names_and_types() {
        let schema = schema!(
            struct Type {
                a: u8,
            }
        );
        assert_eq!(
            schema,
            schema!(
                struct Type {
                    a: u8,
                }
            )
        );
        assert_ne!(
            schema,
            schema!(
                struct Type {
                    b: u8,
                }
            )
        );
        assert_ne!(
            schema,
            schema!(
                struct Type {
                    a: i8,
                }
            )
        );
        assert_ne!(
            schema,
            schema!(
                struct Type {
                    a: u8,
                    b: u8,
                }
            )
        );
        assert_ne!(
            schema,
            schema!(
                struct Type(u8);
            )
        );
        assert_ne!(
            schema,
            schema!(
                #[ipc(name = "Other")]
                struct Type {
                    a: u8,
                }
            )
        );
    }

    #[test]
    fn a_new_name_can_keep_the_old_schema() {
        let schema = schema!(
            struct Type {
                a: u8,
            }
        );
        assert_eq!(
            schema,
            schema!(
                struct Type {
                    #[ipc(name = "a")]
                    b: u8,
                }
            )
        );
        let schema = schema!(
            enum Type {
                A,
                B,
            }
        );
        assert_eq!(
            schema,
            schema!(
                enum Type {
                    A,
                    #[ipc(name = "B")]
                    C,
                }
            )
        );
        assert_eq!(
            schema,
            schema!(
                enum Type {
                    #[ipc(tag = 0)]
                    A,
                    #[ipc(tag = 1)]
                    B,
                }
            )
        );
        assert_ne!(
            schema,
            schema!(
                enum Type {
                    A,
                    #[ipc(tag = 2)]
                    B,
                }
            )
        );
        assert_ne!(
            schema,
            schema!(
                enum Type {
                    A,
                    C,
                }
            )
        );
    }

    #[test]
    fn a_schema_goes_all_the_way_down() {
        #[derive(Encode)]
        struct Inner<T>(T);
        let schema = schema!(
            struct Type(Vec<Option<Inner<u8>>>);
        );
        assert_ne!(
            schema,
            schema!(
                struct Type(Vec<Option<Inner<u16>>>);
            )
        );
    }

    #[test]
    fn a_raw_name_is_that_name() {
        let plain = schema!(
            struct Type {
                #[ipc(name = "type")]
                a: u8,
            }
        );
        assert_eq!(
            plain,
            schema!(
                struct Type {
                    r#type: u8,
                }
            )
        );
    }
}

mod substituted {
    use super::*;

    /// What `macro_rules!` fills in comes in invisible groups.
    macro_rules! substituted {
        ($vis:vis $name:ident, $ty:ty, $life:lifetime, $tag:literal, $value:expr) => {
            #[derive(Encode, Decode, Debug, PartialEq)]
            $vis struct $name<$life> {
                $vis field: $ty,
                text: &$life str,
            }

            #[derive(Encode, Decode, Debug, PartialEq)]
            #[repr(u8)]
            enum Tagged {
                #[ipc(tag = $tag)]
                A($ty),
                B = $value,
            }
        };
    }

    substituted!(pub(crate) Filled, Vec<u8>, 'de, 3, 7);

    #[test]
    fn what_a_macro_filled_in_is_understood() {
        same(&Filled { field: vec![1], text: "" }, &[1, 1, 0]);
        same(&Tagged::A(vec![]), &[3, 0]);
        same(&Tagged::B, &[4]);
    }
}
