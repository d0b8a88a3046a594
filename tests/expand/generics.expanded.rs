use std::marker::PhantomData;

use ipc_runtime::{Decode, Encode};

struct Page<'a, T, U = u8, const N: usize = 4>
where
    T: Clone,
{
    title: &'a str,
    items: [T; N],
    of: PhantomData<U>,
}
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'a, T, U, const N: usize> __rt::Encode for Page<'a, T, U, N>
    where
        T: Clone,
        T: __rt::Encode,
    {
        const SCHEMA: __rt::Schema = __rt::Schema::product("Page")
            .field("title", <&'a str as __rt::Encode>::SCHEMA)
            .field("items", <[T; N] as __rt::Encode>::SCHEMA)
            .field("of", <PhantomData<U> as __rt::Encode>::SCHEMA);
        fn encode(&self, w: &mut __rt::Writer) {
            <&'a str as __rt::Encode>::encode(&self.title, w);
            <[T; N] as __rt::Encode>::encode(&self.items, w);
            <PhantomData<U> as __rt::Encode>::encode(&self.of, w);
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de, 'a, T, U, const N: usize> __rt::Decode<'de> for Page<'a, T, U, N>
    where
        'de: 'a,
        T: Clone,
        T: __rt::Decode<'de>,
    {
        const MIN_LEN: usize = 0
            + <&'_ str as __rt::Decode<'de>>::MIN_LEN
            + <[T; N] as __rt::Decode<'de>>::MIN_LEN
            + <PhantomData<U> as __rt::Decode<'de>>::MIN_LEN;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            r.enter()?;
            let value = Self {
                title: <&'_ str as __rt::Decode<'de>>::decode(r)?,
                items: <[T; N] as __rt::Decode<'de>>::decode(r)?,
                of: <PhantomData<U> as __rt::Decode<'de>>::decode(r)?,
            };
            r.leave();
            __rt::Ok(value)
        }
    }
};

/// The name for the received bytes is taken.
struct Text<'de>(&'de str);
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de> __rt::Encode for Text<'de> {
        const SCHEMA: __rt::Schema =
            __rt::Schema::product("Text").field("0", <&'de str as __rt::Encode>::SCHEMA);
        fn encode(&self, w: &mut __rt::Writer) {
            <&'de str as __rt::Encode>::encode(&self.0, w);
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de_, 'de> __rt::Decode<'de_> for Text<'de>
    where
        'de_: 'de,
    {
        const MIN_LEN: usize = 0 + <&'_ str as __rt::Decode<'de_>>::MIN_LEN;
        fn decode(r: &mut __rt::Reader<'de_>) -> __rt::Result<Self, __rt::DecodeError> {
            r.enter()?;
            let value = Self { 0: <&'_ str as __rt::Decode<'de_>>::decode(r)? };
            r.leave();
            __rt::Ok(value)
        }
    }
};

#[ipc(bound = "K::Value: Encode + for<'a> Decode<'a>")]
struct Of<K: Kind>(K::Value);
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<K: Kind> __rt::Encode for Of<K>
    where
        K::Value: Encode + for<'a> Decode<'a>,
    {
        const SCHEMA: __rt::Schema =
            __rt::Schema::product("Of").field("0", <K::Value as __rt::Encode>::SCHEMA);
        fn encode(&self, w: &mut __rt::Writer) {
            <K::Value as __rt::Encode>::encode(&self.0, w);
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de, K: Kind> __rt::Decode<'de> for Of<K>
    where
        K::Value: Encode + for<'a> Decode<'a>,
    {
        const MIN_LEN: usize = 0 + <K::Value as __rt::Decode<'de>>::MIN_LEN;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            r.enter()?;
            let value = Self { 0: <K::Value as __rt::Decode<'de>>::decode(r)? };
            r.leave();
            __rt::Ok(value)
        }
    }
};
