//! What is told of things that cannot be shown whole.

use std::time::Duration;

use ipc_runtime::{
    Connection, Peer, PeerHandle, PeerInfo, Reconnecting, Reply, Server, Slow, Subscribers,
    ThreadedServer, pair, service,
};

#[service]
trait Mirror {
    fn peer(&mut self, #[ipc(peer)] peer: &mut Peer<'_>, #[ipc(peer)] handle: PeerHandle)
    -> String;
    #[ipc(deferred)]
    fn reply(&mut self, reply: Reply<String>);
}

struct Glass;

impl Mirror for Glass {
    fn peer(&mut self, peer: &mut Peer<'_>, handle: PeerHandle) -> String {
        format!("{peer:?} {handle:?}")
    }

    fn reply(&mut self, reply: Reply<String>) {
        let shown = format!("{reply:?}");
        reply.send(&shown);
    }
}

#[test]
fn what_handlers_are_given_and_calls_under_way_can_be_shown() {
    let (mut calling, mut serving) = pair();
    serving.add(MirrorService(Glass)).expect("its first");
    let thread = std::thread::spawn(move || serving.run());
    let shown = MirrorClient::new(&mut calling).peer().expect("it is served");
    assert!(shown.starts_with("Peer { .. } PeerHandle { id: "), "{shown}");
    let call = MirrorCalls::new(&mut calling).reply().expect("it is started");
    assert_eq!(format!("{call:?}"), "Pending { .. }");
    assert_eq!(call.wait(&mut calling), Ok("Reply { is_cancelled: false, .. }".to_owned()));
    drop(calling);
    assert_eq!(thread.join().expect("no panic"), Ok(()));
}

#[test]
fn a_server_is_shown_who_has_come() {
    let mut server = Server::unpublished().expect("a port");
    let (sender, shown) = std::sync::mpsc::channel();
    let made = move |client: &PeerInfo| {
        sender.send(format!("{client:?} {}", client.id())).expect("it is asked for");
        MirrorService(Glass)
    };
    server.add_for_each(made).expect("a waker");
    let endpoint = server.endpoint().expect("it has a key");
    let client = std::thread::spawn(move || {
        MirrorClient::new(&mut Connection::open_endpoint(&endpoint).expect("open")).reply()
    });
    while !client.is_finished() {
        server.poll(Some(Duration::from_millis(5))).expect("the loop goes on");
    }
    client.join().expect("no panic").expect("it is served");
    let shown = shown.try_recv().expect("a client came");
    let (shown, id) = shown.rsplit_once(' ').expect("two words");
    assert!(
        shown.starts_with(&format!("PeerInfo {{ id: {id}, address: Some(127.0.0.1:")),
        "{shown}"
    );
    assert!(shown.ends_with("process: None, .. }"), "{shown}");
}

#[test]
fn who_holds_a_connection_or_a_server_can_derive_debug() {
    #[derive(Debug)]
    struct App {
        _server: Server,
        _connection: Connection,
        _coming_back: Reconnecting,
    }

    let mut server = Server::unpublished().expect("a port");
    let port = server.port();
    let handle = server.handle().expect("a waker");
    handle.stop();
    assert_eq!(format!("{handle:?}"), "Handle { is_stopped: true, .. }");
    let threaded = ThreadedServer::unpublished().expect("a port");
    let shown = format!("ThreadedServer {{ port: {}, clients: 0, .. }}", threaded.port());
    assert_eq!(format!("{threaded:?}"), shown);
    assert_eq!(format!("{:?}", threaded.handle()), "ThreadedHandle { .. }");
    let subscribers = Subscribers::new(Slow::Newest);
    assert_eq!(format!("{subscribers:?}"), "Subscribers { len: 0, .. }");

    let (mut connection, other) = pair();
    drop(other);
    connection.poll(Duration::from_secs(1)).expect_err("it is closed");
    let nowhere = Reconnecting::open_trusting_all(1);
    let app = App { _server: server, _connection: connection, _coming_back: nowhere };
    let shown = format!(
        "App {{ _server: Server {{ port: {port}, clients: 0, .. }}, \
         _connection: Connection {{ closed: Some(Disconnected), .. }}, \
         _coming_back: Reconnecting {{ is_connected: false, .. }} }}"
    );
    assert_eq!(format!("{app:?}"), shown);
}
