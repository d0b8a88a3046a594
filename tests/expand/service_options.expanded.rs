use ipc_runtime::{Peer, Reply, service};

#[allow(dead_code)]
#[doc = " Every option, a condition, and what is carried over."]
#[deprecated]
#[doc(hidden)]
pub(crate) trait Options: Send {
    fn r#type(&self, peer: &mut Peer<'_>) -> u8;

    #[deprecated(note = "use another")]
    fn only_here(&mut self);

    fn both(&mut self, reply: Reply<Result<u8, String>>, peer: &mut Peer<'_>);

    fn provided(&mut self) -> u8 {
        4
    }
}
#[doc = "Serves calls of [`Options`] with the implementation that it holds."]
#[deprecated]
#[doc(hidden)]
#[allow(dead_code)]
pub(crate) struct OptionsService<T>(pub(crate) T);
#[doc = "Calls [`Options`] at the other end of a connection."]
#[deprecated]
#[doc(hidden)]
#[allow(dead_code)]
pub(crate) struct OptionsClient<'c> {
    caller: &'c mut dyn my::rpc::__rt::Caller,
}
#[doc = "Starts calls of [`Options`] at the other end of a connection, whose answers are collected later."]
#[deprecated]
#[doc(hidden)]
#[allow(dead_code)]
pub(crate) struct OptionsCalls<'c> {
    caller: &'c mut dyn my::rpc::__rt::Pipeline,
}
const _: () = {
    use my::rpc::__rt;
    enum __Index {
        r#type,
        only_here,
        both,
        provided,
    }
    const __type: usize = __Index::r#type as usize;
    const __only_here: usize = __Index::only_here as usize;
    const __both: usize = __Index::both as usize;
    const __provided: usize = __Index::provided as usize;
    const __METHODS: &[__rt::Method] = &[
        __rt::Method::new(
            "Old",
            "who",
            "Old.who",
            __rt::Schema::signature().returns(<u8 as __rt::Encode>::SCHEMA),
        )
        .taking(&[])
        .idempotent(),
        __rt::Method::new(
            "Old",
            "only_here",
            "Old.only_here",
            __rt::Schema::signature().returns(<() as __rt::Encode>::SCHEMA),
        )
        .taking(&[]),
        __rt::Method::new(
            "Old",
            "both",
            "Old.both",
            __rt::Schema::signature().returns(<Result<u8, String> as __rt::Encode>::SCHEMA),
        )
        .taking(&[]),
        __rt::Method::new(
            "Old",
            "provided",
            "Old.provided",
            __rt::Schema::signature().returns(<u8 as __rt::Encode>::SCHEMA),
        )
        .taking(&[]),
    ];
    const _: () = __rt::distinct(__METHODS);
    #[allow(deprecated)]
    impl<__T: Options> __rt::Service for OptionsService<__T> {
        fn methods(&self) -> &'static [__rt::Method] {
            __METHODS
        }
        fn dispatch(
            &mut self,
            index: usize,
            call: &mut __rt::Call<'_>,
        ) -> __rt::Result<(), __rt::DecodeError> {
            match index {
                __type => {
                    call.end()?;
                    let out = <__T as Options>::r#type(&self.0, &mut call.peer());
                    <u8 as __rt::Encode>::encode_apart(&out, call.reply());
                    __rt::Ok(())
                }
                __only_here => {
                    call.end()?;
                    <__T as Options>::only_here(&mut self.0);
                    call.reply();
                    __rt::Ok(())
                }
                __both => {
                    call.end()?;
                    let reply: Reply<Result<u8, String>> = call.defer();
                    <__T as Options>::both(&mut self.0, reply, &mut call.peer());
                    __rt::Ok(())
                }
                __provided => {
                    call.end()?;
                    let out = <__T as Options>::provided(&mut self.0);
                    <u8 as __rt::Encode>::encode_apart(&out, call.reply());
                    __rt::Ok(())
                }
                _ => __rt::Err(__rt::DecodeError::UnknownTag),
            }
        }
        fn sends_later() -> bool {
            true
        }
        fn calls_back() -> bool {
            true
        }
    }
    #[allow(deprecated, dead_code)]
    impl<'c> OptionsClient<'c> {
        #[doc = " Calls go over this connection."]
        pub(crate) fn new(caller: &'c mut dyn __rt::Caller) -> Self {
            Self { caller }
        }
        pub(crate) fn r#type(&mut self) -> __rt::Result<u8, __rt::CallError> {
            self.caller.begin(const { &__METHODS[__type] });
            <u8 as __rt::Returned>::finish(self.caller)
        }
        #[deprecated(note = "use another")]
        pub(crate) fn only_here(&mut self) -> __rt::Result<(), __rt::CallError> {
            self.caller.begin(const { &__METHODS[__only_here] });
            <() as __rt::Returned>::finish(self.caller)
        }
        pub(crate) fn both(&mut self) -> __rt::Result<u8, __rt::CallError<String>> {
            self.caller.begin(const { &__METHODS[__both] });
            <u8 as __rt::ReturnedOr<String>>::finish(self.caller)
        }
        pub(crate) fn provided(&mut self) -> __rt::Result<u8, __rt::CallError> {
            self.caller.begin(const { &__METHODS[__provided] });
            <u8 as __rt::Returned>::finish(self.caller)
        }
    }
    #[allow(deprecated, dead_code)]
    impl OptionsClient<'_> {
        #[doc = " The methods as data, with what shows their arguments to people."]
        pub(crate) const INTERFACE: __rt::Interface = __rt::Interface {
            name: "Old",
            methods: &[
                __rt::Signature {
                    method: &__METHODS[__type],
                    arguments: &[],
                    returns: __rt::Some(__rt::Kind {
                        text: "u8",
                        show: |r, out| {
                            #[allow(unused_imports)]
                            use __rt::ByText as _;
                            __rt::Shown(<u8 as __rt::Returned>::read(r)?).show("u8", out);
                            __rt::Ok(())
                        },
                    }),
                },
                __rt::Signature {
                    method: &__METHODS[__only_here],
                    arguments: &[],
                    returns: __rt::Some(__rt::Kind {
                        text: "()",
                        show: |r, out| {
                            #[allow(unused_imports)]
                            use __rt::ByText as _;
                            __rt::Shown(<() as __rt::Returned>::read(r)?).show("()", out);
                            __rt::Ok(())
                        },
                    }),
                },
                __rt::Signature {
                    method: &__METHODS[__both],
                    arguments: &[],
                    returns: __rt::Some(__rt::Kind {
                        text: "Result<u8,String>",
                        show: |r, out| {
                            #[allow(unused_imports)]
                            use __rt::ByText as _;
                            __rt::Shown(<u8 as __rt::ReturnedOr<String>>::read(r)?)
                                .show("Result<u8,String>", out);
                            __rt::Ok(())
                        },
                    }),
                },
                __rt::Signature {
                    method: &__METHODS[__provided],
                    arguments: &[],
                    returns: __rt::Some(__rt::Kind {
                        text: "u8",
                        show: |r, out| {
                            #[allow(unused_imports)]
                            use __rt::ByText as _;
                            __rt::Shown(<u8 as __rt::Returned>::read(r)?).show("u8", out);
                            __rt::Ok(())
                        },
                    }),
                },
            ],
        };
        #[doc = " Asks the other side which of the methods it lacks, or has with other types. Nothing"]
        #[doc = " is run. Blocks for an answer for each method."]
        #[doc = ""]
        #[doc = " # Errors"]
        #[doc = ""]
        #[doc = " When the other side could not be asked."]
        pub(crate) fn missing(
            &mut self,
        ) -> __rt::Result<__rt::Vec<__rt::Missing>, __rt::CallError> {
            const ASKED: &[__rt::Method] = &__rt::asked::<{ __METHODS.len() }>(__METHODS);
            __rt::missing(self.caller, ASKED)
        }
    }
    #[allow(deprecated, dead_code)]
    impl<'c> OptionsCalls<'c> {
        #[doc = " Calls are started on this connection."]
        pub(crate) fn new(caller: &'c mut dyn __rt::Pipeline) -> Self {
            Self { caller }
        }
        pub(crate) fn r#type(&mut self) -> __rt::Result<__rt::Pending<u8>, __rt::CallError> {
            self.caller.begin(const { &__METHODS[__type] });
            <u8 as __rt::Returned>::start(self.caller)
        }
        #[deprecated(note = "use another")]
        pub(crate) fn only_here(&mut self) -> __rt::Result<__rt::Pending<()>, __rt::CallError> {
            self.caller.begin(const { &__METHODS[__only_here] });
            <() as __rt::Returned>::start(self.caller)
        }
        pub(crate) fn both(
            &mut self,
        ) -> __rt::Result<__rt::Pending<u8, String>, __rt::CallError<String>> {
            self.caller.begin(const { &__METHODS[__both] });
            <u8 as __rt::ReturnedOr<String>>::start(self.caller)
        }
        pub(crate) fn provided(&mut self) -> __rt::Result<__rt::Pending<u8>, __rt::CallError> {
            self.caller.begin(const { &__METHODS[__provided] });
            <u8 as __rt::Returned>::start(self.caller)
        }
    }
};
