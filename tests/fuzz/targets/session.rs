//! Whatever comes in, in whatever pieces: nothing panics, what goes out is whole frames that answer
//! calls, and the pieces make no difference.
//!
//! The first byte says how the others are cut.
#![no_main]

use std::sync::{Arc, LazyLock, Mutex};

use ipc_core::codec::{Budget, Decode, Encode, Reader};
use ipc_core::deframe::READ_STEP;
use ipc_core::error::{DecodeError, ProtocolError, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::later::{Address, Letter, Outbox};
use ipc_core::method::{Method, Probe};
use ipc_core::service::{Call, Caller, Host, Service, serve};
use ipc_core::session::{Limits, Session, Started};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { frame: 512, budget: Budget { heap: 8192, depth: 8 } };

/// Names that a fuzzer finds: hashes would be too rare.
const fn method(id: u32, oneway: bool) -> Method {
    let (name, probe) = ("Fuzz.method", Probe::Empty);
    Method { name, service: 1, id, signature: 2, oneway, idempotent: false, probe }
}

static METHODS: [Method; 5] =
    [method(0, false), method(1, false), method(2, false), method(3, true), method(4, false)];

/// The methods, by index: sum up numbers, repeat a text, defer and answer, note, call the peer.
#[derive(Default)]
struct Fuzzed {
    ran: Vec<String>,
}

impl Service for Fuzzed {
    fn methods(&self) -> &'static [Method] {
        &METHODS
    }

    fn dispatch(&mut self, index: usize, call: &mut Call<'_>) -> Result<(), DecodeError> {
        match index {
            0 => {
                let numbers = Vec::<u16>::decode(call.args())?;
                call.end()?;
                self.ran.push(format!("{numbers:?}"));
                numbers.iter().map(|number| u64::from(*number)).sum::<u64>().encode(call.reply());
            }
            1 => {
                let (text, times) = <(&str, u8)>::decode(call.args())?;
                let text = text.repeat(times.into());
                call.end()?;
                self.ran.push(text.clone());
                text.encode(call.reply());
            }
            2 => {
                let give = bool::decode(call.args())?;
                call.end()?;
                self.ran.push(format!("{give}"));
                let reply = call.defer::<u8>();
                if give {
                    reply.send(&7);
                }
            }
            3 => self.ran.push(String::decode(call.args())?),
            _ => {
                let rings = u8::decode(call.args())?;
                // Fewer than the most that a handler may call its peer with before it returns.
                for ring in 0..rings % 64 {
                    let mut peer = call.peer();
                    ring.encode(peer.begin(&METHODS[3]));
                    if ring % 3 != 0 {
                        let _ = peer.post();
                    }
                }
                if rings % 2 == 0 {
                    call.reply();
                }
            }
        }
        Ok(())
    }
}

#[derive(Default)]
struct Posted(Mutex<Vec<Vec<u8>>>);

impl Outbox for Posted {
    fn open(&self, _: u64, _: u32) {}

    fn is_open(&self, _: u64, _: u32) -> bool {
        true
    }

    fn post(&self, _: u64, _: u32, letter: &Letter) -> bool {
        self.0.lock().unwrap().push(letter.frame.to_vec());
        true
    }
}

/// What came of some input.
#[derive(Debug, PartialEq)]
struct Outcome {
    ran: Vec<String>,
    written: Vec<u8>,
    /// Ids of calls that are to be answered.
    asked: Vec<u32>,
    ended: Option<ProtocolError>,
}

fuzz_target!(|data: &[u8]| {
    let Some((cut, bytes)) = data.split_first() else { return };
    let whole = run(&[], bytes, bytes.len().max(1), usize::MAX);
    let (read, write) = (usize::from(cut & 0x0f) + 1, usize::from(cut >> 4) + 1);
    let pieces = run(&CANCELS, bytes, read, write);
    assert_eq!(pieces, whole, "{read} bytes at a time");
    check_frames(&whole);
});

