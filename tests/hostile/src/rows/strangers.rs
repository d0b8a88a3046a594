//! R18: programs that mean somebody else.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::honest::Honest;
use crate::report::Report;
use crate::serve::Served;
use crate::sockets::{connect_from, read_to_end};

pub const STRANGERS: [(&str, &[u8]); 9] = [
    ("HTTP GET", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("HTTP POST", b"POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"),
    (
        "WebSocket",
        b"GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
    ("JSON", b"{\"jsonrpc\":\"2.0\",\"method\":\"add\",\"id\":1}\n"),
    ("D-Bus", b"\0AUTH EXTERNAL 30\r\n"),
    ("RESP", b"*1\r\n$4\r\nPING\r\n"),
];

/// For a handshake: long, so that who is closed by it is told from who is closed at once.
const TIME: Duration = Duration::from_secs(20);

pub fn row(report: &mut Report) {
    let served = Served::start(&[&format!("time={}", TIME.as_millis())]);
    let mut honest = Honest::start(&served.endpoint);
    for (who, words) in STRANGERS {
        let (mut said, mut slowest) = (0, Duration::ZERO);
        for round in 0..200 {
            let mut stream = connect_from(7, served.port()).expect("it listens");
            let start = Instant::now();
            // Half of them do not get beyond their first byte.
            let words = if round % 2 == 0 { words } else { &words[..1] };
            let _ = stream.write_all(words);
            said += read_to_end(&mut stream, TIME).expect("it is closed").len();
            slowest = slowest.max(start.elapsed());
        }
        report.check(
            said == 0 && slowest < TIME / 2,
            format!("{who}: {said} bytes back, closed at the first byte, slowest {slowest:?}"),
        );
    }
    let lap = honest.lap();
    report.check(lap.is_served(), lap);
}
