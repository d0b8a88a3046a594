//! zeromq, the pure Rust one: REQ and REP over TCP, which has one call in flight.

use driver::Side;
use tokio::runtime::Runtime;
use zeromq::{RepSocket, ReqSocket, Socket, SocketRecv, SocketSend, ZmqMessage};

pub fn serve() {
    crate::runtime().block_on(async {
        let mut server = RepSocket::new();
        println!("{}", server.bind("tcp://127.0.0.1:0").await.expect("a free port"));
        while let Ok(call) = server.recv().await {
            if server.send(call).await.is_err() {
                // The client is gone, and another may come.
                continue;
            }
        }
    });
}

struct Zeromq {
    runtime: Runtime,
    socket: ReqSocket,
}

pub fn connect(address: &str) -> Box<dyn Side> {
    let runtime = crate::runtime();
    let mut socket = ReqSocket::new();
    runtime.block_on(socket.connect(address)).expect("a server");
    Box::new(Zeromq { runtime, socket })
}

impl Side for Zeromq {
    fn add(&mut self) {
        self.echo(&[2, 0, 0, 0, 40, 0, 0, 0]);
    }

    fn echo(&mut self, payload: &[u8]) {
        let Zeromq { runtime, socket } = self;
        let len = runtime.block_on(async {
            socket.send(ZmqMessage::from(payload.to_vec())).await.expect("the server reads");
            let answer = socket.recv().await.expect("an answer");
            answer.get(0).expect("a part").len()
        });
        assert_eq!(len, payload.len());
    }

    fn batch(&mut self, calls: usize) {
        (0..calls).for_each(|_| self.add());
    }
}
