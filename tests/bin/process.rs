//! A second process for the tests: `process serve`, `process publish NAME`,
//! `process threads`,
//! `process call PORT MILLISECONDS`, `process nodelay`.

use std::io;

use ipc_runtime::{Server, ThreadedServer};
use tests::desk::{self, Clerk, DeskClient, DeskService};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match *args {
        ["serve"] => serve(),
        ["publish", name] => publish(name),
        ["threads"] => threads(),
        ["call", port, milliseconds] => {
            call(port.parse().expect("a port"), milliseconds.parse().expect("a number"));
        }
        #[cfg(target_os = "linux")]
        ["nodelay"] => nodelay::show(),
        _ => panic!("no such role: {args:?}"),
    }
}

/// Prints where it serves, and ends when its input does.
fn serve() {
    let mut server = desk::server().expect("a free port");
    println!("{}", server.port());
    let handle = server.handle().expect("a waker");
    std::thread::spawn(move || {
        let _ = io::stdin().read_line(&mut String::new());
        handle.stop();
    });
    server.run().expect("the loop goes on");
}

/// Serves under this name until a signal says that it is to end. Says when it does.
fn publish(name: &str) {
    let mut server = Server::publish(name).expect("a free name");
    server.add(DeskService(Clerk::new())).expect("one of its name");
    server.stop_on_signals().expect("signals");
    println!("serving");
    server.run().expect("the loop goes on");
    println!("stopped");
}

/// Prints where it serves with a thread for each client, until it is killed.
fn threads() {
    let mut server = ThreadedServer::bind_trusting_all(0).expect("a free port");
    server.add(|| DeskService(Clerk::new()));
    println!("{}", server.port());
    server.run().expect("it goes on");
}

/// Says so and calls, again and again, until it is killed.
fn call(port: u16, milliseconds: u32) {
    let mut connection = desk::connect(port).expect("a server");
    let mut desk = DeskClient::new(&mut connection);
    loop {
        println!("calling");
        desk.wait(milliseconds).expect("an answer");
    }
}

#[cfg(target_os = "linux")]
mod nodelay {
    use std::fs;
    use std::net::TcpStream;
    use std::os::fd::BorrowedFd;
    use std::thread;

    use tests::desk::{self, DeskClient};

    /// Prints what TCP_NODELAY is at both ends of a connection within this process.
    pub fn show() {
        let mut server = desk::server().expect("a free port");
        let port = server.port();
        let handle = server.handle().expect("a waker");
        let client = thread::spawn(move || {
            let mut connection = desk::connect(port).expect("a server");
            DeskClient::new(&mut connection).add(1, 2).expect("an answer");
            for entry in fs::read_dir("/proc/self/fd").expect("this is Linux") {
                let fd = entry.expect("an entry").file_name();
                let fd = fd.to_str().and_then(|fd| fd.parse().ok()).expect("a number");
                // SAFETY: it was open a moment ago, and it is only copied; if it was the folder's
                // own, it is closed now and cannot be.
                let Ok(copy) = unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned() else {
                    continue;
                };
                let stream = TcpStream::from(copy);
                let nodelay = stream.nodelay();
                match (stream.local_addr(), stream.peer_addr()) {
                    (Ok(local), Ok(_)) if local.port() == port => println!("server {nodelay:?}"),
                    (Ok(_), Ok(peer)) if peer.port() == port => println!("client {nodelay:?}"),
                    _ => {}
                }
            }
            handle.stop();
        });
        server.run().expect("the loop goes on");
        client.join().expect("the client went through");
    }
}
