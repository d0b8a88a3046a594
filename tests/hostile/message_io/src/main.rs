//! `serve`: answers each message with itself, at a port that it says. `call PORT`: sends one.

use std::net::ToSocketAddrs;

use message_io::network::{NetEvent, Transport};
use message_io::node;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (node, events) = node::split::<()>();
    if let [_, port] = &args[..] {
        let address = format!("127.0.0.1:{port}").to_socket_addrs().expect("a port").next();
        let address = address.expect("one address");
        let (server, _) = node.network().connect(Transport::FramedTcp, address).expect("a socket");
        return events.for_each(move |event| match event.network() {
            NetEvent::Connected(_, true) => {
                node.network().send(server, b"transfer 1000 to me");
            }
            NetEvent::Accepted(..) => {}
            _ => node.stop(),
        });
    }
    let listening = node.network().listen(Transport::FramedTcp, "127.0.0.1:0");
    println!("{}", listening.expect("a free port").1.port());
    events.for_each(move |event| {
        if let NetEvent::Message(client, message) = event.network() {
            node.network().send(client, message);
        }
    });
}
