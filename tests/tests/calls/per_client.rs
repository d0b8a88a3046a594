//! Services that are made for each client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use ipc_runtime::{PeerInfo, Reason, Reply, Slow, service};

use crate::harness::{Running, failure, not_run, serve, watchdog};
use crate::office::{CallerClient, CallerService, Ear, OfficeClient, office};

#[service]
trait Counter {
    fn count(&mut self) -> u32;
    #[ipc(deferred)]
    fn wait(&mut self, reply: Reply<u32>);
}

/// What the test hears of.
enum Heard {
    Came(PeerInfo),
    Went(u64),
}

struct Own {
    id: u64,
    count: u32,
    heard: Sender<Heard>,
    replies: Vec<Reply<u32>>,
}

impl Counter for Own {
    fn count(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    fn wait(&mut self, reply: Reply<u32>) {
        self.replies.push(reply);
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.heard.send(Heard::Went(self.id));
    }
}

fn serve_counters() -> (Running, Receiver<Heard>) {
    let (heard, receiver) = mpsc::channel();
    let server = serve(move |server| {
        let made = server.add_for_each(move |client| {
            heard.send(Heard::Came(client.clone())).expect("the test listens");
            let heard = heard.clone();
            CounterService(Own { id: client.id(), count: 0, heard, replies: Vec::new() })
        });
        made.expect("a waker");
    });
    (server, receiver)
}

fn came(heard: &Receiver<Heard>) -> PeerInfo {
    match heard.recv().expect("the server is there") {
        Heard::Came(client) => client,
        Heard::Went(id) => panic!("{id} went"),
    }
}

fn went(heard: &Receiver<Heard>) -> u64 {
    match heard.recv().expect("the server is there") {
        Heard::Came(client) => panic!("{} came", client.id()),
        Heard::Went(id) => id,
    }
}

#[test]
fn each_client_has_a_service_of_its_own_for_as_long_as_it_is_there() {
    let _watchdog = watchdog();
    let (server, heard) = serve_counters();
    let mut one = server.connect();
    // Before it calls anything.
    let first = came(&heard);
    let mut other = server.connect();
    let second = came(&heard);
    assert_ne!(first.id(), second.id());
    for count in 1..=3 {
        assert_eq!(CounterClient::new(&mut one).count(), Ok(count));
    }
    assert_eq!(CounterClient::new(&mut other).count(), Ok(1));
    drop(one);
    assert_eq!(went(&heard), first.id());
    assert_eq!(CounterClient::new(&mut other).count(), Ok(2));
    // One that comes in its place is another.
    let mut third = server.connect();
    let info = came(&heard);
    assert!(info.id() != first.id() && info.id() != second.id());
    assert_eq!(CounterClient::new(&mut third).count(), Ok(1));
    drop(other);
    assert_eq!(went(&heard), second.id());
    drop(server);
    assert_eq!(went(&heard), info.id());
    drop(third);
}

#[test]
fn a_client_that_goes_while_its_service_holds_its_reply_is_gone() {
    let _watchdog = watchdog();
    let (server, heard) = serve_counters();
    let mut connection = server.connect();
    let client = came(&heard);
    let pending = CounterCalls::new(&mut connection).wait().expect("it is started");
    // It is sent, and has been served when this is.
    assert_eq!(CounterClient::new(&mut connection).count(), Ok(1));
    drop((connection, pending));
    assert_eq!(went(&heard), client.id());
}

#[test]
fn a_client_is_known_by_where_it_comes_from() {
    let _watchdog = watchdog();
    let (server, heard) = serve_counters();
    let stream = std::net::TcpStream::connect(("127.0.0.1", server.port)).expect("it listens");
    let client = came(&heard);
    assert_eq!(client.address(), Some(stream.local_addr().expect("a socket")));
    assert_eq!(client.process(), None, "TCP does not say");
    assert_eq!(client.handle().id(), client.id());
}

#[test]
fn a_clients_handle_tells_it_something_before_it_has_called_anything() {
    let _watchdog = watchdog();
    let (server, heard) = serve_counters();
    let mut connection = server.connect();
    let ear = Ear::default();
    connection.add(CallerService(ear.clone())).expect("there is no other");
    let mut handle = came(&heard).handle().clone();
    CallerClient::new(&mut handle).changed(5, b"").expect("it is there");
    while ear.heard() != [5] {
        connection.poll(Duration::from_millis(20)).expect("the connection is there");
    }
    drop(connection);
    went(&heard);
    let outcome = CallerClient::new(&mut handle).changed(5, b"");
    assert_eq!(failure(outcome), not_run(Reason::Disconnected));
}

#[test]
fn a_clients_own_service_comes_before_one_of_that_name_for_all() {
    let _watchdog = watchdog();
    let (heard, _heard) = mpsc::channel();
    let all = Own { id: 0, count: 1_000, heard: heard.clone(), replies: Vec::new() };
    let (sender, receiver) = mpsc::channel::<()>();
    let server = serve(move |server| {
        // `Own` holds nothing that must stay on one thread, but replies are made here.
        server.add(CounterService(all)).expect("there is no other");
        drop(sender);
    });
    assert!(receiver.recv().is_err());
    let mut before = server.connect();
    assert_eq!(CounterClient::new(&mut before).count(), Ok(1_001));
    let made = server.with(move |server| {
        server.add_for_each(move |client| {
            CounterService(Own {
                id: client.id(),
                count: 0,
                heard: heard.clone(),
                replies: Vec::new(),
            })
        })
    });
    made.expect("a waker");
    let mut after = server.connect();
    assert_eq!(CounterClient::new(&mut after).count(), Ok(1));
    assert_eq!(CounterClient::new(&mut before).count(), Ok(1_002), "it was there already");
}

#[test]
fn where_making_it_panics_the_client_has_none_and_the_server_goes_on() {
    let _watchdog = watchdog();
    let made = Arc::new(AtomicU32::new(0));
    let counted = made.clone();
    let (heard, _heard) = mpsc::channel();
    let server = serve(move |server| {
        server.add(office(Slow::Newest).0).expect("there is no other");
        let make = server.add_for_each(move |client| {
            assert!(counted.fetch_add(1, Ordering::SeqCst) > 0, "the first is not to be had");
            CounterService(Own {
                id: client.id(),
                count: 0,
                heard: heard.clone(),
                replies: Vec::new(),
            })
        });
        make.expect("a waker");
    });
    let mut first = server.connect();
    assert_eq!(OfficeClient::new(&mut first).half(4), Ok(2));
    let none = failure(CounterClient::new(&mut first).count());
    assert_eq!(none, not_run(Reason::UnknownService));
    let mut second = server.connect();
    assert_eq!(CounterClient::new(&mut second).count(), Ok(1));
    assert_eq!(made.load(Ordering::SeqCst), 2);
}

#[test]
fn many_clients_that_come_and_go_leave_nothing_behind() {
    let _watchdog = watchdog();
    let (server, heard) = serve_counters();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let port = server.port;
            thread::spawn(move || {
                for _ in 0..50 {
                    let connection = ipc_runtime::Connection::connect_trusting_all(port);
                    let mut connection = connection.expect("it listens");
                    assert_eq!(CounterClient::new(&mut connection).count(), Ok(1));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("all were served");
    }
    while server.with(|server| server.clients()) > 0 {}
    let (mut came, mut gone) = (Vec::new(), Vec::new());
    for event in heard.try_iter() {
        match event {
            Heard::Came(client) => came.push(client.id()),
            Heard::Went(id) => gone.push(id),
        }
    }
    came.sort_unstable();
    gone.sort_unstable();
    assert_eq!(came.len(), 200);
    assert_eq!(came, gone);
    came.dedup();
    assert_eq!(came.len(), 200, "no number is given twice");
}
