//! `#[service]`: what the generated client and dispatch do, over a double of what they talk to.
//!
//! `double` is the whole contract of generated code with `ipc-core`, but for the codec, in memory:
//! each trait below names it as its crate.

use std::cell::RefCell;
use std::rc::Rc;

use ipc_core::codec::to_bytes;
use ipc_core::error::DecodeError;
use ipc_runtime::{Decode, Encode, service};

mod double {
    pub mod __rt {
        use std::marker::PhantomData;

        use ipc_core::codec::to_bytes;
        pub use ipc_core::rt::{
            Argument, ByText, Decode, DecodeError, Encode, Err, Interface, Kind, Method, Missing,
            None, Ok, Option, Reader, Result, Schema, Shown, Signature, Some, Vec, Writer, asked,
            distinct,
        };

        #[derive(Debug, PartialEq)]
        pub enum CallError<E = std::convert::Infallible> {
            Failed(E),
            Bytes(DecodeError),
        }

        pub trait Service {
            fn methods(&self) -> &'static [Method];
            fn dispatch(&mut self, index: usize, call: &mut Call<'_>) -> Result<(), DecodeError>;
            fn sends_later() -> bool
            where
                Self: Sized,
            {
                false
            }
            fn calls_back() -> bool
            where
                Self: Sized,
            {
                false
            }
        }

        pub struct Call<'a> {
            args: Reader<'a>,
            pub reply: Option<Writer>,
            pub deferred: bool,
        }

