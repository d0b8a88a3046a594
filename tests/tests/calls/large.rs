//! Large answers: more than the system takes at once, and of calls that are collected late.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use ipc_runtime::{Connection, Service, service};

use crate::harness::{ends, watchdog};
use crate::raw::{frame, raw_server};

/// Sends large values, and notes how often.
#[service]
trait Blobs {
    fn blob(&mut self, len: u32) -> Vec<u8>;
}

struct Sends(Arc<AtomicU32>);

impl Blobs for Sends {
    fn blob(&mut self, len: u32) -> Vec<u8> {
        self.0.fetch_add(1, Ordering::SeqCst);
        vec![7; len as usize]
    }
}

/// Calls of it, whose ids end with this one.
fn calls(last: u32, len: u32) -> Vec<u8> {
    let service = BlobsService(Sends(Arc::default()));
    let [method] = service.methods() else { panic!("it has one") };
    let numbers = [method.service, method.id, method.signature, 0, len].map(u32::to_le_bytes);
    (last - 99..=last).flat_map(|id| frame(1, id, numbers.as_flattened())).collect()
}

#[test]
fn answers_to_who_does_not_read_them_do_not_pile_up_and_calls_beyond_get_busy() {
    let _watchdog = watchdog();
    let (port, raw) = raw_server(|raw| raw);
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    let mut raw = raw.join().expect("it is there");
    let ran = Arc::new(AtomicU32::new(0));
    connection.add(BlobsService(Sends(ran.clone()))).expect("there is no other");
    raw.send(&calls(100, 1_000_000));
    for _ in 0..10 {
        connection.poll(Duration::from_millis(10)).expect("it is open");
    }
    assert!(connection.queued_bytes() < 34 * 1024 * 1024, "{}", connection.queued_bytes());
    let answered = ran.load(Ordering::SeqCst);
    assert!(answered < 50, "{answered}");
    // Those that came first.
    let serving = thread::spawn(move || connection.run());
    for id in 1..=100 {
        let (kind, of, value) = raw.frame().expect("an answer");
        let expected = if id <= answered { (2, id, 1_000_003) } else { (3, id, 1) };
        assert_eq!((kind, of, value.len()), expected);
    }
    // And who reads them is served.
    raw.send(&calls(200, 10));
    for id in 101..=200 {
        assert_eq!(raw.frame().map(|(kind, of, _)| (kind, of)), Some((2, id)));
    }
    drop(raw);
    assert_eq!(serving.join().expect("no panic"), Ok(()));
}

#[test]
fn large_answers_are_kept_whole_until_they_are_collected() {
    let _watchdog = watchdog();
    let (_server, mut connection) = ends(|far| far.add(BlobsService(Sends(Arc::default()))));
    for turn in 0..3 {
        let lengths = [30_000 + turn, 2_000 + turn, turn];
        let mut blobs = BlobsCalls::new(&mut connection);
        let pending = lengths.map(|len| (len, blobs.blob(len).expect("it is started")));
        // The last one first, so that the others wait.
        for (len, pending) in pending.into_iter().rev() {
            assert_eq!(pending.wait(&mut connection), Ok(vec![7; len as usize]));
        }
    }
}
