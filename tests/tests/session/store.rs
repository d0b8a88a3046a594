//! A service written by hand: what a macro would write, and what it would not.

use std::cell::RefCell;
use std::rc::Rc;

use ipc_core::codec::{Decode, Encode};
use ipc_core::error::{DecodeError, Reason};
use ipc_core::later::Reply;
use ipc_core::method::Method;
use ipc_core::schema::Schema;
use ipc_core::service::{Call, Caller, Service};

const NONE: Schema = <()>::SCHEMA;

const fn takes(arguments: &[Schema]) -> Schema {
    let mut signature = Schema::signature();
    let mut rest = arguments;
    while let [first, others @ ..] = rest {
        signature = signature.argument(*first);
        rest = others;
    }
    signature
}

/// Adds two numbers.
pub static ADD: Method = Method::new(
    "Store",
    "add",
    "Store.add",
    takes(&[u32::SCHEMA, u32::SCHEMA]).returns(u32::SCHEMA),
);
/// Returns a text of so many bytes.
pub static TEXT: Method =
    Method::new("Store", "text", "Store.text", takes(&[u32::SCHEMA]).returns(str::SCHEMA));
/// Fails if it is told to.
pub static FAIL: Method = Method::new(
    "Store",
    "fail",
    "Store.fail",
    takes(&[bool::SCHEMA]).returns(<Result<u8, String>>::SCHEMA),
);
/// Panics, the reply half written if it is told to.
pub static PANIC: Method =
    Method::new("Store", "panic", "Store.panic", takes(&[bool::SCHEMA]).returns(NONE));
/// Does not answer.
pub static SILENT: Method =
    Method::new("Store", "silent", "Store.silent", takes(&[]).returns(NONE));
/// Writes a reply, then finds fault with the arguments.
pub static REGRET: Method =
    Method::new("Store", "regret", "Store.regret", takes(&[]).returns(NONE));
/// Writes one reply, then another.
pub static TWICE: Method =
    Method::new("Store", "twice", "Store.twice", takes(&[]).returns(u32::SCHEMA));
/// Is answered when the test says so.
pub static LATER: Method =
    Method::new("Store", "later", "Store.later", takes(&[u32::SCHEMA]).returns(str::SCHEMA));
/// Defers its answer, and panics.
pub static LATER_PANIC: Method =
    Method::new("Store", "later_panic", "Store.later_panic", takes(&[]).returns(str::SCHEMA));
/// Takes a note.
pub static NOTE: Method =
    Method::new("Store", "note", "Store.note", takes(&[str::SCHEMA]).oneway()).oneway();
/// Rings the caller's bell so many times before it returns.
pub static RING: Method =
    Method::new("Store", "ring", "Store.ring", takes(&[u8::SCHEMA]).returns(NONE));
/// Asks the caller, who cannot be waited for, and returns the reason of that.
pub static ASK: Method = Method::new("Store", "ask", "Store.ask", takes(&[]).returns(u8::SCHEMA));
/// Begins to ring the caller's bell and leaves it at that.
pub static HALF: Method = Method::new("Store", "half", "Store.half", takes(&[]).returns(NONE));

/// Rings: the one method of the service that clients offer.
pub static BELL: Method =
    Method::new("Bell", "ring", "Bell.ring", takes(&[u8::SCHEMA]).oneway()).oneway();
/// What a peer is asked in vain.
pub static BELL_STATE: Method =
    Method::new("Bell", "state", "Bell.state", takes(&[]).returns(u8::SCHEMA));

/// What a service did, in order.
pub type Log = Rc<RefCell<Vec<String>>>;

/// The service. Its methods do what those above say.
pub struct Store {
    methods: Vec<&'static Method>,
    pub log: Log,
    /// Deferred replies, with what was asked for.
    pub shelf: Rc<RefCell<Vec<(u32, Reply<String>)>>>,
}

impl Store {
    pub fn new(log: &Log) -> Store {
        Store { methods: table().iter().collect(), log: log.clone(), shelf: Rc::default() }
    }

