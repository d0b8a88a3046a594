//! Frames as text, read off a session, and written by one.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use ipc_core::codec::{Encode, Writer};
use ipc_core::error::{CallError, DecodeError, Problem, Reason};
use ipc_core::frame::{self, Frame, Head};
use ipc_core::later::{Address, Letter, Outbox, Reply};
use ipc_core::method::Method;
use ipc_core::returned::{returned, returned_result};
use ipc_core::service::{Call, Caller, Host, Run, Service, serve};
use ipc_core::session::{Answer, Limits, Session, Started};
use tests::loader::{LoadError, Loader, LoaderClient, LoaderService, Mod};

/// How a session comes to write each frame.
pub const WRITTEN: &[(&str, fn() -> Vec<u8>)] = &[
    (r#"call 1: enable("a")"#, || enable("a")),
    ("call 2: mods() within 250 ms", || call(2, 250, |loader| loader.mods())),
    (r#"call 1: scan("/m")"#, || call(1, 0, |loader| loader.scan("/m"))),
    (r#"one-way: log("hi")"#, || call(1, 0, |loader| loader.log("hi"))),
    (r#"reply 1 to enable: Ok(Mod { id: "a", enabled: true })"#, || answer(&enable("a"))),
    ("reply 1 to enable: Err(NotFound)", || answer(&enable("z"))),
    (r#"reply 2 to mods: [Mod { id: "a", enabled: true }]"#, || {
        answer(&call(2, 0, |loader| loader.mods()))
    }),
    ("reply 1 to disable: ()", || answer(&call(1, 0, |loader| loader.disable("a")))),
    ("reply 1 to scan: []", || answer(&call(1, 0, |loader| loader.scan("/m")))),
    ("fault 1: UnknownService, did not run", || {
        serve_with(None, run, &enable("a"), Limits::DEFAULT)
    }),
    ("fault 1: UnknownMethod, did not run", || answer_of(&[], &enable("a"))),
    ("fault 1: SignatureChanged, did not run", || answer_of(ENABLE_CHANGED, &enable("a"))),
    ("fault 1: BadArguments, Utf8 at 2, did not run", || {
        answer(&with_last_byte(&enable("a"), 0xff))
    }),
    ("fault 1: Late, did not run", || refusal(Reason::Late)),
    ("fault 1: Busy, did not run", || refusal(Reason::Busy)),
    ("fault 1: ShuttingDown, did not run", || refusal(Reason::ShuttingDown)),
    ("fault 1: Reentered, did not run", || refusal(Reason::Reentered)),
    ("fault 0: ShuttingDown, did not run", || {
        let mut session = Session::new(Limits::DEFAULT);
        session.say_goodbye();
        session.unsent().to_vec()
    }),
    ("cancel 1", || {
        let mut session = Session::new(Limits::DEFAULT);
        session.cancel(1);
        session.unsent().to_vec()
    }),
    ("fault 1: Cancelled, may have run", || refusal(Reason::Cancelled)),
    ("fault 1: Panicked, may have run", || {
        serve_with(
            Some(&mut loader(&Log::default())),
            |_, _, _| None,
            &enable("a"),
            Limits::DEFAULT,
        )
    }),
    ("fault 1: Dropped, may have run", || answer(&call(1, 0, |loader| loader.scan(DROP)))),
    ("fault 1: ReplyTooLarge, may have run", || {
        let mods = call(1, 0, |loader| loader.mods());
        let limits = Limits { frame: mods.len(), ..Limits::DEFAULT };
        let mut service = LoaderService(Recorder { mods: 9, ..Recorder::default() });
        serve_with(Some(&mut service), run, &mods, limits)
    }),
];

/// Frames that WIRE.md has and no session writes, by how they begin.
pub const NEVER_WRITTEN: &[&str] = &[
    // A later version's.
    "fault 1: Unknown,",
];

/// The methods of the service that WIRE.md declares.
pub fn methods() -> &'static [Method] {
    LoaderService(Recorder::default()).methods()
}

/// The method of this name.
pub fn method(name: &str) -> &'static Method {
    let full = format!("Loader.{name}");
    let found = methods().iter().find(|method| method.name == full);
    found.unwrap_or_else(|| panic!("the test's Loader has no method `{name}`"))
}

/// What a session understands one frame to say. The words before the colon of `what` say which
/// method a reply answers: that is not in the frame.
pub fn read(bytes: &[u8], what: &str) -> String {
    let mut session = Session::new(Limits::DEFAULT);
    let Frame { head, payload } = match receive(&mut session, bytes) {
        Some(frame) => frame,
        None => return "no frame".into(),
    };
    let rest = receive(&mut session, &[]);
    assert_eq!(rest, None, "{what}: a second frame");
    let method = what.split_once(':').and_then(|(before, _)| before.split(' ').nth(3));
    match head {
        Head::Call(call) => read_call(&mut session, &call, payload),
        Head::Reply(id) => {
            let name = method.unwrap_or_else(|| panic!("{what}: a reply, but to what?"));
            let frame = Frame { head, payload };
            format!("reply {id} to {name}: {}", read_reply(&session, name, frame))
        }
        Head::Fault(id) => {
            let started = Started { method: self::method("enable"), id };
            match session.answer(started, Frame { head, payload }) {
                Ok(answer) => format!("{answer:?} instead of a fault"),
                Err(problem) => format!("fault {id}: {}", fault(&problem)),
            }
        }
        Head::Cancel(id) => format!("cancel {id}"),
    }
}

fn read_call(session: &mut Session, head: &frame::Call, payload: Range<usize>) -> String {
    let log = Log::default();
    let mut service = loader(&log);
    let mut offered: Option<&mut dyn Service> = Some(&mut service);
    let service = find(&mut offered, head.service);
    serve(session, Host { service, run, line: None }, head, payload);
    let ran = log.borrow().join(", ");
    let ran = if ran.is_empty() { hex_answer(session) } else { ran };
    let within = match head.deadline {
        0 => String::new(),
        deadline => format!(" within {deadline} ms"),
    };
    match head.id {
        0 => format!("one-way: {ran}{within}"),
        id => format!("call {id}: {ran}{within}"),
    }
}

fn hex_answer(session: &Session) -> String {
    format!("nothing ran, and the answer is {}", crate::document::hex(session.unsent()))
}

fn read_reply(session: &Session, method: &str, frame: Frame) -> String {
    let answer = session.answer(Started { method: self::method(method), id: 1 }, frame);
    match method {
        "enable" => match returned_result::<Mod, LoadError>(answer) {
            Ok(found) => format!("Ok({found:?})"),
            Err(CallError::Failed(error)) => format!("Err({error:?})"),
            Err(error) => format!("{error:?}"),
        },
        "disable" => text(returned::<()>(answer)),
        _ => text(returned::<Vec<Mod>>(answer)),
    }
}

fn text<T: std::fmt::Debug>(outcome: Result<T, CallError>) -> String {
    outcome.map_or_else(|error| format!("{error:?}"), |value| format!("{value:?}"))
}

fn fault(problem: &Problem) -> String {
    let detail = problem.detail.map(|detail| format!(", {:?} at {}", detail.error, detail.at));
    let run = if problem.may_have_run { "may have run" } else { "did not run" };
    format!("{:?}{}, {run}", problem.reason, detail.unwrap_or_default())
}

// Writing.

/// What a client sends in its `nth` call.
fn call<T>(nth: u32, deadline: u32, make: impl FnOnce(&mut LoaderClient<'_>) -> T) -> Vec<u8> {
    let mut sender = Sender { session: Session::new(Limits::DEFAULT), deadline };
    for _ in 1..nth {
        sender.session.begin_call(method("mods"), 0);
        sender.session.end_call().unwrap_or_else(|problem| panic!("an earlier call: {problem}"));
    }
    let earlier = sender.session.unsent().len();
    sender.session.sent(earlier);
    // The error is that no answer comes, or none is asked for.
    let _ = make(&mut LoaderClient::new(&mut sender));
    sender.session.unsent().to_vec()
}

fn enable(id: &str) -> Vec<u8> {
    call(1, 0, |loader| loader.enable(id))
}

/// Sends, and waits for nothing.
struct Sender {
    session: Session,
    deadline: u32,
}

impl Caller for Sender {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        self.session.begin_call(method, self.deadline)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        let Started { method, .. } = self.session.end_call()?;
        Err(Problem { method, reason: Reason::Deadline, detail: None, may_have_run: true })
    }

    fn post(&mut self) -> Result<(), Problem> {
        self.session.end_call().map(drop)
    }
}

fn with_last_byte(frame: &[u8], byte: u8) -> Vec<u8> {
    let mut frame = frame.to_vec();
    if let Some(last) = frame.last_mut() {
        *last = byte;
    }
    frame
}

/// What a server sends that offers a `Loader` with one mod.
fn answer(call: &[u8]) -> Vec<u8> {
    let mut service = loader(&Log::default());
    serve_with(Some(&mut service), run, call, Limits::DEFAULT)
}

/// What a server sends whose `Loader` has these methods.
fn answer_of(methods: &'static [Method], call: &[u8]) -> Vec<u8> {
    serve_with(Some(&mut Other(methods)), run, call, Limits::DEFAULT)
}

/// What a server sends that does not serve a call, for this reason.
fn refusal(reason: Reason) -> Vec<u8> {
    let mut session = Session::new(Limits::DEFAULT);
    match receive(&mut session, &enable("a")) {
        Some(Frame { head: Head::Call(head), .. }) => session.refuse(&head, reason),
        other => panic!("{other:?} is no call"),
    }
    session.unsent().to_vec()
}

fn serve_with(
    mut offered: Option<&mut dyn Service>,
    run: Run,
    call: &[u8],
    limits: Limits,
) -> Vec<u8> {
    let mut session = Session::new(limits);
    let posted = Arc::new(Posted::default());
    let mut line = Address { outbox: posted.clone() as Arc<dyn Outbox>, line: 0 };
    match receive(&mut session, call) {
        Some(Frame { head: Head::Call(head), payload }) => {
            let service = find(&mut offered, head.service);
            serve(&mut session, Host { service, run, line: Some(&mut line) }, &head, payload);
        }
        other => panic!("{other:?} is no call"),
    }
    let later = posted.0.lock().map(|frames| frames.concat());
    session.append(&later.unwrap_or_default());
    session.unsent().to_vec()
}

fn receive(session: &mut Session, bytes: &[u8]) -> Option<Frame> {
    session.space()[..bytes.len()].copy_from_slice(bytes);
    session.filled(bytes.len());
    session.next().unwrap_or_else(|error| panic!("the frame is refused: {error}"))
}

fn run(
    service: &mut dyn Service,
    index: usize,
    call: &mut Call<'_>,
) -> Option<Result<(), DecodeError>> {
    Some(service.dispatch(index, call))
}

/// Frames that are given later.
#[derive(Default)]
struct Posted(Mutex<Vec<Vec<u8>>>);

impl Outbox for Posted {
    fn open(&self, _: u64, _: u32) {}

    fn is_open(&self, _: u64, _: u32) -> bool {
        true
    }

    fn post(&self, _: u64, _: u32, letter: &Letter) -> bool {
        if let Ok(mut frames) = self.0.lock() {
            frames.push(letter.frame.to_vec());
        }
        true
    }
}

/// The service that there is, if it is the one that is asked for.
fn find<'s>(
    offered: &'s mut Option<&mut dyn Service>,
    service: u32,
) -> Result<&'s mut dyn Service, Reason> {
    match offered {
        Some(found) if service == methods()[0].service => Ok(&mut **found),
        _ => Err(Reason::UnknownService),
    }
}

