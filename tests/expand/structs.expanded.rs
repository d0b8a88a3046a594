use ipc_runtime::{Decode, Encode};

/// Named fields, a raw identifier, names in the schema that differ.
#[ipc(name = "Modification")]
pub struct Mod {
    /// Its name.
    pub id: String,
    r#type: u8,
    #[ipc(name = "enabled")]
    active: bool,
}
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl __rt::Encode for Mod {
        const SCHEMA: __rt::Schema = __rt::Schema::product("Modification")
            .field("id", <String as __rt::Encode>::SCHEMA)
            .field("type", <u8 as __rt::Encode>::SCHEMA)
            .field("enabled", <bool as __rt::Encode>::SCHEMA);
        fn encode(&self, w: &mut __rt::Writer) {
            <String as __rt::Encode>::encode(&self.id, w);
            <u8 as __rt::Encode>::encode(&self.r#type, w);
            <bool as __rt::Encode>::encode(&self.active, w);
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de> __rt::Decode<'de> for Mod {
        const MIN_LEN: usize = 0
            + <String as __rt::Decode<'de>>::MIN_LEN
            + <u8 as __rt::Decode<'de>>::MIN_LEN
            + <bool as __rt::Decode<'de>>::MIN_LEN;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            r.enter()?;
            let f_id = <String as __rt::Decode<'de>>::decode(r)?;
            let (f_type, f_active) = r.take_run::<(u8, bool)>()?;
            let value = Self { id: f_id, r#type: f_type, active: f_active };
            r.leave();
            __rt::Ok(value)
        }
    }
};

struct Pair(u8, pub (u16, u16));
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl __rt::Encode for Pair {
        const SCHEMA: __rt::Schema = __rt::Schema::product("Pair")
            .field("0", <u8 as __rt::Encode>::SCHEMA)
            .field("1", <(u16, u16) as __rt::Encode>::SCHEMA);
        fn encode(&self, w: &mut __rt::Writer) {
            <u8 as __rt::Encode>::encode(&self.0, w);
            <(u16, u16) as __rt::Encode>::encode(&self.1, w);
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de> __rt::Decode<'de> for Pair {
        const MIN_LEN: usize =
            0 + <u8 as __rt::Decode<'de>>::MIN_LEN + <(u16, u16) as __rt::Decode<'de>>::MIN_LEN;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            r.enter()?;
            let value = Self {
                0: <u8 as __rt::Decode<'de>>::decode(r)?,
                1: <(u16, u16) as __rt::Decode<'de>>::decode(r)?,
            };
            r.leave();
            __rt::Ok(value)
        }
    }
};

struct Unit;
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl __rt::Encode for Unit {
        const SCHEMA: __rt::Schema = __rt::Schema::product("Unit");
        fn encode(&self, w: &mut __rt::Writer) {}
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de> __rt::Decode<'de> for Unit {
        const MIN_LEN: usize = 0;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            let value = Self {};
            __rt::Ok(value)
        }
    }
};
