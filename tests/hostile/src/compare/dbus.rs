//! D-Bus over nonce-tcp: dbus-daemon as Debian has it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::Prey;
use crate::process::{Folder, Process};
use crate::sockets::connect_from;

/// As the bus of a session has it, but for who may come in: over TCP nobody can prove who he is.
const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>nonce-tcp:host=127.0.0.1,port=0,family=ipv4</listen>
  <auth>ANONYMOUS</auth>
  <allow_anonymous/>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
"#;

pub struct DBus {
    process: Process,
    port: u16,
    nonce: Vec<u8>,
    nonce_file: String,
    _folder: Folder,
}

pub fn start() -> DBus {
    let folder = Folder::new("bus");
    let config = folder.0.join("bus.conf");
    fs::write(&config, CONFIG).expect("the folder is ours");
    let mut command = Command::new("dbus-daemon");
    command.arg(format!("--config-file={}", config.display()));
    command.args(["--nofork", "--nopidfile", "--print-address"]).stderr(Stdio::null());
    let mut process = Process::of(command);
    let address = process.line();
    let part = |name: &str| {
        let rest = address.split([',', ':']).find_map(|part| part.strip_prefix(name));
        rest.unwrap_or_else(|| panic!("{name} in {address}")).to_owned()
    };
    let nonce_file = part("noncefile=");
    let nonce = fs::read(&nonce_file).expect("it has said where");
    let port = part("port=").parse().expect("a port");
    DBus { process, port, nonce, nonce_file, _folder: folder }
}

/// A call of a method of the bus itself.
fn call(serial: u8, member: &str) -> Vec<u8> {
    let mut fields = Vec::new();
    let bus = "org.freedesktop.DBus";
    for (code, kind, text) in
        [(1, b'o', "/org/freedesktop/DBus"), (2, b's', bus), (3, b's', member), (6, b's', bus)]
    {
        fields.resize(fields.len().next_multiple_of(8), 0);
        let len = u32::try_from(text.len()).expect("it is short").to_le_bytes();
        fields.extend([code, 1, kind, 0]);
        fields.extend(len);
        fields.extend(text.bytes());
        fields.push(0);
    }
    let len = u32::try_from(fields.len()).expect("it is short").to_le_bytes();
    let head = [b'l', 1, 0, 1, 0, 0, 0, 0, serial, 0, 0, 0];
    let mut message = [&head[..], &len, &fields].concat();
    message.resize(message.len().next_multiple_of(8), 0);
    message
}

/// Reads messages up to the answer to this one.
fn answered(stream: &mut TcpStream, serial: u8) -> bool {
    loop {
        let mut head = [0; 16];
        if stream.read_exact(&mut head).is_err() {
            return false;
        }
        let word =
            |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().expect("4 bytes")) as usize;
        let mut rest = vec![0; word(12).next_multiple_of(8) + word(4)];
        if stream.read_exact(&mut rest).is_err() {
            return false;
        }
        // A return, which says to what.
        let reply_serial = [5, 1, b'u', 0, serial, 0, 0, 0];
        if head[1] == 2 && rest.windows(8).any(|part| part == reply_serial) {
            return true;
        }
    }
}

impl Prey for DBus {
    fn name(&self) -> String {
        let said = Command::new("dbus-daemon").arg("--version").output().expect("it is there");
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let version = said.lines().next().and_then(|line| line.rsplit(' ').next());
        format!("D-Bus {}, nonce-tcp", version.unwrap_or_default())
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
        stream.write_all(&self.nonce).ok()?;
        stream.write_all(b"\0AUTH ANONYMOUS\r\n").ok()?;
        let mut said = [0; 64];
        let n = stream.read(&mut said).ok()?;
        if !said[..n].starts_with(b"OK ") {
            return None;
        }
        stream.write_all(&[b"BEGIN\r\n", &call(1, "Hello")[..]].concat()).ok()?;
        if !answered(&mut stream, 1) {
            return None;
        }
        Some(Box::new(move || {
            stream.write_all(&call(2, "GetId")).is_ok() && answered(&mut stream, 2)
        }))
    }

    fn call_without_key(&self) -> Vec<u8> {
        [&[0; 16][..], b"\0AUTH ANONYMOUS\r\nBEGIN\r\n", &call(1, "Hello")].concat()
    }

    fn large(&self) -> Vec<u8> {
        // A message of 127 MiB, behind a nonce that is none.
        [&[0; 16][..], b"\0AUTH ANONYMOUS\r\nBEGIN\r\n", &[b'l', 1, 0, 1, 0, 0, 0xf0, 7]].concat()
    }

    fn client_of(&self, port: u16) -> Process {
        let address = format!(
            "nonce-tcp:host=127.0.0.1,port={port},family=ipv4,noncefile={}",
            self.nonce_file
        );
        let mut command = Command::new("dbus-send");
        command
            .arg(format!("--bus={address}"))
            .args(["--print-reply", "--dest=org.freedesktop.DBus"]);
        command.args(["/org/freedesktop/DBus", "org.freedesktop.DBus.GetId"]);
        command.stderr(Stdio::null());
        Process::of(command)
    }
}
