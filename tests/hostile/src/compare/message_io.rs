//! message-io, FramedTcp.

use std::io::{Read, Write};
use std::process::Command;
use std::time::Duration;

use super::Prey;
use crate::process::Process;
use crate::sockets::connect_from;

pub struct MessageIo {
    program: String,
    process: Process,
    port: u16,
}

pub fn start(program: &str) -> MessageIo {
    let mut command = Command::new(program);
    command.arg("serve");
    let mut process = Process::of(command);
    let port = process.line().parse().expect("a port");
    MessageIo { program: program.to_owned(), process, port }
}

/// A message: its length as a varint, then itself.
const CALL: &[u8] = b"\x04ping";

impl Prey for MessageIo {
    fn name(&self) -> String {
        "message-io 0.19, FramedTcp".to_owned()
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    fn honest(&self) -> Option<Box<dyn FnMut() -> bool>> {
        let mut stream = connect_from(1, self.port).ok()?;
        stream.set_nodelay(true).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
        let mut call = move || {
            let mut answer = [0; CALL.len()];
            stream.write_all(CALL).is_ok()
                && stream.read_exact(&mut answer).is_ok()
                && answer == CALL
        };
        call().then(|| Box::new(call) as Box<dyn FnMut() -> bool>)
    }

    fn call_without_key(&self) -> Vec<u8> {
        CALL.to_vec()
    }

    fn large(&self) -> Vec<u8> {
        // 2^31 bytes are to come.
        vec![0x80, 0x80, 0x80, 0x80, 0x08]
    }

    fn client_of(&self, port: u16) -> Process {
        let mut command = Command::new(&self.program);
        command.args(["call", &port.to_string()]);
        Process::of(command)
    }
}
