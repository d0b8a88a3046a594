//! Both ends of every system that is measured without a rival's crate.
//!
//! `bench serve SYSTEM [CORE]` prints where it listens, and serves until its standard input ends.
//! `bench call SYSTEM ADDRESS [CORE]` is driven by commands.

use std::env;
use std::io::{self, Read};
use std::process;
use std::thread;

use bench::{floor, ours};

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    driver::many_descriptors();
    match words[..] {
        ["serve", system, ref core @ ..] => {
            stay(core);
            serve(system);
        }
        ["call", system, address, ref core @ ..] => {
            stay(core);
            call(system, address);
        }
        _ => panic!("serve SYSTEM [CORE] | call SYSTEM ADDRESS [CORE]"),
    }
}

fn stay(core: &[&str]) {
    if let [core] = core {
        driver::stay_on(core.parse().expect("the number of a core"));
    }
}

fn serve(system: &str) {
    // Whoever started this is gone when there is no more input, and so is this then.
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
    match system {
        "tcp" => floor::serve_tcp(),
        "unix" => floor::serve_unix(),
        "mio" => floor::serve_mio(),
        _ => ours::serve(system),
    }
}

fn call(system: &str, address: &str) {
    match system {
        "tcp" | "mio" => driver::drive(&|| floor::connect_tcp(address)),
        "unix" => driver::drive(&|| floor::connect_unix(address)),
        _ => driver::drive(&|| ours::connect(system, address)),
    }
}
