//! Both ends of the rivals, driven as ours are: `peers serve SYSTEM [CORE]` and
//! `peers call SYSTEM ADDRESS [CORE]`.

mod capnp;
mod ipc_channel;
mod message_io;
mod tarpc;
mod tonic;
mod ttrpc;
mod zeromq;

use std::env;
use std::io::{self, Read};
use std::process;
use std::thread;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    driver::many_descriptors();
    if let ["serve", _, core] | ["call", _, _, core] = words[..] {
        driver::stay_on(core.parse().expect("the number of a core"));
    }
    match words[..] {
        ["serve", system, ..] => serve(system),
        ["call", "tarpc", address, ..] => driver::drive(&|| tarpc::connect(address)),
        ["call", "message_io", address, ..] => driver::drive(&|| message_io::connect(address)),
        ["call", "zeromq", address, ..] => driver::drive(&|| zeromq::connect(address)),
        ["call", "ttrpc", address, ..] => driver::drive(&|| ttrpc::connect(address)),
        ["call", "capnp", address, ..] => driver::drive(&|| capnp::connect(address)),
        ["call", "tonic", address, ..] => driver::drive(&|| tonic::connect(address)),
        ["call", "ipc_channel", address, ..] => driver::drive(&|| ipc_channel::connect(address)),
        _ => panic!("serve SYSTEM [CORE] | call SYSTEM ADDRESS [CORE]"),
    }
}

fn serve(system: &str) {
    // Whoever started this is gone when there is no more input, and so is this then.
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
    match system {
        "tarpc" => tarpc::serve(),
        "message_io" => message_io::serve(),
        "zeromq" => zeromq::serve(),
        "ttrpc" => ttrpc::serve(),
        "capnp" => capnp::serve(),
        "tonic" => tonic::serve(),
        "ipc_channel" => ipc_channel::serve(),
        _ => panic!("{system} is none of them"),
    }
}

/// A runtime on the thread that calls, as both ends of the asynchronous ones have it.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the system can wait")
}