        impl<'a> Call<'a> {
            pub fn new(args: &'a [u8]) -> Self {
                let args = Reader::new(args, ipc_core::codec::Budget::DEFAULT);
                Call { args, reply: None, deferred: false }
            }
            pub fn args(&mut self) -> &mut Reader<'a> {
                &mut self.args
            }
            pub fn end(&mut self) -> Result<(), DecodeError> {
                self.args.end()
            }
            pub fn reply(&mut self) -> &mut Writer {
                self.reply.insert(Writer::new(usize::MAX))
            }
            pub fn defer<T: Encode>(&mut self) -> Reply<T> {
                self.deferred = true;
                Reply(PhantomData)
            }
            pub fn peer(&mut self) -> Peer<'_> {
                Peer(PhantomData)
            }
            pub fn handle(&mut self) -> PeerHandle {
                PeerHandle
            }
        }

        pub struct Reply<T>(PhantomData<T>);

        impl<T: Encode> Reply<T> {
            pub fn send(self, value: &T) -> Vec<u8> {
                to_bytes(value)
            }
        }

        pub struct PeerHandle;

        pub struct Peer<'a>(PhantomData<&'a mut ()>);

        impl Peer<'_> {
            pub fn name(&mut self) -> &'static str {
                "peer"
            }
        }

        pub trait Caller {
            fn begin(&mut self, method: &'static Method) -> &mut Writer;
            fn finish(&mut self) -> Vec<u8>;
            fn post(&mut self);
        }

        pub trait Pipeline: Caller {}

        type Read<T, E> = fn(&[u8]) -> Result<T, CallError<E>>;

        pub struct Pending<T, E = std::convert::Infallible>(Vec<u8>, Read<T, E>);

        impl<T, E> Pending<T, E> {
            pub fn start(on: &mut dyn Pipeline, read: Read<T, E>) -> Result<Self, CallError<E>> {
                Ok(Pending(on.finish(), read))
            }
            pub fn wait(self) -> Result<T, CallError<E>> {
                (self.1)(&self.0)
            }
        }

        pub fn queued(on: &mut dyn Pipeline) -> Result<(), CallError> {
            on.post();
            Ok(())
        }

        fn returned<T: for<'d> Decode<'d>>(bytes: &[u8]) -> Result<T, CallError> {
            ipc_core::codec::from_bytes(bytes).map_err(CallError::Bytes)
        }

        fn returned_result<T, E>(bytes: &[u8]) -> Result<T, CallError<E>>
        where
            T: for<'d> Decode<'d>,
            E: for<'d> Decode<'d>,
        {
            let result = ipc_core::codec::from_bytes::<Result<T, E>>(bytes);
            result.map_err(CallError::Bytes)?.map_err(CallError::Failed)
        }

        pub trait Returned: Sized {
            fn finish(caller: &mut dyn Caller) -> Result<Self, CallError>;
            fn start(on: &mut dyn Pipeline) -> Result<Pending<Self>, CallError>;
            fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError>;
        }

        impl<T: for<'d> Decode<'d>> Returned for T {
            fn finish(caller: &mut dyn Caller) -> Result<T, CallError> {
                returned(&caller.finish())
            }
            fn start(on: &mut dyn Pipeline) -> Result<Pending<T>, CallError> {
                Pending::start(on, returned)
            }
            fn read(r: &mut Reader<'_>) -> Result<T, DecodeError> {
                T::decode(r)
            }
        }

        pub trait ReturnedOr<E>: Sized {
            fn finish(caller: &mut dyn Caller) -> Result<Self, CallError<E>>;
            fn start(on: &mut dyn Pipeline) -> Result<Pending<Self, E>, CallError<E>>;
            fn read(r: &mut Reader<'_>) -> Result<Result<Self, E>, DecodeError>;
        }

        impl<T: for<'d> Decode<'d>, E: for<'d> Decode<'d>> ReturnedOr<E> for T {
            fn finish(caller: &mut dyn Caller) -> Result<T, CallError<E>> {
                returned_result(&caller.finish())
            }
            fn start(on: &mut dyn Pipeline) -> Result<Pending<T, E>, CallError<E>> {
                Pending::start(on, returned_result)
            }
            fn read(r: &mut Reader<'_>) -> Result<Result<T, E>, DecodeError> {
                Decode::decode(r)
            }
        }

        /// Says how each method would be asked for.
        pub fn missing(
            _: &mut dyn Caller,
            asked: &'static [Method],
        ) -> Result<Vec<Missing>, CallError> {
            let reason = ipc_core::error::Reason::Unknown;
            assert!(asked.iter().all(|method| !method.oneway), "all are answered");
            Ok(asked.iter().map(|method| Missing { method: method.name, reason }).collect())
        }

        pub fn posted((): ()) -> Result<(), CallError> {
            Ok(())
        }
    }

    use __rt::{Call, Caller, Method, Pipeline, Service, Writer};
    pub use __rt::{CallError, Peer, PeerHandle, Reply};

    /// A caller whose calls run where they are made.
    pub struct Direct<S> {
        pub service: S,
        begun: Option<(&'static Method, Writer)>,
    }

    impl<S: Service> Direct<S> {
        pub fn new(service: S) -> Self {
            Direct { service, begun: None }
        }

        fn run(&mut self) -> Option<Vec<u8>> {
            let (method, writer) = self.begun.take().expect("a call was begun");
            let index = self.service.methods().iter().position(|other| other == method);
            let args = writer.into_bytes();
            let mut call = Call::new(&args);
            self.service.dispatch(index.expect("the method is there"), &mut call).expect("decoded");
            assert!(!(call.deferred && call.reply.is_some()));
            call.reply.map(Writer::into_bytes)
        }
    }

    impl<S: Service> Caller for Direct<S> {
        fn begin(&mut self, method: &'static Method) -> &mut Writer {
            &mut self.begun.insert((method, Writer::new(usize::MAX))).1
        }
        fn finish(&mut self) -> Vec<u8> {
            self.run().expect("a reply")
        }
        fn post(&mut self) {
            assert_eq!(self.run(), None, "a one-way call is not answered");
        }
    }

    impl<S: Service> Pipeline for Direct<S> {}
}

use double::__rt::{Call, Service as _};
use double::{CallError, Direct, Peer, PeerHandle, Reply};

#[derive(Encode, Decode, Debug, PartialEq, Clone)]
struct Mod {
    id: String,
}

#[derive(Encode, Decode, Debug, PartialEq)]
struct Borrowed<'a>(&'a str);

