//! ipc-channel, which has Unix sockets of its own: calls on one channel, answers on another.

use driver::Side;
use ipc_channel::ipc::{self, IpcOneShotServer, IpcReceiver, IpcSender};
use serde::{Deserialize, Serialize};

/// Calls that are sent before an answer is read. A socket holds some hundreds: were both sides to send more
/// before they read, both would wait.
const AHEAD: usize = 128;

#[derive(Serialize, Deserialize)]
enum Call {
    Add(u32, u32),
    Echo(#[serde(with = "serde_bytes")] Vec<u8>),
}

#[derive(Serialize, Deserialize)]
enum Answer {
    Sum(u32),
    Echo(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// What a client hands over: where it calls from, and where it is answered.
type Ends = (IpcReceiver<Call>, IpcSender<Answer>);

pub fn serve() {
    let (server, name) = IpcOneShotServer::<Ends>::new().expect("a new path");
    println!("{name}");
    let (_, (calls, answers)) = server.accept().expect("a client");
    while let Ok(call) = calls.recv() {
        let answer = match call {
            Call::Add(a, b) => Answer::Sum(a.wrapping_add(b)),
            Call::Echo(payload) => Answer::Echo(payload),
        };
        answers.send(answer).expect("the client reads");
    }
}

struct IpcChannel {
    calls: IpcSender<Call>,
    answers: IpcReceiver<Answer>,
}

pub fn connect(name: &str) -> Box<dyn Side> {
    let (calls, to_serve) = ipc::channel().expect("a channel");
    let (to_answer, answers) = ipc::channel().expect("a channel");
    let server = IpcSender::<Ends>::connect(name.to_owned()).expect("a server");
    server.send((to_serve, to_answer)).expect("the server reads");
    Box::new(IpcChannel { calls, answers })
}

impl IpcChannel {
    fn sum(&self) -> u32 {
        match self.answers.recv().expect("an answer") {
            Answer::Sum(sum) => sum,
            Answer::Echo(_) => panic!("no payload was sent"),
        }
    }
}

impl Side for IpcChannel {
    fn add(&mut self) {
        self.calls.send(Call::Add(2, 40)).expect("the server reads");
        assert_eq!(self.sum(), 42);
    }

    fn echo(&mut self, payload: &[u8]) {
        self.calls.send(Call::Echo(payload.to_vec())).expect("the server reads");
        match self.answers.recv().expect("an answer") {
            Answer::Echo(echo) => assert_eq!(echo.len(), payload.len()),
            Answer::Sum(_) => panic!("no sum was asked for"),
        }
    }

    fn batch(&mut self, calls: usize) {
        for sent in 0..calls {
            if sent >= AHEAD {
                assert_eq!(self.sum(), 42);
            }
            self.calls.send(Call::Add(2, 40)).expect("the server reads");
        }
        for _ in 0..calls.min(AHEAD) {
            assert_eq!(self.sum(), 42);
        }
    }
}
