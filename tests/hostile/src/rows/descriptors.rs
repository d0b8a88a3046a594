//! R28: a server with 32 descriptors, and more connections than that.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::honest::Honest;
use crate::process::{Process, SPIN};
use crate::raw::Raw;
use crate::report::Report;
use crate::serve::Served;
use crate::sockets::is_closed;

const DESCRIPTORS: usize = 32;

pub fn row(report: &mut Report) {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {DESCRIPTORS} && exec \"$0\" serve")]);
    command.arg(std::env::current_exe().expect("this is a program"));
    let mut served = Served::of(Process::of(command));
    let secret = served.secret();
    let mut honest = Honest::start(&served.endpoint);
    let alone = served.process.busy(Duration::from_secs(2));
    // Clients with the key, which are closed for no time's sake, take all there are.
    let mut clients = Vec::new();
    while below(served.process.id()) < DESCRIPTORS {
        clients.push(Raw::let_in(&secret));
    }
    honest.lap();
    // One more than there is room for.
    let mut waiting = Raw::connect(secret.port);
    thread::sleep(Duration::from_millis(200));
    let full = served.process.busy(Duration::from_secs(3));
    let lap = honest.lap();
    report.check(
        full - alone < SPIN,
        format!(
            "CPU {full:.1} % with {} clients and one waiting, {alone:.1} % without",
            clients.len()
        ),
    );
    report.check(lap.is_served(), format!("those that were there are served: {lap}"));
    // It says what closes it once it is accepted.
    waiting.send(b"G");
    thread::sleep(Duration::from_millis(200));
    report.check(!is_closed(&waiting.0), "the one waits");
    let mut slowest = Duration::ZERO;
    for _ in 0..10 {
        drop(clients.pop());
        let freed = Instant::now();
        while !is_closed(&waiting.0) && freed.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(1));
        }
        slowest = slowest.max(freed.elapsed());
        // And the next.
        clients.push(Raw::let_in(&secret));
        waiting = Raw::connect(secret.port);
        thread::sleep(Duration::from_millis(120));
        waiting.send(b"G");
    }
    report.check(
        slowest < Duration::from_secs(3),
        format!("accepted {slowest:.1?} after a descriptor was free, at most of 10"),
    );
    report.check(served.process.is_alive(), "the server is there");
}

/// Descriptors among those that the limit is about: some may have been inherited that are not.
fn below(id: u32) -> usize {
    let all = fs::read_dir(format!("/proc/{id}/fd")).expect("it is there");
    let numbers = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<usize>().ok());
    numbers.filter(|number| *number < DESCRIPTORS).count()
}