#[derive(Encode, Decode, Debug, PartialEq)]
enum Refused {
    NotFound,
}

type Log = Rc<RefCell<Vec<String>>>;

mod every_kind_of_argument {
    use std::borrow::Cow;

    use super::*;

    /// A loader.
    #[service(crate = double)]
    trait Arguments {
        fn text(&self, text: &str) -> String;
        fn bytes(&mut self, bytes: &[u8]) -> Vec<u8>;
        fn slice(&mut self, mods: &[Mod]) -> u32;
        fn texts(&mut self, texts: &[&str]) -> String;
        fn array(&mut self, array: &[u8; 2]) -> u8;
        fn reference(&mut self, of: &Mod) -> String;
        fn borrowed(&mut self, text: Borrowed<'_>, other: &Borrowed<'_>) -> String;
        fn option(&mut self, text: Option<&str>) -> bool;
        fn cow(&mut self, text: Cow<'_, str>) -> String;
        fn named<'a, 'b: 'a>(
            &'b mut self,
            one: &'a str,
            two: &'b [u8],
            three: Borrowed<'a>,
        ) -> usize;
        fn owned(&mut self, mods: Vec<Mod>, pair: (u8, u16)) -> (u16, u8);
        fn unnamed(&mut self, _: u8, _: u16) -> u8;
        /// These are what generated code calls its own.
        fn clashing(&mut self, w: u8, call: u8, index: u8, out: u8, caller: u8) -> u8;
    }

    struct Handler;

    impl Arguments for Handler {
        fn text(&self, text: &str) -> String {
            text.into()
        }
        fn bytes(&mut self, bytes: &[u8]) -> Vec<u8> {
            bytes.into()
        }
        fn slice(&mut self, mods: &[Mod]) -> u32 {
            mods.len() as u32
        }
        fn texts(&mut self, texts: &[&str]) -> String {
            texts.concat()
        }
        fn array(&mut self, array: &[u8; 2]) -> u8 {
            array[0] + array[1]
        }
        fn reference(&mut self, of: &Mod) -> String {
            of.id.clone()
        }
        fn borrowed(&mut self, text: Borrowed<'_>, other: &Borrowed<'_>) -> String {
            text.0.to_owned() + other.0
        }
        fn option(&mut self, text: Option<&str>) -> bool {
            text.is_some()
        }
        fn cow(&mut self, text: Cow<'_, str>) -> String {
            assert!(matches!(text, Cow::Borrowed(_)));
            text.into()
        }
        fn named<'a, 'b: 'a>(
            &'b mut self,
            one: &'a str,
            two: &'b [u8],
            three: Borrowed<'a>,
        ) -> usize {
            one.len() + two.len() + three.0.len()
        }
        fn owned(&mut self, mods: Vec<Mod>, pair: (u8, u16)) -> (u16, u8) {
            assert!(mods.is_empty());
            (pair.1, pair.0)
        }
        fn unnamed(&mut self, one: u8, _: u16) -> u8 {
            one
        }
        fn clashing(&mut self, w: u8, call: u8, index: u8, out: u8, caller: u8) -> u8 {
            w + call + index + out + caller
        }
    }

    #[test]
    fn arrives() {
        let mut direct = Direct::new(ArgumentsService(Handler));
        let mut client = ArgumentsClient::new(&mut direct);
        let one = Mod { id: "m".into() };
        assert_eq!(client.text("t"), Ok("t".into()));
        assert_eq!(client.bytes(&[1]), Ok(vec![1]));
        assert_eq!(client.slice(&[one.clone(), one.clone()]), Ok(2));
        assert_eq!(client.texts(&["a", "b"]), Ok("ab".into()));
        assert_eq!(client.array(&[1, 2]), Ok(3));
        assert_eq!(client.reference(&one), Ok("m".into()));
        assert_eq!(client.borrowed(Borrowed("a"), &Borrowed("b")), Ok("ab".into()));
        assert_eq!(client.option(Some("")), Ok(true));
        assert_eq!(client.option(None), Ok(false));
        assert_eq!(client.cow("c".into()), Ok("c".into()));
        assert_eq!(client.named("a", &[], Borrowed("b")), Ok(2));
        assert_eq!(client.owned(vec![], (1, 2)), Ok((2, 1)));
        assert_eq!(client.unnamed(1, 2), Ok(1));
        assert_eq!(client.clashing(1, 2, 3, 4, 5), Ok(15));
    }
}

