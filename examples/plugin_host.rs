//! A host starts its plug-ins and calls them: `cargo run --example plugin_host`.
//!
//! The program starts itself again as each plug-in, and hands it the endpoint in an environment
//! variable. Calls go both ways on the one connection. A plug-in that dies in the middle of a call
//! costs that call, and is started again.

use std::error::Error;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use ipc_runtime::{CallError, Connection, Peer, ThreadedServer, service};

const VARIABLE: &str = "PLUGIN_HOST_EXAMPLE";

/// Offered by each plug-in.
#[service]
trait Plugin {
    /// Asks the host for the text in the middle of it.
    fn words(&mut self, document: &str, #[ipc(peer)] host: &mut Peer<'_>) -> Result<u32, String>;
    fn shout(&mut self, text: &str) -> String;
    fn crash(&mut self);
}

/// Offered by the host.
#[service]
trait Host {
    fn text(&mut self, document: &str) -> Option<String>;
}

struct Counting;

impl Plugin for Counting {
    fn words(&mut self, document: &str, host: &mut Peer<'_>) -> Result<u32, String> {
        let text = HostClient::new(host).text(document).map_err(|error| error.to_string())?;
        let text = text.ok_or_else(|| format!("there is no {document:?}"))?;
        u32::try_from(text.split_whitespace().count()).map_err(|error| error.to_string())
    }

    fn shout(&mut self, text: &str) -> String {
        text.to_uppercase()
    }

    fn crash(&mut self) {
        std::process::exit(3);
    }
}

struct Documents;

impl Host for Documents {
    fn text(&mut self, document: &str) -> Option<String> {
        (document != "none").then(|| format!("{document} has five words here"))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::var_os(VARIABLE) {
        Some(_) => plug_in(),
        None => host(),
    }
}

fn plug_in() -> Result<(), Box<dyn Error>> {
    let mut host = Connection::open_env(VARIABLE)?;
    host.add(PluginService(Counting))?;
    // Until the host lets go of it, or dies.
    Ok(host.run()?)
}

fn host() -> Result<(), Box<dyn Error>> {
    let mut server = ThreadedServer::unpublished()?;
    let (sender, connected) = mpsc::channel();
    server.on_connect(move |connection| drop(sender.send(connection)));
    let endpoint = server.endpoint().ok_or("it has a key")?;
    let handle = server.handle();
    let serving = thread::spawn(move || server.run());

    let (mut child, mut connection) = start(&endpoint, &connected)?;
    println!("a call, and one back within it:");
    println!("  words(\"readme\") = {}", PluginClient::new(&mut connection).words("readme")?);
    println!("  words(\"none\") fails: {:?}", PluginClient::new(&mut connection).words("none"));

    println!("a hundred calls under way at once:");
    let mut calls = PluginCalls::new(&mut connection);
    let started: Result<Vec<_>, _> = (0..100).map(|n| calls.shout(&format!("n{n}"))).collect();
    let mut last = String::new();
    for call in started? {
        last = call.wait(&mut connection)?;
    }
    println!("  the last of them: {last}");

    println!("a plug-in that dies:");
    match PluginClient::new(&mut connection).crash() {
        Err(CallError::MayHaveRun(problem)) => println!("  {problem}"),
        other => return Err(format!("unexpected: {other:?}").into()),
    }
    println!("  its process: {}", child.wait()?);
    (child, connection) = start(&endpoint, &connected)?;
    println!("  once more: {}", PluginClient::new(&mut connection).words("readme")?);

    drop(connection);
    println!("let go of: {}", child.wait()?);
    handle.stop();
    serving.join().map_err(|_| "the server panicked")??;
    Ok(())
}

/// Starts a plug-in, and takes its connection.
fn start(
    endpoint: &str,
    connected: &Receiver<Connection>,
) -> Result<(Child, Connection), Box<dyn Error>> {
    let mut child = Command::new(std::env::current_exe()?).env(VARIABLE, endpoint).spawn()?;
    match connected.recv_timeout(Duration::from_secs(10)) {
        Ok(mut connection) => {
            connection.add(HostService(Documents))?;
            Ok((child, connection))
        }
        Err(_) => {
            child.kill()?;
            Err(format!("it did not connect: {}", child.wait()?).into())
        }
    }
}
