//! The two ends of a connection in memory, driven as a runtime drives them.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use ipc_core::codec::{Decode, Writer};
use ipc_core::error::{CallError, DecodeError, Problem, ProtocolError, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::later::{Address, Letter, Outbox};
use ipc_core::method::Method;
use ipc_core::returned::returned;
use ipc_core::service::{Call, Caller, Host, Line, Service, serve};
use ipc_core::session::{Answer, Limits, Session, Started};

use crate::store::{Bell, Log, Store};

/// One end.
pub struct End {
    pub session: Session,
    pub services: Services,
    /// What deferred replies are given to.
    pub outbox: Option<Arc<dyn Outbox>>,
    /// Calls of this end that wait for their answers.
    pub waiting: Vec<Started>,
    /// What the services did, and which answers came, in order.
    pub log: Log,
    /// Why the connection is over.
    pub ended: Option<ProtocolError>,
}

/// What an end offers.
pub struct Services(pub Vec<Box<dyn Service>>);

impl Services {
    fn find(&mut self, service: u32) -> Result<&mut dyn Service, Reason> {
        match self.0.iter_mut().find(|found| found.methods()[0].service == service) {
            Some(found) => Ok(&mut **found),
            None => Err(Reason::UnknownService),
        }
    }
}

impl End {
    pub fn new(limits: Limits) -> End {
        End {
            session: Session::new(limits),
            services: Services(Vec::new()),
            outbox: None,
            waiting: Vec::new(),
            log: Log::default(),
            ended: None,
        }
    }

    /// One that offers a [`Store`].
    pub fn server(limits: Limits) -> End {
        let mut end = End::new(limits);
        end.services.0.push(Box::new(Store::new(&end.log)));
        end
    }

    /// One that offers a [`Bell`].
    pub fn client(limits: Limits) -> End {
        let mut end = End::new(limits);
        end.services.0.push(Box::new(Bell { log: end.log.clone() }));
        end
    }

    /// Sends a call and waits for its answer only in [`End::receive`].
    pub fn start(&mut self, method: &'static Method, write: impl FnOnce(&mut Writer)) -> Started {
        write(self.session.begin_call(method, 0));
        match self.session.end_call() {
            Ok(started) => {
                self.waiting.push(started);
                started
            }
            Err(problem) => panic!("{problem}"),
        }
    }

    /// Receives bytes, and does what they ask for as soon as they do.
    pub fn receive(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.ended.is_none() {
            let space = self.session.space();
            assert!(!space.is_empty(), "there is always room for a read");
            let n = space.len().min(bytes.len());
            space[..n].copy_from_slice(&bytes[..n]);
            self.session.filled(n);
            bytes = &bytes[n..];
            self.step();
        }
    }

    fn step(&mut self) {
        loop {
            match self.session.next() {
                Ok(Some(Frame { head: Head::Call(head), payload })) => {
                    let outbox = self.outbox.clone();
                    let mut line = outbox.map(|outbox| Address { outbox, line: 3 });
                    let line = line.as_mut().map(|line| line as &mut dyn Line);
                    let service = self.services.find(head.service);
                    serve(&mut self.session, Host { service, run, line }, &head, payload);
                }
                Ok(Some(frame @ Frame { head: Head::Reply(id) | Head::Fault(id), .. })) => {
                    self.answered(id, frame);
                }
                Ok(Some(Frame { head: Head::Cancel(id), .. })) => self.note(format!("cancel {id}")),
                Ok(None) => return,
                Err(error) => return self.ended = Some(error),
            }
        }
    }

    /// Takes an answer, unless nobody waits for it.
    fn answered(&mut self, id: u32, frame: Frame) {
        let Some(at) = self.waiting.iter().position(|started| started.id == id) else { return };
        let started = self.waiting.remove(at);
        let text = match self.session.answer(started, frame) {
            Ok(mut answer) => {
                let mut bytes = Vec::new();
                while let Ok(byte) = u8::decode(&mut answer.value) {
                    bytes.push(byte);
                }
                format!("{} {id}: {bytes:?}", started.method.name)
            }
            Err(problem) => format!("{} {id}: {:?}", started.method.name, problem.reason),
        };
        self.note(text);
    }

    fn note(&self, what: String) {
        self.log.borrow_mut().push(what);
    }

    /// All that is to be written, as if it had been.
    pub fn take_unsent(&mut self) -> Vec<u8> {
        let bytes = self.session.unsent().to_vec();
        self.session.sent(bytes.len());
        bytes
    }

    /// What has happened so far.
    pub fn story(&self) -> Vec<String> {
        self.log.borrow().clone()
    }
}

/// Catches panics, as a runtime does that can.
fn run(
    service: &mut dyn Service,
    index: usize,
    call: &mut Call<'_>,
) -> Option<Result<(), DecodeError>> {
    catch_unwind(AssertUnwindSafe(|| service.dispatch(index, call))).ok()
}

/// Two ends; calls on it are made by one and served by the other.
pub struct Pair {
    pub client: End,
    pub server: End,
}

impl Pair {
    pub fn new(limits: Limits) -> Pair {
        Pair { client: End::client(limits), server: End::server(limits) }
    }

    /// Carries what is unsent to the other end, until nothing is.
    fn carry(&mut self) {
        loop {
            let (there, back) = (self.client.take_unsent(), self.server.take_unsent());
            if there.is_empty() && back.is_empty() {
                return;
            }
            self.server.receive(&there);
            self.client.receive(&back);
        }
    }

    /// Calls `method` with what `write` writes, and decodes the answer.
    pub fn call<T: for<'de> Decode<'de>>(
        &mut self,
        method: &'static Method,
        write: impl FnOnce(&mut Writer),
    ) -> Result<T, CallError> {
        write(self.begin(method));
        returned(self.finish())
    }
}

impl Caller for Pair {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        self.client.session.begin_call(method, 0)
    }

    /// Finds the answer in what comes back, as a connection does: by its id.
    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        let started = self.client.session.end_call()?;
        let there = self.client.take_unsent();
        self.server.receive(&there);
        let back = self.server.take_unsent();
        let session = &mut self.client.session;
        session.space()[..back.len()].copy_from_slice(&back);
        session.filled(back.len());
        while let Ok(Some(frame)) = session.next() {
            if matches!(frame.head, Head::Reply(id) | Head::Fault(id) if id == started.id) {
                return self.client.session.answer(started, frame);
            }
        }
        let (method, reason) = (started.method, Reason::Deadline);
        Err(Problem { method, reason, detail: None, may_have_run: true })
    }

    fn post(&mut self) -> Result<(), Problem> {
        self.client.session.end_call()?;
        self.carry();
        Ok(())
    }
}

/// Frames that are given later, and the connections that they are for.
#[derive(Default)]
pub struct Posted(Mutex<Vec<(u64, Vec<u8>)>>);

impl Posted {
    /// What has been given since the last time.
    pub fn take(&self) -> Vec<(u64, Vec<u8>)> {
        self.0.lock().map(|mut frames| mem::take(&mut *frames)).unwrap_or_default()
    }
}

impl Outbox for Posted {
    fn open(&self, _: u64, _: u32) {}

    fn is_open(&self, _: u64, _: u32) -> bool {
        true
    }

    fn post(&self, line: u64, _: u32, letter: &Letter) -> bool {
        if let Ok(mut frames) = self.0.lock() {
            frames.push((line, letter.frame.to_vec()));
        }
        true
    }
}
