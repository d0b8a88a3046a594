macro_rules! misleading {
    ($($name:ident)*) => {
        $(
            /// Not what it seems.
            #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
            pub struct $name;
        )*
    };
}

misleading! {
    Option Some None Result Ok Err Vec String Box Sized Default From Into
    Reader Writer Schema Method Call Caller CallError DecodeError Service T Index METHODS
}

/// Not a module of std.
pub mod core {}
