//! R29 and R30: no port to be had, and a port that is one's own. In a network of its own each, whose
//! ports are few, so that it does not depend on luck.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use ipc_runtime::{Connection, EndpointError, Error, Server};

use crate::keys::{made_up, text_of};
use crate::process::Folder;
use crate::report::Report;

/// The first of the few.
const PORT: u16 = 40_000;

/// Dead ports, of twice as many: a connection to oneself leaves its port in use for a while.
const DEAD: u16 = 8;
const ATTEMPTS: u16 = 20_000;

/// This program in another role, which has these ports; gives what it said.
fn apart(folder: &Folder, role: &str, ports: u16) -> Vec<String> {
    let script = format!(
        "ip link set lo up && echo {PORT} {} > /proc/sys/net/ipv4/ip_local_port_range && \
         exec \"$0\" {role}",
        PORT + ports - 1
    );
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "sh", "-c", &script]);
    command.arg(std::env::current_exe().expect("this is a program")).env("IPC_DIR", &folder.0);
    let output = command.output().expect("unshare is there");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "a network of its own: {errors}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

pub fn taken(report: &mut Report) {
    let folder = Folder::new("no-port");
    let said = apart(&folder, "no-port", 1);
    let left = fs::read_dir(&folder.0).expect("it is ours").count();
    report.check(
        said.len() == 1 && said[0].contains("cannot listen") && left == 0,
        format!("a server: {said:?}; {left} files published"),
    );
}

/// `hostile no-port`: where there is one port, and it is taken.
pub fn no_port() {
    let _taken = TcpListener::bind(("127.0.0.1", 0)).expect("there is one");
    match Server::publish("none") {
        Ok(_) => println!("published"),
        Err(error) => println!("{error}"),
    }
}

pub fn own(report: &mut Report) {
    let said = apart(&Folder::new("oneself"), "oneself", 2 * DEAD);
    let numbers: Vec<u32> = said.iter().map(|line| line.parse().expect("a number")).collect();
    let [hits, wrong, other] = numbers[..] else { panic!("three numbers: {said:?}") };
    report.check(
        hits > 0 && wrong == 0 && other == 0,
        format!(
            "{ATTEMPTS} attempts at dead ports: {hits} connected to themselves, {wrong} took that \
             for a server, {other} ended otherwise"
        ),
    );
}

/// `hostile oneself`: a loop that connects to dead ports, which now and then are its own.
pub fn oneself() {
    let (mut hits, mut wrong, mut other) = (0, 0, 0);
    for attempt in 0..ATTEMPTS {
        match Connection::open_endpoint(&text_of(&made_up(PORT + attempt % DEAD))) {
            Ok(_) => wrong += 1,
            Err(Error::Endpoint(EndpointError::Stale)) => {}
            Err(Error::Endpoint(EndpointError::NotOurProtocol)) => hits += 1,
            Err(_) => other += 1,
        }
    }
    println!("{hits}\n{wrong}\n{other}");
}