mod every_kind_of_method {
    use super::*;

    #[service(crate = double)]
    trait Methods: Base {
        fn nothing(&mut self);
        fn unit(&mut self) -> ();
        fn result(&mut self, ok: bool) -> Result<Mod, Refused>;
        fn unit_result(&mut self, ok: bool) -> Result<(), Refused>;
        fn option(&mut self) -> Option<u8>;
        #[ipc(oneway)]
        fn log(&mut self, line: &str);
        #[ipc(deferred)]
        fn scan(&mut self, path: &str, reply: Reply<Vec<u8>>);
        #[ipc(idempotent)]
        fn who(&self, #[ipc(peer)] peer: &mut Peer<'_>, prefix: &str) -> String;
        #[ipc(deferred)]
        fn both(&self, reply: Reply<Result<u8, Refused>>, #[ipc(peer)] peer: &mut Peer<'_>);
        #[ipc(oneway, name = "quit")]
        fn r#type(&mut self, #[ipc(peer)] _: &mut Peer<'_>);
        fn provided(&mut self) -> u8 {
            self.base()
        }
        fn sized(&mut self) -> u8
        where
            Self: Sized;
    }

    trait Base {
        fn base(&self) -> u8;
    }

    #[derive(Default)]
    struct Handler {
        log: Log,
    }

    impl Base for Handler {
        fn base(&self) -> u8 {
            42
        }
    }

    impl Methods for Handler {
        fn nothing(&mut self) {}
        fn unit(&mut self) {}
        fn result(&mut self, ok: bool) -> Result<Mod, Refused> {
            if ok { Ok(Mod { id: "m".into() }) } else { Err(Refused::NotFound) }
        }
        fn unit_result(&mut self, ok: bool) -> Result<(), Refused> {
            if ok { Ok(()) } else { Err(Refused::NotFound) }
        }
        fn option(&mut self) -> Option<u8> {
            None
        }
        fn log(&mut self, line: &str) {
            self.log.borrow_mut().push(line.into());
        }
        fn scan(&mut self, path: &str, reply: Reply<Vec<u8>>) {
            let sent = reply.send(&path.as_bytes().to_vec());
            self.log.borrow_mut().push(format!("{sent:?}"));
        }
        fn who(&self, peer: &mut Peer<'_>, prefix: &str) -> String {
            prefix.to_owned() + peer.name()
        }
        fn both(&self, reply: Reply<Result<u8, Refused>>, peer: &mut Peer<'_>) {
            let sent = reply.send(&Err(Refused::NotFound));
            self.log.borrow_mut().push(format!("{sent:?} to {}", peer.name()));
        }
        fn r#type(&mut self, peer: &mut Peer<'_>) {
            self.log.borrow_mut().push(peer.name().into());
        }
        fn sized(&mut self) -> u8 {
            1
        }
    }

    #[test]
    fn answers_as_declared() {
        let mut direct = Direct::new(MethodsService(Handler::default()));
        let mut client = MethodsClient::new(&mut direct);
        assert_eq!(client.nothing(), Ok(()));
        assert_eq!(client.unit(), Ok(()));
        assert_eq!(client.result(true), Ok(Mod { id: "m".into() }));
        assert_eq!(client.result(false), Err(CallError::Failed(Refused::NotFound)));
        assert_eq!(client.unit_result(true), Ok(()));
        assert_eq!(client.unit_result(false), Err(CallError::Failed(Refused::NotFound)));
        assert_eq!(client.option(), Ok(None));
        assert_eq!(client.who("the "), Ok("the peer".into()));
        assert_eq!(client.provided(), Ok(42));
        assert_eq!(client.sized(), Ok(1));
    }

