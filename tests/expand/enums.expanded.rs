use ipc_runtime::{Decode, Encode};

enum LoadError {
    NotFound,
    Incompatible {
        needs: String,
        has: u32,
    },

    #[ipc(tag = 200, name = "Disk")]
    Io(i32),
    Next,
}
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl __rt::Encode for LoadError {
        const SCHEMA: __rt::Schema = __rt::Schema::sum("LoadError")
            .variant("NotFound", 0)
            .variant("Incompatible", 1)
            .field("needs", <String as __rt::Encode>::SCHEMA)
            .field("has", <u32 as __rt::Encode>::SCHEMA)
            .variant("Disk", 200)
            .field("0", <i32 as __rt::Encode>::SCHEMA)
            .variant("Next", 201);
        fn encode(&self, w: &mut __rt::Writer) {
            w.tag(match self {
                Self::NotFound { .. } => 0,
                Self::Incompatible { .. } => 1,
                Self::Io { .. } => 200,
                Self::Next { .. } => 201,
            });
            match self {
                Self::NotFound {} => {}
                Self::Incompatible { needs: f_needs, has: f_has } => {
                    <String as __rt::Encode>::encode(&*f_needs, w);
                    <u32 as __rt::Encode>::encode(&*f_has, w);
                }
                Self::Io { 0: f_0 } => {
                    <i32 as __rt::Encode>::encode(&*f_0, w);
                }
                Self::Next {} => {}
            }
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de> __rt::Decode<'de> for LoadError {
        const MIN_LEN: usize = 1;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            r.enter()?;
            let value = match r.tag()? {
                0 => Self::NotFound {},
                1 => Self::Incompatible {
                    needs: <String as __rt::Decode<'de>>::decode(r)?,
                    has: <u32 as __rt::Decode<'de>>::decode(r)?,
                },
                200 => Self::Io { 0: <i32 as __rt::Decode<'de>>::decode(r)? },
                201 => Self::Next {},
                _ => return __rt::Err(__rt::DecodeError::UnknownTag),
            };
            r.leave();
            __rt::Ok(value)
        }
    }
};

/// Holds nothing, so nests nothing.
enum Order {
    Before,
    After,
}
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl __rt::Encode for Order {
        const SCHEMA: __rt::Schema =
            __rt::Schema::sum("Order").variant("Before", 0).variant("After", 1);
        fn encode(&self, w: &mut __rt::Writer) {
            w.tag(match self {
                Self::Before { .. } => 0,
                Self::After { .. } => 1,
            });
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de> __rt::Decode<'de> for Order {
        const MIN_LEN: usize = 1;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            let value = match r.tag()? {
                0 => Self::Before {},
                1 => Self::After {},
                _ => return __rt::Err(__rt::DecodeError::UnknownTag),
            };
            __rt::Ok(value)
        }
    }
};
