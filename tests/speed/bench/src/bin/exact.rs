//! What can be counted and not only timed. `exact WHAT` prints figures; the runner holds them
//! against their budgets.
//!
//! * `heap`: allocations of a call on both sides, when it is not the first;
//! * `idle`: bytes that a server holds for a connection on which nothing goes on;
//! * `path N`: makes N calls between two sessions in memory, within [`counted`] alone.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::env;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bench::ours::{self, BenchClient, BenchService, Here};
use ipc_core::error::{Problem, Reason};
use ipc_core::frame::Head;
use ipc_core::method::Method;
use ipc_core::keeper::gave_up;
use ipc_core::service::{self, Caller, Host, Service};
use ipc_core::session::{Answer, Limits, Session};
use ipc_runtime::{Server, Writer};

/// Hands everything on to the system's allocator.
struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

/// Of all threads.
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Bytes. Without a destructor: to reach it allocates nothing.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// Calls that are counted, after some that fill buffers and caches.
const CALLS: usize = 1000;
/// Connections that nothing is said on.
const IDLE: usize = 1000;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    driver::many_descriptors();
    match words[..] {
        ["heap"] => heap(),
        ["idle"] => idle(),
        ["path", calls] => path(calls.parse().expect("a number")),
        _ => panic!("heap | idle | path N"),
    }
}

/// A server on a thread of its own, its endpoint, and after each `poll` what the thread holds.
fn serve(held: &'static AtomicUsize) -> String {
    let (sender, endpoint) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut server = Server::unpublished().expect("a free port");
        server.set_limits(ours::limits());
        server.add(BenchService(Here)).expect("a name that is free");
        sender.send(server.endpoint().expect("it has a key")).expect("somebody waits");
        loop {
            server.poll(None).expect("the system can wait");
            held.store(HELD.get(), Ordering::Release);
        }
    });
    endpoint.recv().expect("a server")
}

fn heap() {
    static HELD: AtomicUsize = AtomicUsize::new(0);
    let endpoint = serve(&HELD);
    let mut connection = ipc_runtime::Connection::open_endpoint(&endpoint).expect("a server");
    let mut bench = BenchClient::new(&mut connection);
    let mut call = || {
        assert_eq!(bench.len("sonic.hd"), Ok(8));
        assert_eq!(bench.add(2, 40), Ok(42));
    };
    (0..CALLS).for_each(|_| call());
    let before = ALLOCATIONS.load(Ordering::Acquire);
    (0..CALLS).for_each(|_| call());
    println!("call {}", ALLOCATIONS.load(Ordering::Acquire) - before);

    let mut side = ours::connect("ours", &endpoint);
    side.batch(64);
    side.batch(64);
    let before = ALLOCATIONS.load(Ordering::Acquire);
    side.batch(64);
    println!("batch {}", ALLOCATIONS.load(Ordering::Acquire) - before);
}

fn idle() {
    static HELD: AtomicUsize = AtomicUsize::new(0);
    let endpoint = serve(&HELD);
    let connect = |_| {
        let mut side = ours::connect("ours", &endpoint);
        side.add();
        side
    };
    // What is there once for all connections.
    let mut sides: Vec<_> = (0..16).map(connect).collect();
    // The last answer was sent before the loop came round.
    let pause = || thread::sleep(Duration::from_millis(100));
    pause();
    let before = HELD.load(Ordering::Acquire);
    sides.extend((0..IDLE).map(connect));
    pause();
    println!("idle {}", (HELD.load(Ordering::Acquire) - before) / IDLE);
}

/// Both sides of a connection, and no socket between them.
struct Memory {
    client: Session,
    server: Session,
    service: BenchService<Here>,
}

impl Memory {
    fn new() -> Memory {
        let session = || Session::new(Limits::DEFAULT);
        Memory { client: session(), server: session(), service: BenchService(Here) }
    }
}

fn carry(from: &mut Session, to: &mut Session) {
    let bytes = from.unsent();
    let n = bytes.len();
    to.receive(bytes);
    from.sent(n);
}

impl Caller for Memory {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        self.client.begin_call(method, 10_000)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        let call = self.client.end_call()?;
        carry(&mut self.client, &mut self.server);
        while let Ok(Some(frame)) = self.server.next() {
            if let Head::Call(head) = frame.head {
                let run: service::Run = |service, index, call| Some(service.dispatch(index, call));
                let service: Result<&mut dyn Service, Reason> = Ok(&mut self.service);
                let host = Host { service, run, line: None };
                service::serve(&mut self.server, host, &head, frame.payload);
            }
        }
        carry(&mut self.server, &mut self.client);
        match self.client.next() {
            Ok(Some(frame)) => self.client.answer(call, frame),
            _ => Err(gave_up(call, Reason::Dropped)),
        }
    }

    fn post(&mut self) -> Result<(), Problem> {
        self.client.end_call().map(drop)
    }
}

fn path(calls: usize) {
    let mut memory = Memory::new();
    assert_eq!(BenchClient::new(&mut memory).add(2, 40), Ok(42));
    for _ in 0..calls {
        counted(&mut memory);
    }
}

/// Callgrind counts what is done in here.
#[inline(never)]
fn counted(memory: &mut Memory) {
    let sum = BenchClient::new(black_box(memory)).add(black_box(2), black_box(40));
    assert_eq!(black_box(sum), Ok(42));
}

fn count(grown: usize, shrunk: usize) {
    ALLOCATIONS.fetch_add(usize::from(grown > 0), Ordering::Relaxed);
    HELD.set(HELD.get().wrapping_add(grown).wrapping_sub(shrunk));
}

// SAFETY: every call goes to the system's allocator as it came; the counting does not allocate.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's own promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's own promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: the caller's own promise.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller's own promise.
        unsafe { System.dealloc(at, layout) }
    }
}
