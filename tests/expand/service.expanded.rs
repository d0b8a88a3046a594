use ipc_runtime::{Reply, service};

#[allow(dead_code)]
#[doc = " What a mod manager may ask of a running game."]
pub trait Loader {
    #[doc = " All mods, in order."]
    fn mods(&mut self) -> Vec<Mod>;

    fn enable(&mut self, id: &str) -> Result<Mod, LoadError>;

    fn log(&self, line: &str);

    fn scan(&mut self, path: &str, reply: Reply<Vec<Mod>>);
}
#[doc = "Serves calls of [`Loader`] with the implementation that it holds."]
#[allow(dead_code)]
pub struct LoaderService<T>(pub T);
#[doc = "Calls [`Loader`] at the other end of a connection."]
#[allow(dead_code)]
pub struct LoaderClient<'c> {
    caller: &'c mut dyn ::ipc_runtime::__rt::Caller,
}
#[doc = "Starts calls of [`Loader`] at the other end of a connection, whose answers are collected later."]
#[allow(dead_code)]
pub struct LoaderCalls<'c> {
    caller: &'c mut dyn ::ipc_runtime::__rt::Pipeline,
}
const _: () = {
    use ::ipc_runtime::__rt;
    enum __Index {
        mods,
        enable,
        log,
        scan,
    }
    const __mods: usize = __Index::mods as usize;
    const __enable: usize = __Index::enable as usize;
    const __log: usize = __Index::log as usize;
    const __scan: usize = __Index::scan as usize;
    const __METHODS: &[__rt::Method] = &[
        __rt::Method::new(
            "Loader",
            "mods",
            "Loader.mods",
            __rt::Schema::signature().returns(<Vec<Mod> as __rt::Encode>::SCHEMA),
        )
        .taking(&[]),
        __rt::Method::new(
            "Loader",
            "enable",
            "Loader.enable",
            __rt::Schema::signature()
                .argument(<str as __rt::Encode>::SCHEMA)
                .returns(<Result<Mod, LoadError> as __rt::Encode>::SCHEMA),
        )
        .taking(&[<&str as __rt::Decode<'_>>::MIN_LEN]),
        __rt::Method::new(
            "Loader",
            "log",
            "Loader.log",
            __rt::Schema::signature().argument(<str as __rt::Encode>::SCHEMA).oneway(),
        )
        .taking(&[<&str as __rt::Decode<'_>>::MIN_LEN])
        .oneway(),
        __rt::Method::new(
            "Loader",
            "scan",
            "Loader.scan",
            __rt::Schema::signature()
                .argument(<str as __rt::Encode>::SCHEMA)
                .returns(<Vec<Mod> as __rt::Encode>::SCHEMA),
        )
        .taking(&[<&str as __rt::Decode<'_>>::MIN_LEN]),
    ];
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
            let read_0 = |r| -> __rt::Result<_, __rt::DecodeError> {
                let r: &mut __rt::Reader<'_> = r;
                let arguments = (<&str as __rt::Decode<'_>>::decode_apart(r)?,);
                r.end()?;
                __rt::Ok(arguments)
            };
            match index {
                __mods => {
                    call.end()?;
                    let out = <__T as Loader>::mods(&mut self.0);
                    <Vec<Mod> as __rt::Encode>::encode_apart(&out, call.reply());
                    __rt::Ok(())
                }
                __enable => {
                    let (id,) = read_0(call.args())?;
                    let out = <__T as Loader>::enable(&mut self.0, id);
                    <Result<Mod, LoadError> as __rt::Encode>::encode_apart(&out, call.reply());
                    __rt::Ok(())
                }
                __log => {
                    let (line,) = read_0(call.args())?;
                    <__T as Loader>::log(&self.0, line);
                    __rt::Ok(())
                }
                __scan => {
                    let (path,) = read_0(call.args())?;
                    let reply: Reply<Vec<Mod>> = call.defer();
                    <__T as Loader>::scan(&mut self.0, path, reply);
                    __rt::Ok(())
                }
                _ => __rt::Err(__rt::DecodeError::UnknownTag),
            }
        }
        fn sends_later() -> bool {
            true
        }
    }
    #[allow(deprecated, dead_code)]
    impl<'c> LoaderClient<'c> {
        #[doc = " Calls go over this connection."]
        pub fn new(caller: &'c mut dyn __rt::Caller) -> Self {
            Self { caller }
        }
        #[doc = " All mods, in order."]
        pub fn mods(&mut self) -> __rt::Result<Vec<Mod>, __rt::CallError> {
            self.caller.begin(const { &__METHODS[__mods] });
            <Vec<Mod> as __rt::Returned>::finish(self.caller)
        }
        pub fn enable(&mut self, id: &str) -> __rt::Result<Mod, __rt::CallError<LoadError>> {
            let w = self.caller.begin(const { &__METHODS[__enable] });
            <str as __rt::Encode>::encode_apart(id, w);
            <Mod as __rt::ReturnedOr<LoadError>>::finish(self.caller)
        }
        pub fn log(&mut self, line: &str) -> __rt::Result<(), __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__log] });
            <str as __rt::Encode>::encode_apart(line, w);
            __rt::posted(self.caller.post())
        }
        pub fn scan(&mut self, path: &str) -> __rt::Result<Vec<Mod>, __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__scan] });
            <str as __rt::Encode>::encode_apart(path, w);
            <Vec<Mod> as __rt::Returned>::finish(self.caller)
        }
    }
    #[allow(deprecated, dead_code)]
    impl LoaderClient<'_> {
        #[doc = " The methods as data, with what shows their arguments to people."]
        pub const INTERFACE: __rt::Interface = __rt::Interface {
            name: "Loader",
            methods: &[
                __rt::Signature {
                    method: &__METHODS[__mods],
                    arguments: &[],
                    returns: __rt::Some(__rt::Kind {
                        text: "Vec<Mod>",
                        show: |r, out| {
                            #[allow(unused_imports)]
                            use __rt::ByText as _;
                            __rt::Shown(<Vec<Mod> as __rt::Returned>::read(r)?)
                                .show("Vec<Mod>", out);
                            __rt::Ok(())
                        },
                    }),
                },
                __rt::Signature {
                    method: &__METHODS[__enable],
                    arguments: &[__rt::Argument {
                        name: "id",
                        kind: __rt::Kind {
                            text: "&str",
                            show: |r, out| {
                                #[allow(unused_imports)]
                                use __rt::ByText as _;
                                __rt::Shown(<&str as __rt::Decode<'_>>::decode_apart(r)?)
                                    .show("&str", out);
                                __rt::Ok(())
                            },
                        },
                    }],
                    returns: __rt::Some(__rt::Kind {
                        text: "Result<Mod,LoadError>",
                        show: |r, out| {
                            #[allow(unused_imports)]
                            use __rt::ByText as _;
                            __rt::Shown(<Mod as __rt::ReturnedOr<LoadError>>::read(r)?)
                                .show("Result<Mod,LoadError>", out);
                            __rt::Ok(())
                        },
                    }),
                },
                __rt::Signature {
                    method: &__METHODS[__log],
                    arguments: &[__rt::Argument {
                        name: "line",
                        kind: __rt::Kind {
                            text: "&str",
                            show: |r, out| {
                                #[allow(unused_imports)]
                                use __rt::ByText as _;
                                __rt::Shown(<&str as __rt::Decode<'_>>::decode_apart(r)?)
                                    .show("&str", out);
                                __rt::Ok(())
                            },
                        },
                    }],
                    returns: __rt::None,
                },
                __rt::Signature {
                    method: &__METHODS[__scan],
                    arguments: &[__rt::Argument {
                        name: "path",
                        kind: __rt::Kind {
                            text: "&str",
                            show: |r, out| {
                                #[allow(unused_imports)]
                                use __rt::ByText as _;
                                __rt::Shown(<&str as __rt::Decode<'_>>::decode_apart(r)?)
                                    .show("&str", out);
                                __rt::Ok(())
                            },
                        },
                    }],
                    returns: __rt::Some(__rt::Kind {
                        text: "Vec<Mod>",
                        show: |r, out| {
                            #[allow(unused_imports)]
                            use __rt::ByText as _;
                            __rt::Shown(<Vec<Mod> as __rt::Returned>::read(r)?)
                                .show("Vec<Mod>", out);
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
        pub fn missing(&mut self) -> __rt::Result<__rt::Vec<__rt::Missing>, __rt::CallError> {
            const ASKED: &[__rt::Method] = &__rt::asked::<{ __METHODS.len() }>(__METHODS);
            __rt::missing(self.caller, ASKED)
        }
    }
    #[allow(deprecated, dead_code)]
    impl<'c> LoaderCalls<'c> {
        #[doc = " Calls are started on this connection."]
        pub fn new(caller: &'c mut dyn __rt::Pipeline) -> Self {
            Self { caller }
        }
        #[doc = " All mods, in order."]
        pub fn mods(&mut self) -> __rt::Result<__rt::Pending<Vec<Mod>>, __rt::CallError> {
            self.caller.begin(const { &__METHODS[__mods] });
            <Vec<Mod> as __rt::Returned>::start(self.caller)
        }
        pub fn enable(
            &mut self,
            id: &str,
        ) -> __rt::Result<__rt::Pending<Mod, LoadError>, __rt::CallError<LoadError>> {
            let w = self.caller.begin(const { &__METHODS[__enable] });
            <str as __rt::Encode>::encode_apart(id, w);
            <Mod as __rt::ReturnedOr<LoadError>>::start(self.caller)
        }
        pub fn log(&mut self, line: &str) -> __rt::Result<(), __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__log] });
            <str as __rt::Encode>::encode_apart(line, w);
            __rt::queued(self.caller)
        }
        pub fn scan(
            &mut self,
            path: &str,
        ) -> __rt::Result<__rt::Pending<Vec<Mod>>, __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__scan] });
            <str as __rt::Encode>::encode_apart(path, w);
            <Vec<Mod> as __rt::Returned>::start(self.caller)
        }
    }
};
