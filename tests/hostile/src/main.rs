//! Hostile peers with the numbers that hurt, each against a server process of its own, on the path
//! that users get by default, while an honest client in a third process makes its calls.
//!
//! `hostile` runs every row, `hostile R11 R22` those. The other words are what it starts itself as.

mod alloc;
mod compare;
mod honest;
mod process;
mod report;
mod rows;
mod serve;
mod sockets;
mod tap;

#[allow(dead_code, reason = "the light half uses more of it")]
#[path = "../../tests/hostile/keys.rs"]
mod keys;
#[allow(dead_code, reason = "the light half uses more of it")]
#[path = "../../tests/hostile/raw.rs"]
mod raw;
#[allow(dead_code, reason = "the light half uses more of it")]
#[path = "../../tests/hostile/target.rs"]
mod target;

use std::process::ExitCode;

#[global_allocator]
static COUNTING: alloc::Counting = alloc::Counting;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match *args {
        ["serve", ref options @ ..] => serve::main(options),
        ["honest", endpoint] => honest::main(endpoint),
        ["come", name] => rows::come_and_go(name),
        ["open", name, within] => rows::open(name, within),
        ["no-port"] => rows::no_port(),
        ["oneself"] => rows::oneself(),
        ["compare", message_io] => return compare::main(message_io),
        ref wanted => return rows::main(wanted),
    }
    ExitCode::SUCCESS
}
