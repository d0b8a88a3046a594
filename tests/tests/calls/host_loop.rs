//! Both ends from one thread, as a host's own loop drives them.

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use ipc_runtime::{Connection, Server, Slow, service};

use crate::harness::watchdog;
use crate::office::{CallerService, Desk, Ear, OfficeCalls, office};

const NOW: Duration = Duration::ZERO;

fn both() -> (Server, Connection, Desk) {
    let mut server = Server::bind_trusting_all(0).expect("a free port");
    let (office, desk) = office(Slow::Disconnect(100));
    server.add(office).expect("there is no other");
    let connection = Connection::connect_trusting_all(server.port()).expect("it listens");
    (server, connection, desk)
}

/// One frame of a host's loop.
fn frame(server: &mut Server, connection: &mut Connection) {
    server.poll(Some(NOW)).expect("the loop goes on");
    connection.poll(NOW).expect("the connection is there");
}

#[test]
fn one_thread_drives_both_ends() {
    let _watchdog = watchdog();
    let (mut server, mut connection, desk) = both();
    let ear = Ear::default();
    connection.add(CallerService(ear.clone())).expect("there is no other");
    let [plain, later, asked] = [
        OfficeCalls::new(&mut connection).add(1, 2).expect("it is started"),
        OfficeCalls::new(&mut connection).later(5).expect("it is started"),
        OfficeCalls::new(&mut connection).at_once(6).expect("it is started"),
    ];
    let question = OfficeCalls::new(&mut connection).ask(4).expect("it is started");
    let watch = OfficeCalls::new(&mut connection).watch().expect("it is started");
    let set = OfficeCalls::new(&mut connection).set(9, 10).expect("it is started");
    let mut calls = 0;
    while !(later.is_answered(&connection)
        && question.is_answered(&connection)
        && set.is_answered(&connection)
        && ear.heard() == [0, 9])
    {
        frame(&mut server, &mut connection);
        for (what, reply) in desk.replies.try_iter() {
            calls += 1;
            reply.send(&(what + 1));
        }
    }
    assert_eq!(calls, 1);
    assert_eq!(plain.wait(&mut connection), Ok(3));
    assert_eq!(later.wait(&mut connection), Ok(6));
    assert_eq!(asked.wait(&mut connection), Ok(6));
    assert_eq!(question.wait(&mut connection), Ok(40));
    assert_eq!(watch.wait(&mut connection), Ok(()));
    assert_eq!(set.wait(&mut connection), Ok(1));
}

#[service]
trait Work {
    fn work(&mut self, milliseconds: u32) -> u32;
}

/// Keeps who called, in order.
#[derive(Clone, Default)]
struct Slowly(Rc<RefCell<Vec<u32>>>);

impl Work for Slowly {
    fn work(&mut self, milliseconds: u32) -> u32 {
        thread::sleep(Duration::from_millis(milliseconds.into()));
        self.0.borrow_mut().push(milliseconds);
        milliseconds
    }
}

/// A server, and a number of clients with ten calls each that take so many milliseconds.
fn busy(milliseconds: &[u32]) -> (Server, Vec<Connection>, Slowly) {
    let mut server = Server::bind_trusting_all(0).expect("a free port");
    let work = Slowly::default();
    server.add(WorkService(work.clone())).expect("there is no other");
    let connections = milliseconds.iter().map(|milliseconds| {
        let connection = Connection::connect_trusting_all(server.port());
        let mut connection = connection.expect("it listens");
        for _ in 0..10 {
            let pending = WorkCalls::new(&mut connection).work(*milliseconds);
            pending.expect("it is started").then(&mut connection, |_| {});
        }
        connection.poll(NOW).expect("all are sent");
        connection
    });
    let connections = connections.collect();
    (server, connections, work)
}

#[test]
fn a_frame_takes_no_more_calls_than_its_budget_has_time_for() {
    let _watchdog = watchdog();
    let (mut server, _connections, work) = busy(&[20]);
    let mut per_frame = Vec::new();
    while work.0.borrow().len() < 10 {
        let before = work.0.borrow().len();
        server.poll_within(Duration::from_millis(30)).expect("the loop goes on");
        per_frame.push(work.0.borrow().len() - before);
    }
    // After the second the budget is used up; after the first it may be, on a slow machine.
    assert!(per_frame.iter().all(|calls| *calls <= 2), "{per_frame:?}");
    assert!(per_frame.len() >= 5, "{per_frame:?}");
}

#[test]
fn a_frame_without_a_budget_takes_one_call_and_clients_take_turns() {
    let _watchdog = watchdog();
    let (mut server, _connections, work) = busy(&[1, 2, 3]);
    let mut frames_with_calls = 0;
    while work.0.borrow().len() < 30 {
        let before = work.0.borrow().len();
        server.poll_within(NOW).expect("the loop goes on");
        let calls = work.0.borrow().len() - before;
        assert!(calls <= 1, "{calls}");
        frames_with_calls += calls;
    }
    assert_eq!(frames_with_calls, 30);
    // When the first is done with its ten, the others have had their turns.
    let order = work.0.borrow();
    for one in [1, 2, 3] {
        let last = order.iter().rposition(|who| *who == one).expect("it was served");
        for other in [1, 2, 3] {
            let before = order[..last].iter().filter(|who| **who == other).count();
            assert!(before >= 7, "{order:?}");
        }
    }
}

