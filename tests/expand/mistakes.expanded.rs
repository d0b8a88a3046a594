//! With a mistake in it, an item is followed by a stub: using it gives no further error.

use ipc_runtime::{Decode, Encode, service};

struct Mod {
    #[ipc(tag = 3)]
    id: String,
}
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl __rt::Encode for Mod {
        const SCHEMA: __rt::Schema = __rt::Schema::product("");
        fn encode(&self, w: &mut __rt::Writer) {
            ::core::panicking::panic("internal error: entered unreachable code")
        }
    }
};
const _: () = {
    use ::ipc_runtime::__rt;
    #[automatically_derived]
    #[allow(deprecated)]
    impl<'de> __rt::Decode<'de> for Mod {
        const MIN_LEN: usize = 0;
        fn decode(r: &mut __rt::Reader<'de>) -> __rt::Result<Self, __rt::DecodeError> {
            ::core::panicking::panic("internal error: entered unreachable code")
        }
    }
};
#[allow(dead_code)]
trait Loader {
    fn mods(&mut self) -> Vec<Mod>;
    async fn get<T>(&mut self, key: &mut T) -> T;
    fn result(self, key: u8) -> Result<u8, String>;
}
#[doc = "Serves calls of [`Loader`] with the implementation that it holds."]
#[allow(dead_code)]
struct LoaderService<T>(T);
#[doc = "Calls [`Loader`] at the other end of a connection."]
#[allow(dead_code)]
struct LoaderClient<'c> {
    caller: &'c mut dyn ::ipc_runtime::__rt::Caller,
}
#[doc = "Starts calls of [`Loader`] at the other end of a connection, whose answers are collected later."]
#[allow(dead_code)]
struct LoaderCalls<'c> {
    caller: &'c mut dyn ::ipc_runtime::__rt::Pipeline,
}
const _: () = {
    use ::ipc_runtime::__rt;
    enum __Index {
        mods,
    }
    const __mods: usize = __Index::mods as usize;
    const __METHODS: &[__rt::Method] = &[__rt::Method::new(
        "Loader",
        "mods",
        "Loader.mods",
        __rt::Schema::signature().returns(<Vec<Mod> as __rt::Encode>::SCHEMA),
    )
    .taking(&[])];
    const _: () = __rt::distinct(__METHODS);
    #[allow(deprecated)]
    impl<__T: Loader> __rt::Service for LoaderService<__T> {
        fn methods(&self) -> &'static [__rt::Method] {
            __METHODS
        }
        fn dispatch(
            &mut self,
            index: usize,
            call: &mut __rt::Call<'_>,
        ) -> __rt::Result<(), __rt::DecodeError> {
            match index {
                __mods => {
                    call.end()?;
                    let out = <__T as Loader>::mods(&mut self.0);
                    <Vec<Mod> as __rt::Encode>::encode_apart(&out, call.reply());
                    __rt::Ok(())
                }
                _ => __rt::Err(__rt::DecodeError::UnknownTag),
            }
        }
    }
    #[allow(deprecated, dead_code)]
    impl<'c> LoaderClient<'c> {
        #[doc = " Calls go over this connection."]
        fn new(caller: &'c mut dyn __rt::Caller) -> Self {
            Self { caller }
        }
        fn mods(&mut self) -> __rt::Result<Vec<Mod>, __rt::CallError> {
            self.caller.begin(const { &__METHODS[__mods] });
            <Vec<Mod> as __rt::Returned>::finish(self.caller)
        }
        fn get(&mut self, _: impl ::core::marker::Sized) -> __rt::Result<(), __rt::CallError> {
            ::core::panicking::panic("internal error: entered unreachable code")
        }
        fn result(
            &mut self,
            _: impl ::core::marker::Sized,
        ) -> __rt::Result<u8, __rt::CallError<String>> {
            ::core::panicking::panic("internal error: entered unreachable code")
        }
    }
    #[allow(deprecated, dead_code)]
    impl LoaderClient<'_> {
        #[doc = " The methods as data, with what shows their arguments to people."]
        const INTERFACE: __rt::Interface = __rt::Interface {
            name: "Loader",
            methods: &[__rt::Signature {
                method: &__METHODS[__mods],
                arguments: &[],
                returns: __rt::Some(__rt::Kind {
                    text: "Vec<Mod>",
                    show: |r, out| {
                        #[allow(unused_imports)]
                        use __rt::ByText as _;
                        __rt::Shown(<Vec<Mod> as __rt::Returned>::read(r)?).show("Vec<Mod>", out);
                        __rt::Ok(())
                    },
                }),
            }],
        };
        #[doc = " Asks the other side which of the methods it lacks, or has with other types. Nothing"]
        #[doc = " is run. Blocks for an answer for each method."]
        #[doc = ""]
        #[doc = " # Errors"]
        #[doc = ""]
        #[doc = " When the other side could not be asked."]
        fn missing(&mut self) -> __rt::Result<__rt::Vec<__rt::Missing>, __rt::CallError> {
            const ASKED: &[__rt::Method] = &__rt::asked::<{ __METHODS.len() }>(__METHODS);
            __rt::missing(self.caller, ASKED)
        }
    }
    #[allow(deprecated, dead_code)]
    impl<'c> LoaderCalls<'c> {
        #[doc = " Calls are started on this connection."]
        fn new(caller: &'c mut dyn __rt::Pipeline) -> Self {
            Self { caller }
        }
        fn mods(&mut self) -> __rt::Result<__rt::Pending<Vec<Mod>>, __rt::CallError> {
            self.caller.begin(const { &__METHODS[__mods] });
            <Vec<Mod> as __rt::Returned>::start(self.caller)
        }
    }
};
