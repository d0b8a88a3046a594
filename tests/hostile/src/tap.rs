//! Passes everything on to a server, and counts it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

pub struct Tap {
    pub port: u16,
    counts: Arc<[AtomicU64; 3]>,
}

impl Tap {
    pub fn start(to: u16) -> Tap {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let counts = Arc::new([const { AtomicU64::new(0) }; 3]);
        let shared = counts.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                shared[0].fetch_add(1, Ordering::Relaxed);
                let server = TcpStream::connect(("127.0.0.1", to)).expect("the server listens");
                let both = (client.try_clone(), server.try_clone());
                let (client2, server2) = (both.0.expect("a socket"), both.1.expect("a socket"));
                for (from, to, which) in [(client, server, 1), (server2, client2, 2)] {
                    let counts = shared.clone();
                    thread::spawn(move || copy(from, to, &counts[which]));
                }
            }
        });
        Tap { port, counts }
    }

    /// Connections, bytes to the server, bytes back.
    pub fn counted(&self) -> [u64; 3] {
        [0, 1, 2].map(|at| self.counts[at].load(Ordering::Relaxed))
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut chunk = [0; 4096];
    while let Ok(n @ 1..) = from.read(&mut chunk) {
        count.fetch_add(n as u64, Ordering::Relaxed);
        if to.write_all(&chunk[..n]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