#[test]
fn a_poll_without_a_budget_takes_all_calls() {
    let _watchdog = watchdog();
    let (mut server, _connections, work) = busy(&[1, 2]);
    server.poll_within(NOW).expect("the loop goes on");
    while work.0.borrow().len() < 20 {
        server.poll(Some(Duration::from_millis(20))).expect("the loop goes on");
    }
}

/// Hosts that wait for file descriptors.
#[cfg(unix)]
mod descriptors {
    use std::os::fd::{AsRawFd, RawFd};

    use ipc_runtime::PeerHandle;

    use super::*;
    use crate::office::{CallerClient, OfficeClient};

    /// Whether it can be read from within a time.
    fn is_ready(fd: RawFd, within: i32) -> bool {
        let mut fds = [libc::pollfd { fd, events: libc::POLLIN, revents: 0 }];
        // SAFETY: there is one, and it outlives the call.
        let ready = unsafe { libc::poll(fds.as_mut_ptr(), 1, within) };
        ready == 1 && fds[0].revents & libc::POLLIN != 0
    }

    /// What a test waits for that has to come.
    const LONG: i32 = 60_000;

    /// Polls until nothing is left to be done.
    fn settle(server: &mut Server) {
        server.poll(Some(NOW)).expect("the loop goes on");
        while server.timeout() == Some(NOW) || is_ready(server.as_raw_fd(), 0) {
            server.poll(Some(NOW)).expect("the loop goes on");
        }
    }

    #[test]
    fn who_looks_on_or_waits_awake_hides_no_descriptor() {
        let _watchdog = watchdog();
        let server = crate::harness::serve(|_| {});
        let mut connection = server.connect();
        let fd = connection.as_raw_fd();
        assert!(fd >= 0, "a socket has one");
        connection.tap(ipc_runtime::Counters::default());
        assert_eq!(connection.as_raw_fd(), fd, "behind a tap");
        connection.set_spin(Duration::from_micros(50));
        assert_eq!(connection.as_raw_fd(), fd, "behind a tap that spins");
        let (end, _) = ipc_runtime::pair();
        assert_eq!(end.as_raw_fd(), -1, "an end in memory has none");
    }

    #[test]
    fn a_server_can_be_waited_for() {
        let _watchdog = watchdog();
        let mut server = Server::bind_trusting_all(0).expect("a free port");
        let (office, desk) = office(Slow::Disconnect(100));
        server.add(office).expect("there is no other");
        settle(&mut server);
        assert!(!is_ready(server.as_raw_fd(), 20), "nothing is to be done");
        let port = server.port();
        let client = thread::spawn(move || {
            let mut connection = Connection::connect_trusting_all(port).expect("it listens");
            OfficeClient::new(&mut connection).stay().expect("an answer");
            connection.add(CallerService(Ear::default())).expect("there is no other");
            (OfficeClient::new(&mut connection).later(1), connection)
        });
        let reply = loop {
            let within = server.timeout().map_or(LONG, |left| left.as_millis() as i32);
            assert!(is_ready(server.as_raw_fd(), within) || within < LONG);
            server.poll(Some(NOW)).expect("the loop goes on");
            if let Ok((_, reply)) = desk.replies.try_recv() {
                break reply;
            }
        };
        settle(&mut server);
        // What another thread sends wakes it.
        let replying = thread::spawn(move || reply.send(&5));
        assert!(is_ready(server.as_raw_fd(), LONG));
        server.poll(Some(NOW)).expect("the loop goes on");
        replying.join().expect("it was sent");
        let (answer, connection) = client.join().expect("it was answered");
        assert_eq!(answer, Ok(5));
        settle(&mut server);
        let mut handle: PeerHandle = desk.handles.recv().expect("it is handed over");
        CallerClient::new(&mut handle).changed(1, b"").expect("it is posted");
        assert!(is_ready(server.as_raw_fd(), LONG));
        server.poll(Some(NOW)).expect("the loop goes on");
        assert!(is_ready(connection.as_raw_fd(), LONG), "and it was sent");
    }

    #[test]
    fn what_a_handler_sends_is_sent_within_the_same_poll() {
        let _watchdog = watchdog();
        let (mut server, mut connection, _desk) = both();
        let pending = OfficeCalls::new(&mut connection).at_once(7).expect("it is started");
        let fd = connection.as_raw_fd();
        assert!(!is_ready(fd, 0));
        connection.poll(NOW).expect("it is sent");
        // Until the call is there, polls do nothing that could be seen here.
        while !is_ready(fd, 0) {
            assert!(is_ready(server.as_raw_fd(), LONG));
            server.poll(Some(NOW)).expect("the loop goes on");
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(pending.wait(&mut connection), Ok(7));
    }

    #[test]
    fn what_a_connections_handler_answers_is_sent_within_the_same_poll() {
        let _watchdog = watchdog();
        let (mut server, mut connection, _desk) = both();
        connection.add(CallerService(Ear::default())).expect("there is no other");
        let pending = OfficeCalls::new(&mut connection).ask(7).expect("it is started");
        connection.poll(NOW).expect("it is sent");
        settle(&mut server);
        while !is_ready(connection.as_raw_fd(), 20) {
            settle(&mut server);
        }
        // The question is there. One poll takes it and answers.
        connection.poll(NOW).expect("the connection is there");
        assert!(is_ready(server.as_raw_fd(), LONG), "the answer comes without a second");
        while !pending.is_answered(&connection) {
            frame(&mut server, &mut connection);
        }
        assert_eq!(pending.wait(&mut connection), Ok(70));
    }
}
