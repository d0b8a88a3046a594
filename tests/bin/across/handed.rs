//! An endpoint that is handed to a child: there is no file, and no name.

use std::process::Command;
use std::time::{Duration, Instant};

use ipc_runtime::{Connection, EndpointError, Error, Server};
use tests::desk::{Clerk, DeskService, Shelf};
use tests::loader::LoaderService;

use super::talk;

/// What the two of them agree on.
const VARIABLE: &str = "ACROSS_ENDPOINT";

/// Starts a child, of whatever kind `command` is, and serves it until it has come and gone.
#[expect(clippy::zombie_processes, reason = "under Wine a native child cannot be waited for")]
pub fn launch(command: &[&str]) {
    let mut server = Server::unpublished().expect("a port");
    server.add(DeskService(Clerk::new())).expect("it is the first");
    server.add(LoaderService(Shelf::default())).expect("it has another name");
    let endpoint = server.endpoint().expect("it has a key");
    let (program, arguments) = command.split_first().expect("a program");
    let child = Command::new(program).args(arguments).env(VARIABLE, &endpoint).spawn();
    child.unwrap_or_else(|error| panic!("{program}: {error}"));
    let start = Instant::now();
    let mut came = false;
    while !(came && server.clients() == 0) {
        assert!(start.elapsed() < Duration::from_secs(30), "came: {came}");
        server.poll(Some(Duration::from_millis(10))).expect("the loop goes on");
        came |= server.clients() > 0;
    }
}

/// The child. It has said that all went well when it goes.
pub fn child() {
    let unset = Connection::open_env("ACROSS_NOTHING").err();
    assert_eq!(unset, Some(Error::Endpoint(EndpointError::Malformed)));
    let mut connection = Connection::open_env(VARIABLE).expect("it is handed over");
    talk::calls(&mut connection);
    talk::errors(&mut connection);
    super::say("the child has called");
}
