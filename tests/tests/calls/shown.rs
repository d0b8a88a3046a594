//! What is told of things that cannot be shown whole.

use std::time::Duration;

use ipc_runtime::{Connection, Reconnecting, Server, Slow, Subscribers, ThreadedServer, pair};

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
