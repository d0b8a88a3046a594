//! R20: a server is killed, and somebody else takes its port.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::Connection;

use crate::process::Folder;
use crate::report::Report;
use crate::serve::Served;
use crate::target::TargetClient;

const NAME: &str = "prey";

/// All that was said to the squatter.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// Takes connections, answers what `answer` makes of their first words, and listens on.
fn squat(port: u16, answer: fn(&[u8]) -> Vec<u8>) -> Heard {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free again");
    let heard = Heard::default();
    let shared = heard.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let shared = shared.clone();
            thread::spawn(move || {
                stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket");
                let mut said = vec![0; 64];
                let n = stream.read(&mut said).unwrap_or(0);
                said.truncate(n);
                let _ = stream.write_all(&answer(&said));
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest);
                said.extend(rest);
                shared.lock().expect("nobody panics").push(said);
            });
        }
    });
    heard
}

pub fn row(report: &mut Report) {
    type Answer = fn(&[u8]) -> Vec<u8>;
    let answers: [(&str, Answer); 4] = [
        ("says nothing", |_| Vec::new()),
        ("sends it back", |said| [said, &said[..16.min(said.len())]].concat()),
        ("claims to be the server", |_| [&b"\xf5ipS\x01"[..], &[0; 43]].concat()),
        ("speaks HTTP", |_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
    ];
    for (what, answer) in answers {
        let folder = Folder::new("squatted");
        let name = format!("name={NAME}");
        let mut served = Served::of(folder.run(&["serve", &name]));
        let port = served.port();
        served.process.kill();
        let heard = squat(port, answer);
        let within = Duration::from_millis(700);
        let (outcome, taken) = open(&folder, within);
        report.check(
            outcome.starts_with("error") && taken < within + Duration::from_secs(3),
            format!("one that {what}: the client gave up after {taken:.1?}: {outcome}"),
        );
        let line = folder.run(&["serve", &name]).line();
        report.check(line.len() == 96, "a server of its name may publish itself while it squats");
        // That one is gone again; the next is found.
        let _back = Served::of(folder.run(&["serve", &name]));
        let (outcome, taken) = open(&folder, Duration::from_secs(5));
        report.check(
            outcome == "3",
            format!("the server is back: a call is answered after {taken:.1?}: {outcome}"),
        );
        let heard = heard.lock().expect("nobody panics");
        let (most, count) = (heard.iter().map(Vec::len).max().unwrap_or(0), heard.len());
        let secrets = [&served.secret().key, &served.secret().instance];
        let told = heard
            .iter()
            .any(|said| secrets.iter().any(|secret| said.windows(16).any(|part| part == *secret)));
        report.check(
            count > 0 && most <= 32 && !told,
            format!("it heard {most} bytes of each of {count} connections, a nonce among them and no secret"),
        );
    }
}

/// Opens and calls in a process of its own, which has that folder; says what came of it.
fn open(folder: &Folder, within: Duration) -> (String, Duration) {
    let start = Instant::now();
    let said = folder.run(&["open", NAME, &within.as_millis().to_string()]).line();
    (said, start.elapsed())
}

/// `hostile open NAME MILLISECONDS`
pub fn main(name: &str, within: &str) {
    let within = Duration::from_millis(within.parse().expect("a number"));
    match Connection::open_within(name, within) {
        Err(error) => println!("error: {error}"),
        Ok(mut connection) => match TargetClient::new(&mut connection).add(1, 2) {
            Ok(sum) => println!("{sum}"),
            Err(error) => println!("error: {error}"),
        },
    }
}
