//! interprocess for the local socket, bincode for the messages, the rest by hand.

#[path = "../../methods.rs"]
mod methods;

use std::process::ExitCode;

use bincode::Options;
use interprocess::local_socket::prelude::*;
use interprocess::local_socket::{GenericNamespaced, ListenerOptions, Stream};
use serde::{Deserialize, Serialize};

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

/// In the abstract namespace, so that no file is left.
const NAME: &str = "size-suite-of-two-methods";

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let name = NAME.to_ns_name::<GenericNamespaced>().ok()?;
    let listener = ListenerOptions::new().name(name.borrow()).create_sync().ok()?;
    methods::spawn(move || serve(&listener)).ok()?;
    let mut stream = Stream::connect(name).ok()?;
    options().serialize_into(&mut stream, &Call::Add(2, 40)).ok()?;
    let sum = options().deserialize_from(&mut stream).ok()?;
    options().serialize_into(&mut stream, &Call::Hello(String::from("world"))).ok()?;
    let greeting = options().deserialize_from(&mut stream).ok()?;
    Some(
        matches!(sum, Reply::Sum(42))
            && matches!(greeting, Reply::Greeting(text) if text == "hello world"),
    )
}

fn serve(listener: &LocalSocketListener) {
    while let Ok(mut stream) = listener.accept() {
        while let Ok(call) = options().deserialize_from(&mut stream) {
            let reply = match call {
                Call::Add(a, b) => Reply::Sum(a.wrapping_add(b)),
                Call::Hello(name) => {
                    let mut greeting = String::from("hello ");
                    greeting.push_str(&name);
                    Reply::Greeting(greeting)
                }
            };
            if options().serialize_into(&mut stream, &reply).is_err() {
                break;
            }
        }
    }
}

fn options() -> impl Options {
    bincode::DefaultOptions::new().with_limit(1 << 20)
}
