//! A server asks its caller back before it answers: `cargo run --example callbacks`.

use std::error::Error;
use std::time::Duration;

use ipc_runtime::{Connection, Peer, Reply, Server, service};

/// What the server offers.
#[service]
pub trait Installer {
    /// Installs a mod. The server's loop must not wait for what it asks the caller, so the
    /// reply is given later.
    #[ipc(deferred)]
    fn install(
        &mut self,
        id: &str,
        #[ipc(peer)] peer: &mut Peer<'_>,
        reply: Reply<Result<u32, String>>,
    );
}

/// What the server asks its callers.
#[service]
pub trait User {
    /// Whether to go on.
    fn confirm(&mut self, question: &str) -> bool;
}

struct Setup;

impl Installer for Setup {
    fn install(&mut self, id: &str, peer: &mut Peer<'_>, reply: Reply<Result<u32, String>>) {
        let question = format!("{id} replaces 3 files; go on?");
        match UserCalls::new(peer).confirm(&question) {
            // When the answer comes, on the server's thread.
            Ok(pending) => pending.then(peer, move |answer| match answer {
                Ok(true) => reply.send(&Ok(3)),
                Ok(false) => reply.send(&Err("the user would not".to_owned())),
                Err(error) => reply.send(&Err(error.to_string())),
            }),
            Err(error) => reply.send(&Err(error.to_string())),
        }
    }
}

struct Console;

impl User for Console {
    fn confirm(&mut self, question: &str) -> bool {
        let yes = !question.starts_with("broken");
        println!("  asked: {question:?}, answered: {yes}");
        yes
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // A name of its own, so that two of these can run at once.
    let name = format!("callbacks-{}", std::process::id());
    let published = name.clone();
    let server = std::thread::spawn(move || -> Result<(), ipc_runtime::Error> {
        let mut server = Server::publish(&published)?;
        server.add(InstallerService(Setup))?;
        server.run_until_alone(Duration::from_secs(1))
    });

    let mut connection = Connection::open(&name)?;
    // Served on this thread, while it waits in `install`.
    connection.add(UserService(Console))?;
    for id in ["sonic.hd", "broken.mod"] {
        println!("install({id:?})");
        match InstallerClient::new(&mut connection).install(id) {
            Ok(files) => println!("  installed, {files} files"),
            Err(error) => println!("  not installed: {error:?}"),
        }
    }

    drop(connection);
    Ok(server.join().map_err(|_| "the server panicked")??)
}