const ENABLE_CHANGED: &[Method] = &[Method::new(
    "Loader",
    "enable",
    "Loader.enable",
    ipc_core::schema::Schema::signature().returns(<()>::SCHEMA),
)];

/// A `Loader` with other methods, none of which is to run.
struct Other(&'static [Method]);

impl Service for Other {
    fn methods(&self) -> &'static [Method] {
        self.0
    }

    fn dispatch(&mut self, index: usize, _: &mut Call<'_>) -> Result<(), DecodeError> {
        panic!("method {index} runs, though it is not the one that was called");
    }
}

type Log = Rc<RefCell<Vec<String>>>;

fn loader(log: &Log) -> LoaderService<Recorder> {
    LoaderService(Recorder { log: log.clone(), mods: 1 })
}

/// A folder of this name is never scanned to its end.
const DROP: &str = "/drop";

/// Keeps what it is asked, and has some mods, all called "a".
#[derive(Default)]
struct Recorder {
    log: Log,
    mods: usize,
}

impl Recorder {
    fn record(&self, call: String) {
        self.log.borrow_mut().push(call);
    }
}

fn the_mod() -> Mod {
    Mod { id: "a".into(), enabled: true }
}

impl Loader for Recorder {
    fn mods(&mut self) -> Vec<Mod> {
        self.record("mods()".into());
        vec![the_mod(); self.mods]
    }

    fn enable(&mut self, id: &str) -> Result<Mod, LoadError> {
        self.record(format!("enable({id:?})"));
        if id == "a" { Ok(the_mod()) } else { Err(LoadError::NotFound) }
    }

    fn disable(&mut self, id: &str) {
        self.record(format!("disable({id:?})"));
    }

    fn log(&mut self, line: &str) {
        self.record(format!("log({line:?})"));
    }

    fn scan(&mut self, path: &str, reply: Reply<Vec<Mod>>) {
        self.record(format!("scan({path:?})"));
        if path != DROP {
            reply.send(&Vec::new());
        }
    }
}