    #[test]
    fn a_one_way_call_runs_and_is_not_answered() {
        let handler = Handler::default();
        let log = handler.log.clone();
        let mut direct = Direct::new(MethodsService(handler));
        let mut client = MethodsClient::new(&mut direct);
        assert_eq!(client.log("line"), Ok(()));
        assert_eq!(client.r#type(), Ok(()));
        assert_eq!(*log.borrow(), ["line", "peer"]);
    }

    #[test]
    fn calls_that_are_started_are_typed_as_those_that_are_waited_for() {
        let handler = Handler::default();
        let log = handler.log.clone();
        let mut direct = Direct::new(MethodsService(handler));
        let mut calls = MethodsCalls::new(&mut direct);
        let (good, bad) = (calls.result(true).unwrap(), calls.result(false).unwrap());
        let who = calls.who("the ").unwrap();
        assert_eq!(calls.log("line"), Ok(()));
        assert_eq!(bad.wait(), Err(CallError::Failed(Refused::NotFound)));
        assert_eq!(good.wait(), Ok(Mod { id: "m".into() }));
        assert_eq!(who.wait(), Ok("the peer".into()));
        assert_eq!(*log.borrow(), ["line"]);
    }

    #[test]
    fn a_service_says_what_its_handlers_need() {
        fn needs<S: double::__rt::Service>(_: &S) -> [bool; 2] {
            [S::sends_later(), S::calls_back()]
        }
        assert_eq!(needs(&MethodsService(Handler::default())), [true, true]);
        assert_eq!(needs(&super::ordinary::quiet()), [false, false]);

        #[service(crate = double)]
        trait Keeps {
            fn keep(&mut self, #[ipc(peer)] _: PeerHandle, #[ipc(peer)] peer: &mut Peer<'_>);
        }
        #[service(crate = double)]
        trait Keeping {
            fn keep(&mut self, #[ipc(peer)] one: PeerHandle) -> bool;
        }
        impl Keeping for Handler {
            fn keep(&mut self, PeerHandle: PeerHandle) -> bool {
                true
            }
        }
        assert_eq!(needs(&KeepingService(Handler::default())), [true, false]);
        let mut direct = Direct::new(KeepingService(Handler::default()));
        assert_eq!(KeepingClient::new(&mut direct).keep(), Ok(true));
    }

    #[test]
    fn a_deferred_call_is_answered_through_its_reply_alone() {
        let handler = Handler::default();
        let log = handler.log.clone();
        let mut service = MethodsService(handler);
        for (name, args) in [("Methods.scan", to_bytes("p")), ("Methods.both", vec![])] {
            let index = service.methods().iter().position(|method| method.name == name);
            let mut call = Call::new(&args);
            assert_eq!(service.dispatch(index.unwrap(), &mut call), Ok(()));
            assert!(call.deferred && call.reply.is_none());
        }
        assert_eq!(*log.borrow(), ["[1, 112]", "[1, 0] to peer"]);
        // The client is typed by what the reply is of.
        fn _typed(client: &mut MethodsClient<'_>) {
            let _: Result<Vec<u8>, CallError> = client.scan("p");
            let _: Result<u8, CallError<Refused>> = client.both();
        }
    }

    #[test]
    fn methods_are_named_and_marked_as_declared() {
        let service = MethodsService(Handler::default());
        let method = |name| service.methods().iter().find(|method| method.name == name).unwrap();
        assert!(method("Methods.log").oneway && !method("Methods.log").idempotent);
        assert!(method("Methods.who").idempotent && !method("Methods.who").oneway);
        assert!(method("Methods.quit").oneway);
        assert!(!method("Methods.scan").oneway);
    }

    #[test]
    fn arguments_that_are_not_all_there_or_too_many_never_reach_the_handler() {
        let handler = Handler::default();
        let log = handler.log.clone();
        let mut service = MethodsService(handler);
        let index = service.methods().iter().position(|method| method.name == "Methods.log");
        for (bytes, error) in
            [(&[][..], DecodeError::Truncated), (&[1, b'a', 0], DecodeError::TrailingBytes)]
        {
            let mut call = Call::new(bytes);
            assert_eq!(service.dispatch(index.unwrap(), &mut call), Err(error));
            assert!(call.reply.is_none());
        }
        assert!(log.borrow().is_empty());
    }
}

mod conditions {
    use super::*;

    #[service(crate = double, name = "Old")]
    trait Conditional {
        fn first(&self) -> u8;
        #[cfg(any())]
        fn absent(&self, absent: Absent) -> Absent;
        #[cfg(all())]
        fn present(&self) -> u8;
        #[cfg(any())]
        fn either(&self) -> Absent;
        #[cfg(not(any()))]
        fn either(&self) -> u8;
        #[deprecated]
        #[must_use]
        fn last(&self) -> u8;
    }

    struct Handler;

    impl Conditional for Handler {
        fn first(&self) -> u8 {
            1
        }
        fn present(&self) -> u8 {
            2
        }
        fn either(&self) -> u8 {
            3
        }
        fn last(&self) -> u8 {
            4
        }
    }

    #[test]
    #[expect(deprecated, reason = "the attribute is carried over")]
    fn a_method_that_is_not_there_is_nowhere() {
        let service = ConditionalService(Handler);
        let names: Vec<_> = service.methods().iter().map(|method| method.name).collect();
        assert_eq!(names, ["Old.first", "Old.present", "Old.either", "Old.last"]);

        let mut direct = Direct::new(service);
        let mut client = ConditionalClient::new(&mut direct);
        assert_eq!(client.first(), Ok(1));
        assert_eq!(client.present(), Ok(2));
        assert_eq!(client.either(), Ok(3));
        assert_eq!(client.last(), Ok(4));
    }
}

mod described {
    use ipc_core::codec::{Budget, Reader};
    use ipc_core::method::Probe;

    use super::*;
    use crate::double::__rt::{Interface, Kind};

    #[derive(Encode, Decode)]
    struct Plain(u8);

    /// How few bytes it takes is not said.
    struct ByHand;

    impl Encode for ByHand {
        const SCHEMA: ipc_core::schema::Schema = u8::SCHEMA;
        fn encode(&self, w: &mut ipc_core::codec::Writer) {
            0_u8.encode(w);
        }
    }

    impl<'de> Decode<'de> for ByHand {
        fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
            u8::decode(r).map(|_| ByHand)
        }
    }

    #[service(crate = double, name = "Described")]
    #[allow(dead_code)]
    trait Original {
        fn nothing(&self);
        fn all<'a>(&self, id: &'a str, _: &[Borrowed<'a>], plain: Plain) -> Result<Mod, Refused>;
        fn by_hand(&self, one: ByHand, unit: ()) -> Vec<Plain>;
        fn unit(&self, unit: (), sound: u8);
        #[cfg(any())]
        fn absent(&self, absent: Absent) -> Absent;
        #[ipc(deferred)]
        fn scan(&self, #[ipc(peer)] peer: &mut Peer<'_>, reply: Reply<Option<u8>>);
        #[ipc(oneway, name = "quit")]
        fn r#type(&self, r#fn: bool);
    }

    const INTERFACE: Interface = OriginalClient::INTERFACE;

    fn signature(name: &str) -> &'static double::__rt::Signature {
        INTERFACE.methods.iter().find(|known| known.method.name == name).unwrap()
    }

    fn shown(kind: &Kind, bytes: &[u8]) -> Result<String, DecodeError> {
        let mut text = String::new();
        (kind.show)(&mut Reader::new(bytes, Budget::DEFAULT), &mut text).map(|()| text)
    }

    #[test]
    fn an_interface_says_what_the_trait_does() {
        assert_eq!(INTERFACE.name, "Described");
        let names: Vec<_> = INTERFACE.methods.iter().map(|known| known.method.name).collect();
        let short = ["nothing", "all", "by_hand", "unit", "scan", "quit"];
        assert_eq!(names, short.map(|name| format!("Described.{name}")));

        let all = signature("Described.all");
        let arguments: Vec<_> =
            all.arguments.iter().map(|argument| (argument.name, argument.kind.text)).collect();
        let expected = [("id", "&'a str"), ("arg1", "&[Borrowed<'a>]"), ("plain", "Plain")];
        assert_eq!(arguments, expected);
        assert_eq!(all.returns.unwrap().text, "Result<Mod,Refused>");
        assert_eq!(signature("Described.nothing").returns.unwrap().text, "()");
        assert_eq!(signature("Described.scan").returns.unwrap().text, "Option<u8>");
        assert_eq!(signature("Described.scan").arguments.len(), 0);
        assert!(signature("Described.quit").returns.is_none());
        assert_eq!(signature("Described.quit").arguments[0].name, "fn");
    }

    #[test]
    fn values_are_shown_by_their_debug_or_else_by_their_type() {
        let all = signature("Described.all");
        assert_eq!(shown(&all.arguments[0].kind, &to_bytes("a\n")), Ok("\"a\\n\"".into()));
        let borrowed = to_bytes(&[Borrowed("b")][..]);
        assert_eq!(shown(&all.arguments[1].kind, &borrowed), Ok("[Borrowed(\"b\")]".into()));
        assert_eq!(shown(&all.arguments[2].kind, &[7]), Ok("Plain".into()));
        assert_eq!(shown(&all.arguments[2].kind, &[]), Err(DecodeError::Truncated));
        let good = to_bytes(&Ok::<_, Refused>(Mod { id: "m".into() }));
        assert_eq!(shown(&all.returns.unwrap(), &good), Ok("Ok(Mod { id: \"m\" })".into()));
        let list = signature("Described.by_hand").returns.unwrap();
        assert_eq!(shown(&list, &[1, 2]), Ok("Vec<Plain>".into()));
    }

    #[test]
    fn a_method_is_asked_for_by_arguments_that_it_cannot_have() {
        let probes = INTERFACE.methods.iter().map(|known| known.method.probe);
        let (byte, empty, none) = (Probe::Byte, Probe::Empty, Probe::None);
        assert_eq!(probes.collect::<Vec<_>>(), [byte, empty, none, empty, byte, empty]);
    }

    struct Handler;

    impl Original for Handler {
        fn nothing(&self) {}
        fn all<'a>(&self, id: &'a str, _: &[Borrowed<'a>], _: Plain) -> Result<Mod, Refused> {
            Ok(Mod { id: id.into() })
        }
        fn by_hand(&self, _: ByHand, (): ()) -> Vec<Plain> {
            vec![]
        }
        fn unit(&self, (): (), _: u8) {}
        fn scan(&self, _: &mut Peer<'_>, reply: Reply<Option<u8>>) {
            reply.send(&None);
        }
        fn r#type(&self, _: bool) {}
    }

    #[test]
    fn every_method_is_asked_for() {
        let mut direct = Direct::new(OriginalService(Handler));
        let asked = OriginalClient::new(&mut direct).missing().unwrap();
        let names: Vec<_> = INTERFACE.methods.iter().map(|known| known.method.name).collect();
        assert_eq!(asked.iter().map(|missing| missing.method).collect::<Vec<_>>(), names);
    }

    /// Its methods are what the client has by itself elsewhere.
    #[service(crate = double)]
    #[allow(dead_code)]
    trait Taken {
        fn missing(&self, of: u8) -> u8;
    }

    impl Taken for Handler {
        fn missing(&self, of: u8) -> u8 {
            of
        }
    }

    #[test]
    fn a_method_of_the_trait_comes_before_one_that_the_client_would_have() {
        let mut direct = Direct::new(TakenService(Handler));
        assert_eq!(TakenClient::new(&mut direct).missing(7), Ok(7));
    }
}

mod signatures {
    use super::*;

    /// The signature of a service's one method.
    macro_rules! signature {
        ($($method:tt)*) => {{
            #[service(crate = double)]
            #[allow(dead_code)]
            trait Loader { $($method)* }
            struct Handler;
            impl Loader for Handler { $($method)* }
            LoaderService(Handler).methods()[0].signature
        }};
    }

    #[test]
    fn a_signature_is_known_by_its_types() {
        let signature = signature!(
            fn f(&self, a: &str) -> u8 {
                a.len() as u8
            }
        );
        assert_eq!(
            signature,
            signature!(
                fn g(&mut self, b: String) -> u8 {
                    b.len() as u8
                }
            )
        );
        assert_ne!(
            signature,
            signature!(
                fn f(&self, a: &str) -> u16 {
                    a.len() as u16
                }
            )
        );
        assert_ne!(
            signature,
            signature!(
                fn f(&self, a: &[u8]) -> u8 {
                    a.len() as u8
                }
            )
        );
        assert_ne!(
            signature,
            signature!(
                fn f(&self) -> u8 {
                    0
                }
            )
        );
    }
}

mod substituted {
    use super::*;

    /// What `macro_rules!` fills in comes in invisible groups.
    macro_rules! substituted {
        ($vis:vis $name:ident, $method:ident, $arg:ty, $ok:ty, $answer:ty, $text:literal) => {
            #[service(crate = double, name = $text)]
            $vis trait $name {
                #[ipc(name = $text)]
                fn $method(&self, arg: $arg, plain: &$ok) -> $answer;
                fn result(&self, arg: $arg) -> Result<$ok, $answer>;
            }

            impl $name for () {
                fn $method(&self, arg: $arg, plain: &$ok) -> $answer {
                    Ok(arg.len() as $ok + plain)
                }
                fn result(&self, _: $arg) -> Result<$ok, $answer> {
                    Err(Ok(1))
                }
            }
        };
    }

    substituted!(pub(crate) Filled, get, &str, u8, Result<u8, Refused>, "text");

    #[test]
    fn what_a_macro_filled_in_is_understood() {
        let mut direct = Direct::new(FilledService(()));
        assert_eq!(direct.service.methods()[0].name, "text.text");
        let mut client = FilledClient::new(&mut direct);
        assert_eq!(client.get("ab", &1), Ok(3));
        assert_eq!(client.result(""), Err(CallError::Failed(Ok(1))));
    }
}

mod ordinary {
    use super::*;

    pub(super) fn quiet() -> impl double::__rt::Service {
        BoxedService(Mock)
    }

    #[service(crate = double)]
    trait Provided {
        /// The options within are those of a derive.
        fn provided(&self) -> u8 {
            #[derive(Encode)]
            struct Inner {
                #[ipc(name = "b")]
                a: u8,
            }
            to_bytes(&Inner { a: 7 })[0]
        }
    }

    impl Provided for Mock {}

    #[test]
    fn bodies_are_left_alone() {
        let mut direct = Direct::new(ProvidedService(Mock));
        assert_eq!(ProvidedClient::new(&mut direct).provided(), Ok(7));
    }

    #[service(crate = double)]
    trait Boxed {
        fn get(&self) -> u8;
    }

    impl<T: Boxed + ?Sized> Boxed for Box<T> {
        fn get(&self) -> u8 {
            (**self).get()
        }
    }

    struct Mock;

    impl Boxed for Mock {
        fn get(&self) -> u8 {
            7
        }
    }

    #[test]
    fn the_trait_is_boxed_and_mocked_as_any_other() {
        let boxed: Box<dyn Boxed> = Box::new(Mock);
        let mut direct = Direct::new(BoxedService(boxed));
        assert_eq!(BoxedClient::new(&mut direct).get(), Ok(7));
    }

    #[test]
    fn a_service_can_be_declared_within_a_function() {
        #[derive(Encode, Decode, Debug, PartialEq)]
        struct Local(u8);

        #[service(crate = double)]
        trait Inner {
            fn get(&self) -> Local;
        }

        impl Inner for Mock {
            fn get(&self) -> Local {
                Local(1)
            }
        }

        let mut direct = Direct::new(InnerService(Mock));
        assert_eq!(InnerClient::new(&mut direct).get(), Ok(Local(1)));
    }
}
