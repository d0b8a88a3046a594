use std::borrow::Cow;

use ipc_runtime::service;

#[allow(dead_code)]
trait Arguments {
    fn lent(&self, text: &str, bytes: &[u8]);
    fn held(&self, mods: &[Mod], one: &Mod, array: &[u8; 4]);
    fn plain(&self, maybe: Option<&str>, cow: Cow<'_, str>, pair: (u8, u16), _: u8);
    fn named<'a>(&'a self, text: &'a str, of: Foo<'a>) -> usize;
}
#[doc = "Serves calls of [`Arguments`] with the implementation that it holds."]
#[allow(dead_code)]
struct ArgumentsService<T>(T);
#[doc = "Calls [`Arguments`] at the other end of a connection."]
#[allow(dead_code)]
struct ArgumentsClient<'c> {
    caller: &'c mut dyn ::ipc_runtime::__rt::Caller,
}
#[doc = "Starts calls of [`Arguments`] at the other end of a connection, whose answers are collected later."]
#[allow(dead_code)]
struct ArgumentsCalls<'c> {
    caller: &'c mut dyn ::ipc_runtime::__rt::Pipeline,
}
const _: () = {
    use ::ipc_runtime::__rt;
    enum __Index {
        lent,
        held,
        plain,
        named,
    }
    const __lent: usize = __Index::lent as usize;
    const __held: usize = __Index::held as usize;
    const __plain: usize = __Index::plain as usize;
    const __named: usize = __Index::named as usize;
    const __METHODS: &[__rt::Method] = &[
        __rt::Method::new(
            "Arguments",
            "lent",
            "Arguments.lent",
            __rt::Schema::signature()
                .argument(<str as __rt::Encode>::SCHEMA)
                .argument(<[u8] as __rt::Encode>::SCHEMA)
                .returns(<() as __rt::Encode>::SCHEMA),
        )
        .taking(&[<&str as __rt::Decode<'_>>::MIN_LEN, <&[u8] as __rt::Decode<'_>>::MIN_LEN]),
        __rt::Method::new(
            "Arguments",
            "held",
            "Arguments.held",
            __rt::Schema::signature()
                .argument(<[Mod] as __rt::Encode>::SCHEMA)
                .argument(<Mod as __rt::Encode>::SCHEMA)
                .argument(<[u8; 4] as __rt::Encode>::SCHEMA)
                .returns(<() as __rt::Encode>::SCHEMA),
        )
        .taking(&[
            <__rt::Vec<Mod> as __rt::Decode<'_>>::MIN_LEN,
            <Mod as __rt::Decode<'_>>::MIN_LEN,
            <[u8; 4] as __rt::Decode<'_>>::MIN_LEN,
        ]),
        __rt::Method::new(
            "Arguments",
            "plain",
            "Arguments.plain",
            __rt::Schema::signature()
                .argument(<Option<&str> as __rt::Encode>::SCHEMA)
                .argument(<Cow<'_, str> as __rt::Encode>::SCHEMA)
                .argument(<(u8, u16) as __rt::Encode>::SCHEMA)
                .argument(<u8 as __rt::Encode>::SCHEMA)
                .returns(<() as __rt::Encode>::SCHEMA),
        )
        .taking(&[
            <Option<&str> as __rt::Decode<'_>>::MIN_LEN,
            <Cow<'_, str> as __rt::Decode<'_>>::MIN_LEN,
            <(u8, u16) as __rt::Decode<'_>>::MIN_LEN,
            <u8 as __rt::Decode<'_>>::MIN_LEN,
        ]),
        __rt::Method::new(
            "Arguments",
            "named",
            "Arguments.named",
            __rt::Schema::signature()
                .argument(<str as __rt::Encode>::SCHEMA)
                .argument(<Foo<'_> as __rt::Encode>::SCHEMA)
                .returns(<usize as __rt::Encode>::SCHEMA),
        )
        .taking(&[<&'_ str as __rt::Decode<'_>>::MIN_LEN, <Foo<'_> as __rt::Decode<'_>>::MIN_LEN]),
    ];
    const _: () = __rt::distinct(__METHODS);
    #[allow(deprecated)]
    impl<__T: Arguments> __rt::Service for ArgumentsService<__T> {
        fn methods(&self) -> &'static [__rt::Method] {
            __METHODS
        }
        fn dispatch(
            &mut self,
            index: usize,
            call: &mut __rt::Call<'_>,
        ) -> __rt::Result<(), __rt::DecodeError> {
            match index {
                __lent => {
                    let text = <&str as __rt::Decode<'_>>::decode_apart(call.args())?;
                    let bytes = <&[u8] as __rt::Decode<'_>>::decode_apart(call.args())?;
                    call.end()?;
                    <__T as Arguments>::lent(&self.0, text, bytes);
                    call.reply();
                    __rt::Ok(())
                }
                __held => {
                    let mods = <__rt::Vec<Mod> as __rt::Decode<'_>>::decode_apart(call.args())?;
                    let one = <Mod as __rt::Decode<'_>>::decode_apart(call.args())?;
                    let array = <[u8; 4] as __rt::Decode<'_>>::decode_apart(call.args())?;
                    call.end()?;
                    <__T as Arguments>::held(&self.0, &mods, &one, &array);
                    call.reply();
                    __rt::Ok(())
                }
                __plain => {
                    let maybe = <Option<&str> as __rt::Decode<'_>>::decode_apart(call.args())?;
                    let cow = <Cow<'_, str> as __rt::Decode<'_>>::decode_apart(call.args())?;
                    let pair = <(u8, u16) as __rt::Decode<'_>>::decode_apart(call.args())?;
                    let arg3 = <u8 as __rt::Decode<'_>>::decode_apart(call.args())?;
                    call.end()?;
                    <__T as Arguments>::plain(&self.0, maybe, cow, pair, arg3);
                    call.reply();
                    __rt::Ok(())
                }
                __named => {
                    let text = <&'_ str as __rt::Decode<'_>>::decode_apart(call.args())?;
                    let of = <Foo<'_> as __rt::Decode<'_>>::decode_apart(call.args())?;
                    call.end()?;
                    let out = <__T as Arguments>::named(&self.0, text, of);
                    <usize as __rt::Encode>::encode_apart(&out, call.reply());
                    __rt::Ok(())
                }
                _ => __rt::Err(__rt::DecodeError::UnknownTag),
            }
        }
    }
    #[allow(deprecated, dead_code)]
    impl<'c> ArgumentsClient<'c> {
        #[doc = " Calls go over this connection."]
        fn new(caller: &'c mut dyn __rt::Caller) -> Self {
            Self { caller }
        }
        fn lent(&mut self, text: &str, bytes: &[u8]) -> __rt::Result<(), __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__lent] });
            <str as __rt::Encode>::encode_apart(text, w);
            <[u8] as __rt::Encode>::encode_apart(bytes, w);
            <() as __rt::Returned>::finish(self.caller)
        }
        fn held(
            &mut self,
            mods: &[Mod],
            one: &Mod,
            array: &[u8; 4],
        ) -> __rt::Result<(), __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__held] });
            <[Mod] as __rt::Encode>::encode_apart(mods, w);
            <Mod as __rt::Encode>::encode_apart(one, w);
            <[u8; 4] as __rt::Encode>::encode_apart(array, w);
            <() as __rt::Returned>::finish(self.caller)
        }
        fn plain(
            &mut self,
            maybe: Option<&str>,
            cow: Cow<'_, str>,
            pair: (u8, u16),
            arg3: u8,
        ) -> __rt::Result<(), __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__plain] });
            <Option<&str> as __rt::Encode>::encode_apart(&maybe, w);
            <Cow<'_, str> as __rt::Encode>::encode_apart(&cow, w);
            <(u8, u16) as __rt::Encode>::encode_apart(&pair, w);
            <u8 as __rt::Encode>::encode_apart(&arg3, w);
            <() as __rt::Returned>::finish(self.caller)
        }
        fn named(&mut self, text: &'_ str, of: Foo<'_>) -> __rt::Result<usize, __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__named] });
            <str as __rt::Encode>::encode_apart(text, w);
            <Foo<'_> as __rt::Encode>::encode_apart(&of, w);
            <usize as __rt::Returned>::finish(self.caller)
        }
    }
    #[allow(deprecated, dead_code)]
    impl ArgumentsClient<'_> {
        #[doc = " The methods as data, with what shows their arguments to people."]
        const INTERFACE: __rt::Interface = __rt::Interface {
            name: "Arguments",
            methods: &[
                __rt::Signature {
                    method: &__METHODS[__lent],
                    arguments: &[
                        __rt::Argument {
                            name: "text",
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
                        },
                        __rt::Argument {
                            name: "bytes",
                            kind: __rt::Kind {
                                text: "&[u8]",
                                show: |r, out| {
                                    #[allow(unused_imports)]
                                    use __rt::ByText as _;
                                    __rt::Shown(<&[u8] as __rt::Decode<'_>>::decode_apart(r)?)
                                        .show("&[u8]", out);
                                    __rt::Ok(())
                                },
                            },
                        },
                    ],
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
                    method: &__METHODS[__held],
                    arguments: &[
                        __rt::Argument {
                            name: "mods",
                            kind: __rt::Kind {
                                text: "&[Mod]",
                                show: |r, out| {
                                    #[allow(unused_imports)]
                                    use __rt::ByText as _;
                                    __rt::Shown(
                                        <__rt::Vec<Mod> as __rt::Decode<'_>>::decode_apart(r)?,
                                    )
                                    .show("&[Mod]", out);
                                    __rt::Ok(())
                                },
                            },
                        },
                        __rt::Argument {
                            name: "one",
                            kind: __rt::Kind {
                                text: "&Mod",
                                show: |r, out| {
                                    #[allow(unused_imports)]
                                    use __rt::ByText as _;
                                    __rt::Shown(<Mod as __rt::Decode<'_>>::decode_apart(r)?)
                                        .show("&Mod", out);
                                    __rt::Ok(())
                                },
                            },
                        },
                        __rt::Argument {
                            name: "array",
                            kind: __rt::Kind {
                                text: "&[u8;4]",
                                show: |r, out| {
                                    #[allow(unused_imports)]
                                    use __rt::ByText as _;
                                    __rt::Shown(<[u8; 4] as __rt::Decode<'_>>::decode_apart(r)?)
                                        .show("&[u8;4]", out);
                                    __rt::Ok(())
                                },
                            },
                        },
                    ],
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
                    method: &__METHODS[__plain],
                    arguments: &[
                        __rt::Argument {
                            name: "maybe",
                            kind: __rt::Kind {
                                text: "Option<&str>",
                                show: |r, out| {
                                    #[allow(unused_imports)]
                                    use __rt::ByText as _;
                                    __rt::Shown(<Option<&str> as __rt::Decode<'_>>::decode_apart(
                                        r,
                                    )?)
                                    .show("Option<&str>", out);
                                    __rt::Ok(())
                                },
                            },
                        },
                        __rt::Argument {
                            name: "cow",
                            kind: __rt::Kind {
                                text: "Cow<'_,str>",
                                show: |r, out| {
                                    #[allow(unused_imports)]
                                    use __rt::ByText as _;
                                    __rt::Shown(<Cow<'_, str> as __rt::Decode<'_>>::decode_apart(
                                        r,
                                    )?)
                                    .show("Cow<'_,str>", out);
                                    __rt::Ok(())
                                },
                            },
                        },
                        __rt::Argument {
                            name: "pair",
                            kind: __rt::Kind {
                                text: "(u8,u16)",
                                show: |r, out| {
                                    #[allow(unused_imports)]
                                    use __rt::ByText as _;
                                    __rt::Shown(<(u8, u16) as __rt::Decode<'_>>::decode_apart(r)?)
                                        .show("(u8,u16)", out);
                                    __rt::Ok(())
                                },
                            },
                        },
                        __rt::Argument {
                            name: "arg3",
                            kind: __rt::Kind {
                                text: "u8",
                                show: |r, out| {
                                    #[allow(unused_imports)]
                                    use __rt::ByText as _;
                                    __rt::Shown(<u8 as __rt::Decode<'_>>::decode_apart(r)?)
                                        .show("u8", out);
                                    __rt::Ok(())
                                },
                            },
                        },
                    ],
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
                    method: &__METHODS[__named],
                    arguments: &[
                        __rt::Argument {
                            name: "text",
                            kind: __rt::Kind {
                                text: "&'a str",
                                show: |r, out| {
                                    #[allow(unused_imports)]
                                    use __rt::ByText as _;
                                    __rt::Shown(<&'_ str as __rt::Decode<'_>>::decode_apart(r)?)
                                        .show("&'a str", out);
                                    __rt::Ok(())
                                },
                            },
                        },
                        __rt::Argument {
                            name: "of",
                            kind: __rt::Kind {
                                text: "Foo<'a>",
                                show: |r, out| {
                                    #[allow(unused_imports)]
                                    use __rt::ByText as _;
                                    __rt::Shown(<Foo<'_> as __rt::Decode<'_>>::decode_apart(r)?)
                                        .show("Foo<'a>", out);
                                    __rt::Ok(())
                                },
                            },
                        },
                    ],
                    returns: __rt::Some(__rt::Kind {
                        text: "usize",
                        show: |r, out| {
                            #[allow(unused_imports)]
                            use __rt::ByText as _;
                            __rt::Shown(<usize as __rt::Returned>::read(r)?).show("usize", out);
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
        fn missing(&mut self) -> __rt::Result<__rt::Vec<__rt::Missing>, __rt::CallError> {
            const ASKED: &[__rt::Method] = &__rt::asked::<{ __METHODS.len() }>(__METHODS);
            __rt::missing(self.caller, ASKED)
        }
    }
    #[allow(deprecated, dead_code)]
    impl<'c> ArgumentsCalls<'c> {
        #[doc = " Calls are started on this connection."]
        fn new(caller: &'c mut dyn __rt::Pipeline) -> Self {
            Self { caller }
        }
        fn lent(
            &mut self,
            text: &str,
            bytes: &[u8],
        ) -> __rt::Result<__rt::Pending<()>, __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__lent] });
            <str as __rt::Encode>::encode_apart(text, w);
            <[u8] as __rt::Encode>::encode_apart(bytes, w);
            <() as __rt::Returned>::start(self.caller)
        }
        fn held(
            &mut self,
            mods: &[Mod],
            one: &Mod,
            array: &[u8; 4],
        ) -> __rt::Result<__rt::Pending<()>, __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__held] });
            <[Mod] as __rt::Encode>::encode_apart(mods, w);
            <Mod as __rt::Encode>::encode_apart(one, w);
            <[u8; 4] as __rt::Encode>::encode_apart(array, w);
            <() as __rt::Returned>::start(self.caller)
        }
        fn plain(
            &mut self,
            maybe: Option<&str>,
            cow: Cow<'_, str>,
            pair: (u8, u16),
            arg3: u8,
        ) -> __rt::Result<__rt::Pending<()>, __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__plain] });
            <Option<&str> as __rt::Encode>::encode_apart(&maybe, w);
            <Cow<'_, str> as __rt::Encode>::encode_apart(&cow, w);
            <(u8, u16) as __rt::Encode>::encode_apart(&pair, w);
            <u8 as __rt::Encode>::encode_apart(&arg3, w);
            <() as __rt::Returned>::start(self.caller)
        }
        fn named(
            &mut self,
            text: &'_ str,
            of: Foo<'_>,
        ) -> __rt::Result<__rt::Pending<usize>, __rt::CallError> {
            let w = self.caller.begin(const { &__METHODS[__named] });
            <str as __rt::Encode>::encode_apart(text, w);
            <Foo<'_> as __rt::Encode>::encode_apart(&of, w);
            <usize as __rt::Returned>::start(self.caller)
        }
    }
};
