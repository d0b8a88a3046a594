//! message-io over TCP, everything in its callbacks; frames are by hand, as its own are two writes and
//! take 88 ms a call.

use driver::Side;
use message_io::network::{
    self, Endpoint, NetEvent, NetworkController, NetworkProcessor, Transport,
};
use message_io::node;

pub fn serve() {
    let (node, events) = node::split::<()>();
    let listen = node.network().listen(Transport::Tcp, "127.0.0.1:0");
    println!("{}", listen.expect("a free port").1);
    let mut held = std::collections::HashMap::<Endpoint, Vec<u8>>::new();
    events.for_each(|event| match event.network() {
        NetEvent::Message(client, bytes) => {
            let held = held.entry(client).or_default();
            held.extend(bytes);
            let whole = whole_frames(held);
            if whole > 0 {
                node.network().send(client, &held[..whole]);
                held.drain(..whole);
            }
        }
        NetEvent::Disconnected(client) => drop(held.remove(&client)),
        NetEvent::Connected(..) | NetEvent::Accepted(..) => {}
    });
}

/// How many bytes the whole frames at the front are.
fn whole_frames(bytes: &[u8]) -> usize {
    let mut whole = 0;
    while let Some((len, rest)) = bytes[whole..].split_first_chunk() {
        let len = u32::from_le_bytes(*len) as usize;
        if rest.len() < len {
            break;
        }
        whole += 4 + len;
    }
    whole
}

struct MessageIo {
    controller: NetworkController,
    processor: NetworkProcessor,
    server: Endpoint,
    sent: Vec<u8>,
}

pub fn connect(address: &str) -> Box<dyn Side> {
    let (controller, mut processor) = network::split();
    let (server, _) = controller.connect(Transport::Tcp, address).expect("an address");
    let mut connected = false;
    while !connected {
        processor.process_poll_event(None, |event| {
            connected |= matches!(event, NetEvent::Connected(_, true));
        });
    }
    Box::new(MessageIo { controller, processor, server, sent: Vec::new() })
}

impl MessageIo {
    fn there_and_back(&mut self) {
        self.controller.send(self.server, &self.sent);
        let mut left = self.sent.len();
        while left > 0 {
            self.processor.process_poll_event(None, |event| match event {
                NetEvent::Message(_, bytes) => left -= bytes.len(),
                NetEvent::Disconnected(_) => panic!("the server is gone"),
                NetEvent::Connected(..) | NetEvent::Accepted(..) => {}
            });
        }
    }

    fn frame(&mut self, payload: &[u8]) {
        self.sent.extend(u32::try_from(payload.len()).expect("a short one").to_le_bytes());
        self.sent.extend(payload);
    }
}

impl Side for MessageIo {
    fn add(&mut self) {
        self.batch(1);
    }

    fn echo(&mut self, payload: &[u8]) {
        self.sent.clear();
        self.frame(payload);
        self.there_and_back();
    }

    fn batch(&mut self, calls: usize) {
        self.sent.clear();
        for _ in 0..calls {
            self.frame(&[2, 0, 0, 0, 40, 0, 0, 0]);
        }
        self.there_and_back();
    }
}
