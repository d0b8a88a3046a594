//! `bare` and forty more methods over the types that it has already, each called once: a fortieth of
//! what it is larger is the price of a method by itself, on both sides.

#[path = "../apart.rs"]
mod apart;

use std::process::ExitCode;

use ipc_runtime::service;

/// A service with two methods of its own, twenty more like the first and twenty like the second.
macro_rules! forty_two {
    ($($add:ident $hello:ident $n:literal)*) => {
        #[service]
        trait FortyTwo {
            fn add(&mut self, a: u32, b: u32) -> u32;
            fn hello(&mut self, name: &str) -> String;
            $(
                fn $add(&mut self, a: u32, b: u32) -> u32;
                fn $hello(&mut self, name: &str) -> String;
            )*
        }

        impl FortyTwo for Here {
            fn add(&mut self, a: u32, b: u32) -> u32 {
                sum(a, b, 0)
            }

            fn hello(&mut self, name: &str) -> String {
                greet(name, 0)
            }
            $(
                fn $add(&mut self, a: u32, b: u32) -> u32 {
                    sum(a, b, $n)
                }

                fn $hello(&mut self, name: &str) -> String {
                    greet(name, $n)
                }
            )*
        }

        fn call_all(forty_two: &mut FortyTwoClient<'_>) -> bool {
            forty_two.add(2, 40) == Ok(42) && is_greeting(forty_two.hello("world"), 0)
            $(
                && forty_two.$add(2, 40) == Ok(42 + $n)
                && is_greeting(forty_two.$hello("world"), $n)
            )*
        }
    };
}

forty_two! {
    a1 h1 1 a2 h2 2 a3 h3 3 a4 h4 4 a5 h5 5 a6 h6 6 a7 h7 7
    a8 h8 8 a9 h9 9 a10 h10 10 a11 h11 11 a12 h12 12 a13 h13 13 a14 h14 14
    a15 h15 15 a16 h16 16 a17 h17 17 a18 h18 18 a19 h19 19 a20 h20 20
}

struct Here;

// Each method does something else, so that none can be folded into another.

#[inline(never)]
fn sum(a: u32, b: u32, n: u32) -> u32 {
    a.wrapping_add(b).wrapping_add(n)
}

#[inline(never)]
fn greet(name: &str, n: u8) -> String {
    let mut greeting = String::from("hello ");
    greeting.push_str(name);
    greeting.push(char::from(b'0' + n));
    greeting
}

#[inline(never)]
fn is_greeting(answer: Result<String, ipc_runtime::CallError>, n: u8) -> bool {
    let Ok(greeting) = answer else { return false };
    greeting.strip_prefix("hello world").is_some_and(|rest| rest.as_bytes() == [b'0' + n])
}

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let mut connection = apart::connect(|server| server.add(FortyTwoService(Here)))?;
    Some(call_all(&mut FortyTwoClient::new(&mut connection)))
}
