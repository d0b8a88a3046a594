//! No RPC library: serde and postcard over blocking std sockets, by hand, one thread and one client
//! at a time. No ids, no deadline, no partial writes kept: the slimmest that works.

#[path = "../../methods.rs"]
mod methods;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

const CAP: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
enum Call {
    Add(u32, u32),
    Hello(String),
}

#[derive(Serialize, Deserialize)]
enum Reply {
    Sum(u32),
    Greeting(String),
}

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let listener = TcpListener::bind(methods::LOCAL).ok()?;
    let address = listener.local_addr().ok()?;
    methods::spawn(move || serve(&listener)).ok()?;
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_nodelay(true).ok()?;
    send(&mut stream, &Call::Add(2, 40))?;
    let sum = receive(&mut stream)?;
    send(&mut stream, &Call::Hello(String::from("world")))?;
    let greeting = receive(&mut stream)?;
    Some(
        matches!(sum, Reply::Sum(42))
            && matches!(greeting, Reply::Greeting(text) if text == "hello world"),
    )
}

fn serve(listener: &TcpListener) {
    while let Ok((mut stream, _)) = listener.accept() {
        let _ = stream.set_nodelay(true);
        while let Some(call) = receive(&mut stream) {
            let reply = match call {
                Call::Add(a, b) => Reply::Sum(a.wrapping_add(b)),
                Call::Hello(name) => {
                    let mut greeting = String::from("hello ");
                    greeting.push_str(&name);
                    Reply::Greeting(greeting)
                }
            };
            if send(&mut stream, &reply).is_none() {
                break;
            }
        }
    }
}

fn send(stream: &mut TcpStream, message: &impl Serialize) -> Option<()> {
    let mut frame = postcard::to_extend(message, vec![0; 4]).ok()?;
    let len = frame.len() - 4;
    frame[..4].copy_from_slice(&u32::try_from(len).ok()?.to_le_bytes());
    stream.write_all(&frame).ok()
}

fn receive<T: DeserializeOwned>(stream: &mut TcpStream) -> Option<T> {
    let mut len = [0; 4];
    stream.read_exact(&mut len).ok()?;
    let len = u32::from_le_bytes(len) as usize;
    if len > CAP {
        return None;
    }
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).ok()?;
    postcard::from_bytes(&bytes).ok()
}
