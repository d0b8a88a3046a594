use ipc_runtime::{Decode, Encode};

struct Node {
    children: Vec<Node>,
}
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl __rt::Encode for Node {
        const SCHEMA: __rt::Schema = __rt::Schema::product("Node")
            .field("children", <Vec<__rt::Recursive> as __rt::Encode>::SCHEMA);
        fn encode(&self, w: &mut __rt::Writer) {
            <Vec<Node> as __rt::Encode>::encode(&self.children, w);
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de> __rt::Decode<'de> for Node {
        const MIN_LEN: usize = 0 + <Vec<Node> as __rt::Decode<'de>>::MIN_LEN;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            r.enter()?;
            let value = Self { children: <Vec<Node> as __rt::Decode<'de>>::decode(r)? };
            r.leave();
            __rt::Ok(value)
        }
    }
};

enum Tree<T> {
    Leaf(T),
    Branch(Option<Box<Tree<T>>>, Box<(Self, Self)>),
}
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<T> __rt::Encode for Tree<T>
    where
        T: __rt::Encode,
    {
        const SCHEMA: __rt::Schema = __rt::Schema::sum("Tree")
            .variant("Leaf", 0)
            .field("0", <T as __rt::Encode>::SCHEMA)
            .variant("Branch", 1)
            .field("0", <Option<Box<__rt::Recursive>> as __rt::Encode>::SCHEMA)
            .field("1", <Box<(__rt::Recursive, __rt::Recursive)> as __rt::Encode>::SCHEMA);
        fn encode(&self, w: &mut __rt::Writer) {
            w.tag(match self {
                Self::Leaf { .. } => 0,
                Self::Branch { .. } => 1,
            });
            match self {
                Self::Leaf { 0: f_0 } => {
                    <T as __rt::Encode>::encode(&*f_0, w);
                }
                Self::Branch { 0: f_0, 1: f_1 } => {
                    <Option<Box<Tree<T>>> as __rt::Encode>::encode(&*f_0, w);
                    <Box<(Self, Self)> as __rt::Encode>::encode(&*f_1, w);
                }
            }
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de, T> __rt::Decode<'de> for Tree<T>
    where
        T: __rt::Decode<'de>,
    {
        const MIN_LEN: usize = 1;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            r.enter()?;
            let value = match r.tag()? {
                0 => Self::Leaf { 0: <T as __rt::Decode<'de>>::decode(r)? },
                1 => Self::Branch {
                    0: <Option<Box<Tree<T>>> as __rt::Decode<'de>>::decode(r)?,
                    1: <Box<(Self, Self)> as __rt::Decode<'de>>::decode(r)?,
                },
                _ => return __rt::Err(__rt::DecodeError::UnknownTag),
            };
            r.leave();
            __rt::Ok(value)
        }
    }
};

struct Folder {
    #[ipc(recursive)]
    files: Vec<File>,
}
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl __rt::Encode for Folder {
        const SCHEMA: __rt::Schema =
            __rt::Schema::product("Folder").field("files", __rt::Schema::product("Vec<File>"));
        fn encode(&self, w: &mut __rt::Writer) {
            <Vec<File> as __rt::Encode>::encode(&self.files, w);
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de> __rt::Decode<'de> for Folder {
        const MIN_LEN: usize = 0 + <Vec<File> as __rt::Decode<'de>>::MIN_LEN;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            r.enter()?;
            let value = Self { files: <Vec<File> as __rt::Decode<'de>>::decode(r)? };
            r.leave();
            __rt::Ok(value)
        }
    }
};