/// More cancels than half of a buffer holds, so that what is received with them lies behind it and
/// is moved to the front while it is incomplete.
static CANCELS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut frame = [0; LIMITS.frame];
    (frame[0], frame[1], frame[4]) = (0xfc, 0x01, 4);
    frame.repeat(READ_STEP / 2 / LIMITS.frame + 1)
});

/// Feeds `bytes`, so many at a time, the first with what goes `before`, and takes what is written
/// so many at a time.
fn run(before: &[u8], bytes: &[u8], read: usize, write: usize) -> Outcome {
    let mut session = Session::new(LIMITS);
    let mut service = Fuzzed::default();
    let posted = Arc::new(Posted::default());
    let mut outcome = Outcome { ran: vec![], written: vec![], asked: vec![], ended: None };
    session.space()[..before.len()].copy_from_slice(before);
    session.filled(before.len());
    for mut piece in bytes.chunks(read) {
        while !piece.is_empty() && outcome.ended.is_none() {
            let space = session.space();
            let n = space.len().min(piece.len());
            space[..n].copy_from_slice(&piece[..n]);
            session.filled(n);
            piece = &piece[n..];
            step(&mut session, &mut service, &posted, &mut outcome);
        }
        let unsent = session.unsent();
        let n = unsent.len().min(write);
        outcome.written.extend_from_slice(&unsent[..n]);
        session.sent(n);
    }
    outcome.written.extend_from_slice(session.unsent());
    outcome.ran = service.ran;
    outcome
}

fn step(session: &mut Session, service: &mut Fuzzed, posted: &Arc<Posted>, outcome: &mut Outcome) {
    let outbox: Arc<dyn Outbox> = posted.clone();
    loop {
        match session.next() {
            Ok(Some(Frame { head: Head::Call(head), payload })) => {
                // As a loop does, which serves nobody who is far behind: how much a handler may
                // call its peer with depends on what is unsent.
                if session.unsent().len() > 1024 {
                    outcome.written.extend_from_slice(session.unsent());
                    session.sent(session.unsent().len());
                }
                if head.id != 0 {
                    outcome.asked.push(head.id);
                }
                let run = |service: &mut dyn Service, index: usize, call: &mut Call<'_>| {
                    Some(service.dispatch(index, call))
                };
                let service: Result<&mut dyn Service, Reason> = match head.service {
                    name if name == METHODS[0].service => Ok(service),
                    _ => Err(Reason::UnknownService),
                };
                let mut line = Address { outbox: outbox.clone(), line: 0 };
                serve(session, Host { service, run, line: Some(&mut line) }, &head, payload);
                for frame in posted.0.lock().unwrap().drain(..) {
                    session.append(&frame);
                }
            }
            Ok(Some(frame @ Frame { head: Head::Reply(id) | Head::Fault(id), .. })) => {
                // Whether anybody waits is for the driver to know; to read it is safe in any case.
                match session.answer(Started { method: &METHODS[0], id }, frame) {
                    Ok(mut answer) => drop(Vec::<String>::decode(&mut answer.value)),
                    Err(problem) => drop(problem.to_string()),
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => return,
            Err(error) => return outcome.ended = Some(error),
        }
    }
}

/// Checks that what was written is whole frames: each call is answered once, and nothing else is,
/// beside calls that are one-way.
fn check_frames(outcome: &Outcome) {
    let mut answered = Vec::new();
    let mut rest = outcome.written.as_slice();
    while let Some((len, tail)) = rest.split_first_chunk::<4>() {
        let len = u32::from_le_bytes(*len) as usize;
        assert!((5..=LIMITS.frame - 4).contains(&len), "a frame of {len} bytes");
        let (body, tail) = tail.split_at(len);
        let mut r = Reader::new(body, Budget::DEFAULT);
        let (kind, id) = <(u8, u32)>::decode(&mut r).expect("a frame has a head");
        match kind {
            1 => assert_eq!(id, 0, "only one-way calls are made"),
            2 | 3 => answered.push(id),
            _ => panic!("a frame of kind {kind}"),
        }
        rest = tail;
    }
    assert_eq!(rest, [0_u8; 0], "half a frame");
    assert_eq!(answered, outcome.asked, "what is answered and what was asked");
}
