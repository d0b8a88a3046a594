//! `bare` and ten more methods over varied types, each called once and its answer looked at: a
//! tenth of what it is larger is the price of a method, both sides, types and call included.

#[path = "../apart.rs"]
mod apart;

use std::process::ExitCode;

use ipc_runtime::{CallError, Decode, Encode, service};

#[derive(Clone, PartialEq, Encode, Decode)]
struct Mod {
    id: String,
    version: u32,
    enabled: bool,
}

#[derive(PartialEq, Encode, Decode)]
enum Refused {
    Unknown,
    Needs { id: String },
}

#[service]
trait Twelve {
    fn add(&mut self, a: u32, b: u32) -> u32;
    fn hello(&mut self, name: &str) -> String;

    fn count(&mut self) -> u64;
    fn set_paused(&mut self, paused: bool);
    fn paused(&mut self) -> bool;
    fn scale(&mut self, by: f64, offset: i16) -> f64;
    fn sum(&mut self, values: &[u32]) -> u64;
    fn bytes(&mut self, from: u64, len: u32) -> Vec<u8>;
    fn names(&mut self) -> Vec<String>;
    fn find(&mut self, id: &str) -> Option<Mod>;
    fn install(&mut self, new: Mod) -> Result<u32, Refused>;
    fn moved(&mut self, at: (i32, i32), by: Option<i32>) -> (i32, i32);
}

struct Here {
    paused: bool,
    installed: Mod,
}

impl Twelve for Here {
    fn add(&mut self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn hello(&mut self, name: &str) -> String {
        let mut greeting = String::from("hello ");
        greeting.push_str(name);
        greeting
    }

    fn count(&mut self) -> u64 {
        1
    }

    fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    fn paused(&mut self) -> bool {
        self.paused
    }

    fn scale(&mut self, by: f64, offset: i16) -> f64 {
        by * f64::from(offset)
    }

    fn sum(&mut self, values: &[u32]) -> u64 {
        values.iter().copied().map(u64::from).sum()
    }

    fn bytes(&mut self, from: u64, len: u32) -> Vec<u8> {
        vec![from as u8; len.min(1024) as usize]
    }

    fn names(&mut self) -> Vec<String> {
        vec![self.installed.id.clone()]
    }

    fn find(&mut self, id: &str) -> Option<Mod> {
        (id == self.installed.id).then(|| self.installed.clone())
    }

    fn install(&mut self, new: Mod) -> Result<u32, Refused> {
        if new.version == 0 {
            return Err(Refused::Needs { id: new.id });
        }
        if new.id.is_empty() {
            return Err(Refused::Unknown);
        }
        self.installed = new;
        Ok(self.installed.version)
    }

    fn moved(&mut self, at: (i32, i32), by: Option<i32>) -> (i32, i32) {
        (at.0, at.1.wrapping_add(by.unwrap_or(1)))
    }
}

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let mut connection = apart::connect(|server| {
        let installed = Mod { id: String::from("base"), version: 1, enabled: true };
        server.add(TwelveService(Here { paused: false, installed }))
    })?;
    let mut twelve = TwelveClient::new(&mut connection);
    let two = twelve.add(2, 40).ok()? == 42 && twelve.hello("world").ok()? == "hello world";

    twelve.set_paused(true).ok()?;
    let without_id = Mod { id: String::new(), version: 0, enabled: false };
    let refused = twelve.install(without_id).err()?;
    Some(
        two && twelve.count().ok()? == 1
            && twelve.paused().ok()?
            && twelve.scale(0.5, -4).ok()? == -2.0
            && twelve.sum(&[1, 2, u32::MAX]).ok()? == 4_294_967_298
            && twelve.bytes(7, 3).ok()? == [7, 7, 7]
            && twelve.names().ok()? == ["base"]
            && twelve.find("base").ok()?.is_some_and(|found| found.enabled)
            && matches!(refused, CallError::Failed(Refused::Needs { id }) if id.is_empty())
            && twelve.moved((3, 4), None).ok()? == (3, 5),
    )
}
