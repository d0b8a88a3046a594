//! R35: clients that are there before the server is, and find anything but a whole file.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::crowd::Newcomers;
use crate::keys::{file_of, made_up, text_of};
use crate::process::{Folder, Process};
use crate::report::Report;
use crate::serve::Served;

const NAME: &str = "late";
const CLIENTS: usize = 8;

pub fn row(report: &mut Report) {
    before_it_is_there(report);
    while_it_is_replaced(report);
}

fn before_it_is_there(report: &mut Report) {
    let folder = Folder::new("early");
    let clients = (0..CLIENTS).map(|_| folder.run(&["open", NAME, "60000"]));
    let mut clients: Vec<Process> = clients.collect();
    // No file; an empty one, and each part of one; one of a server that is dead.
    thread::sleep(Duration::from_millis(300));
    let stale = file_of(&text_of(&made_up(dead_port())));
    for len in 0..=stale.len() {
        folder.put(NAME, &stale[..len]);
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_millis(300));
    let waiting = clients.iter_mut().map(Process::is_alive).filter(|is| *is).count();
    report.check(waiting == CLIENTS, format!("{waiting} of {CLIENTS} clients wait"));
    let _served = Served::of(folder.run(&["serve", &format!("name={NAME}")]));
    let served = clients.iter_mut().map(Process::line).filter(|said| said == "3").count();
    report.check(served == CLIENTS, format!("{served} of {CLIENTS} are served when it comes"));
}

fn dead_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("it listens").port()
}

/// By two servers that take the name from each other, one of which writes in place as well.
fn while_it_is_replaced(report: &mut Report) {
    let folder = Arc::new(Folder::new("replaced"));
    let servers = [Served::start(&[]), Served::start(&[])];
    let files = servers.each_ref().map(|served| file_of(&served.endpoint));
    folder.put(NAME, &files[0]);
    let stop = Arc::new(AtomicBool::new(false));
    let (shared, stopped) = (folder.clone(), stop.clone());
    let writing = thread::spawn(move || {
        let mut rounds = 0_u32;
        while !stopped.load(Ordering::Relaxed) {
            for file in &files {
                shared.put(NAME, file);
            }
            if rounds.is_multiple_of(8) {
                let path = shared.0.join(format!("{NAME}.ipc"));
                let _ = fs::write(&path, &files[1][..20]);
                let _ = fs::write(&path, &files[1]);
            }
            rounds += 1;
        }
        rounds
    });
    let newcomers = Newcomers::start(&folder, NAME);
    thread::sleep(Duration::from_secs(3));
    let came = newcomers.end();
    stop.store(true, Ordering::Relaxed);
    let rounds = writing.join().expect("it only writes");
    report.check(
        came.ok > 0 && came.failed == 0,
        format!("while the file is replaced {} times: {came}", 2 * rounds),
    );
}
