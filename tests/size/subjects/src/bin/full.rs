//! Every kind of call: plain, with an error of its own, one-way, started and collected later, answered
//! later by another thread, and events, to the caller and to all who want them; two services on one
//! port, and derived types in all of them.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::Builder;

use ipc_runtime::{
    CallError, Connection, Decode, Encode, Error, Peer, PeerHandle, Reply, Server, Slow,
    Subscribers, service,
};

const NAME: &str = "size";
const STACK: usize = 64 * 1024;

#[derive(Clone, PartialEq, Encode, Decode)]
struct Mod {
    id: String,
    needs: Vec<String>,
    place: Option<u32>,
}

#[derive(PartialEq, Encode, Decode)]
enum Refused {
    NotFound,
    Needs { id: String },
}

#[service]
trait Loader {
    fn mods(&mut self) -> Vec<Mod>;
    fn enable(&mut self, id: &str, #[ipc(peer)] peer: &mut Peer<'_>) -> Result<Mod, Refused>;
    #[ipc(oneway)]
    fn log(&mut self, line: &str);
    fn logged(&mut self) -> u32;
    fn watch(&mut self, #[ipc(peer)] peer: PeerHandle);
    #[ipc(deferred)]
    fn scan(&mut self, path: &str, reply: Reply<Vec<Mod>>);
}

/// What the server tells the client.
#[service]
trait Events {
    #[ipc(oneway)]
    fn enabled(&mut self, place: u32);
}

/// A second service on the port.
#[service]
trait Clock {
    fn now(&mut self) -> u64;
}

struct Here {
    mods: Vec<Mod>,
    logged: u32,
    watchers: Subscribers,
}

impl Loader for Here {
    fn mods(&mut self) -> Vec<Mod> {
        self.mods.clone()
    }

    fn enable(&mut self, id: &str, peer: &mut Peer<'_>) -> Result<Mod, Refused> {
        let found = self.mods.iter_mut().find(|found| found.id == id).ok_or(Refused::NotFound)?;
        if let Some(id) = found.needs.first() {
            return Err(Refused::Needs { id: id.clone() });
        }
        found.place = Some(1);
        // A client that offers no `Events` does not want them.
        let _ = EventsClient::new(peer).enabled(1);
        Ok(found.clone())
    }

    fn log(&mut self, line: &str) {
        self.logged += u32::from(!line.is_empty());
    }

    fn logged(&mut self) -> u32 {
        // Nobody watches yet, or somebody does not any more.
        let _ = EventsClient::new(&mut self.watchers).enabled(self.logged);
        self.logged
    }

    fn watch(&mut self, peer: PeerHandle) {
        self.watchers.add(&peer);
    }

    fn scan(&mut self, path: &str, reply: Reply<Vec<Mod>>) {
        let found = vec![Mod { id: path.to_owned(), needs: Vec::new(), place: None }];
        // The server goes on serving meanwhile. A thread that cannot be had drops the reply, and
        // the caller is told so.
        let _ = start(Box::new(move || reply.send(&found)));
    }
}

struct Ticks;

impl Clock for Ticks {
    fn now(&mut self) -> u64 {
        7
    }
}

/// The place that the client's `Events` were told of.
static TOLD: AtomicU32 = AtomicU32::new(0);
struct Told;

impl Events for Told {
    fn enabled(&mut self, place: u32) {
        TOLD.store(place, Ordering::Relaxed);
    }
}

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    start(Box::new(|| {
        let _ = serve();
    }))?;
    let mut connection = Connection::open(NAME).ok()?;
    connection.add(EventsService(Told)).ok()?;
    if ClockClient::new(&mut connection).now().ok()? != 7 {
        return None;
    }
    let mut calls = LoaderCalls::new(&mut connection);
    let (watch, mods) = (calls.watch().ok()?, calls.mods().ok()?);
    if mods.wait(&mut connection).ok()?.len() != 2 || watch.wait(&mut connection).is_err() {
        return None;
    }
    let mut loader = LoaderClient::new(&mut connection);
    loader.log("started").ok()?;
    let needs = loader.enable("hd").err()?;
    let unknown = loader.enable("nothing").err()?;
    Some(
        loader.enable("base").ok()?.place == Some(1)
            && TOLD.load(Ordering::Relaxed) == 1
            && matches!(needs, CallError::Failed(Refused::Needs { id }) if id == "base")
            && matches!(unknown, CallError::Failed(Refused::NotFound))
            && loader.logged().ok()? == 1
            && loader.mods().ok()?.len() == 2
            && loader.scan("here").ok()?.first()?.id == "here",
    )
}

fn serve() -> Result<(), Error> {
    let mut server = Server::publish(NAME)?;
    let base = Mod { id: String::from("base"), needs: Vec::new(), place: None };
    let hd = Mod { id: String::from("hd"), needs: vec![String::from("base")], place: None };
    server.add(LoaderService(Here {
        mods: vec![base, hd],
        logged: 0,
        watchers: Subscribers::new(Slow::Newest),
    }))?;
    server.add(ClockService(Ticks))?;
    server.run()
}

/// One kind of thread for all that run beside.
fn start(what: Box<dyn FnOnce() + Send>) -> Option<()> {
    Builder::new().stack_size(STACK).spawn(what).ok().map(drop)
}
