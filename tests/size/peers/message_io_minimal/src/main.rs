//! message-io: one node that listens and connects, framed TCP, everything in its event loop.

#[path = "../../methods.rs"]
mod methods;

use std::process::ExitCode;

use message_io::network::{NetEvent, Transport};
use message_io::node;

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let (node, events) = node::split::<()>();
    let (_, address) = node.network().listen(Transport::FramedTcp, methods::LOCAL).ok()?;
    let (server, _) = node.network().connect(Transport::FramedTcp, address).ok()?;

    let (calls, answers) = (methods::calls(), methods::answers());
    let mut answered = 0;
    let mut right = true;
    events.for_each(|event| match event.network() {
        NetEvent::Connected(..) => {
            node.network().send(server, &calls[0]);
        }
        NetEvent::Message(endpoint, answer) if endpoint == server => {
            right &= answer == answers[answered];
            answered += 1;
            match calls.get(answered) {
                Some(call) => drop(node.network().send(server, call)),
                None => node.stop(),
            }
        }
        NetEvent::Message(client, call) => match methods::answer(call) {
            Some(answer) => drop(node.network().send(client, &answer)),
            None => drop(node.network().remove(client.resource_id())),
        },
        NetEvent::Accepted(..) => {}
        NetEvent::Disconnected(_) => node.stop(),
    });
    Some(right && answered == 2)
}