    fn log(&self, what: String) {
        self.log.borrow_mut().push(what);
    }
}

/// All methods, in one table.
fn table() -> &'static [Method] {
    static TABLE: std::sync::OnceLock<Vec<Method>> = std::sync::OnceLock::new();
    let all = [
        &ADD,
        &TEXT,
        &FAIL,
        &PANIC,
        &SILENT,
        &REGRET,
        &TWICE,
        &LATER,
        &LATER_PANIC,
        &NOTE,
        &RING,
        &ASK,
        &HALF,
    ];
    let copy = |method: &Method| Method { ..*method };
    TABLE.get_or_init(|| all.into_iter().map(copy).collect())
}

impl Service for Store {
    fn methods(&self) -> &'static [Method] {
        table()
    }

    fn dispatch(&mut self, index: usize, call: &mut Call<'_>) -> Result<(), DecodeError> {
        let method = *self.methods.get(index).ok_or(DecodeError::Invalid)?;
        match method.name {
            "Store.add" => {
                let (a, b) = (u32::decode(call.args())?, u32::decode(call.args())?);
                call.end()?;
                self.log(format!("add({a}, {b})"));
                a.wrapping_add(b).encode(call.reply());
            }
            "Store.text" => {
                let len = u32::decode(call.args())?;
                call.end()?;
                self.log(format!("text({len})"));
                "x".repeat(len as usize).encode(call.reply());
            }
            "Store.fail" => {
                let fail = bool::decode(call.args())?;
                call.end()?;
                self.log(format!("fail({fail})"));
                let outcome = if fail { Err("as told") } else { Ok(7_u8) };
                outcome.encode(call.reply());
            }
            "Store.panic" => {
                if bool::decode(call.args())? {
                    call.reply().put_bytes(b"half of what was to be said");
                }
                self.log("panic".into());
                panic!("as told");
            }
            "Store.silent" => self.log("silent".into()),
            "Store.regret" => {
                call.reply().put_bytes(b"all is well");
                return Err(DecodeError::Invalid);
            }
            "Store.twice" => {
                1_u32.encode(call.reply());
                2_u32.encode(call.reply());
            }
            "Store.later" => {
                let what = u32::decode(call.args())?;
                call.end()?;
                self.log(format!("later({what})"));
                self.shelf.borrow_mut().push((what, call.defer()));
            }
            "Store.later_panic" => {
                let _reply: Reply<String> = call.defer();
                panic!("as told");
            }
            "Store.note" => {
                let note = <&str>::decode(call.args())?.to_owned();
                call.end()?;
                self.log(format!("note({note:?})"));
                // What is written is dropped: nobody waits for it.
                1_u32.encode(call.reply());
            }
            "Store.ring" => {
                for ring in 0..u8::decode(call.args())? {
                    let mut peer = call.peer();
                    ring.encode(peer.begin(&BELL));
                    let rung = peer.post().map_err(|problem| problem.reason);
                    assert_eq!(rung, Ok(()), "ring {ring}");
                }
                call.reply();
            }
            "Store.ask" => {
                let mut peer = call.peer();
                peer.begin(&BELL_STATE).put_bytes(b"arguments");
                let reason =
                    peer.finish().map_or_else(|problem| problem.reason, |_| Reason::Unknown);
                (reason as u8).encode(call.reply());
            }
            "Store.half" => {
                call.peer().begin(&BELL).put_bytes(b"ding, but no dong");
                call.reply();
            }
            other => panic!("{other} has no code"),
        }
        Ok(())
    }
}

/// What a client offers to those that it calls.
pub struct Bell {
    pub log: Log,
}

impl Service for Bell {
    fn methods(&self) -> &'static [Method] {
        std::slice::from_ref(&BELL)
    }

    fn dispatch(&mut self, _: usize, call: &mut Call<'_>) -> Result<(), DecodeError> {
        let ring = u8::decode(call.args())?;
        call.end()?;
        self.log.borrow_mut().push(format!("ring {ring}"));
        Ok(())
    }
}
