//! A server whose process is told to end cleans up first.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use ipc_runtime::{Connection, endpoint};
use tests::desk::DeskClient;

/// A process that serves under this name, once it does; `wrap` is what it is started by.
fn start(wrap: &[&str], name: &str) -> (Child, BufReader<ChildStdout>) {
    let process = env!("CARGO_BIN_EXE_process");
    let words: Vec<&str> = wrap.iter().copied().chain([process, "publish", name]).collect();
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("it says something");
    assert_eq!(line, "serving\n");
    (child, output)
}

fn send(signal: &str, child: &Child) {
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(kill.expect("kill is there").success());
}

fn name_of(case: &str) -> String {
    format!("signals-{case}-{}", std::process::id())
}

fn is_published(name: &str) -> bool {
    endpoint::path_of(name).expect("a place").exists()
}

#[test]
fn each_signal_that_says_so_ends_the_server_and_its_file_goes() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        let name = name_of(signal);
        let (mut child, mut output) = start(&[], &name);
        assert!(is_published(&name));
        send(signal, &child);
        let status = child.wait().expect("it ends");
        assert!(status.success(), "{signal}: {status}");
        let mut rest = String::new();
        output.read_to_string(&mut rest).expect("text");
        assert_eq!(rest, "stopped\n", "run has returned");
        assert!(!is_published(&name), "{signal}: the file is gone");
    }
}

#[test]
fn with_clients_too_and_between_their_calls() {
    let name = name_of("clients");
    let (mut child, _output) = start(&[], &name);
    let mut connection = Connection::open(&name).expect("it serves");
    assert_eq!(DeskClient::new(&mut connection).add(2, 40), Ok(42));
    send("-TERM", &child);
    assert!(child.wait().expect("it ends").success());
    assert!(!is_published(&name));
    DeskClient::new(&mut connection).add(2, 40).expect_err("it is gone");
}

#[test]
fn the_call_that_is_served_is_answered_first_and_a_second_signal_kills() {
    let name = name_of("twice");
    let (mut child, mut output) = start(&[], &name);
    let mut connection = Connection::open(&name).expect("it serves");
    let waiting = std::thread::spawn(move || DeskClient::new(&mut connection).wait(300));
    let mut line = String::new();
    output.read_line(&mut line).expect("the handler says so");
    send("-TERM", &child);
    assert_eq!(waiting.join().expect("no panic"), Ok(300));
    assert!(child.wait().expect("it ends").success());
    assert!(!is_published(&name));

    let (mut child, mut output) = start(&[], &name);
    let mut connection = Connection::open(&name).expect("it serves");
    let waiting = std::thread::spawn(move || DeskClient::new(&mut connection).wait(60_000));
    output.read_line(&mut line).expect("the handler says so");
    send("-TERM", &child);
    // It has to have been taken for the second to be one.
    std::thread::sleep(Duration::from_millis(200));
    send("-TERM", &child);
    let status = child.wait().expect("it ends");
    assert_eq!(status.signal(), Some(15), "{status}");
    waiting.join().expect("no panic").expect_err("nobody answered");
    let path = endpoint::path_of(&name).expect("a place");
    std::fs::remove_file(path).expect("who is killed leaves it behind");
}

#[test]
fn what_is_ignored_stays_ignored() {
    let name = name_of("ignored");
    let (mut child, _output) = start(&["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"], &name);
    send("-HUP", &child);
    let mut connection = Connection::open(&name).expect("it serves");
    assert_eq!(DeskClient::new(&mut connection).add(2, 40), Ok(42));
    send("-TERM", &child);
    assert!(child.wait().expect("it ends").success());
}
