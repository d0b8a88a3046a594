//! The two methods, for the subjects that serve or call them.

use ipc_runtime::service;

/// Where a server is published.
#[allow(dead_code, reason = "`bare` has no name")]
pub const NAME: &str = "size";
/// Of a server's thread.
#[allow(dead_code, reason = "`client` and `server` have one thread")]
pub const STACK: usize = 64 * 1024;

#[service]
pub trait Two {
    fn add(&mut self, a: u32, b: u32) -> u32;
    fn hello(&mut self, name: &str) -> String;
}

#[allow(dead_code, reason = "`client` only calls")]
pub struct Here;

impl Two for Here {
    fn add(&mut self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn hello(&mut self, name: &str) -> String {
        let mut greeting = String::from("hello ");
        greeting.push_str(name);
        greeting
    }
}
