//! Floor: one blocking echo thread and one client, std only.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread::Builder;

const STACK: usize = 64 * 1024;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn run() -> io::Result<bool> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    Builder::new().stack_size(STACK).spawn(move || echo(&listener))?;

    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.write_all(b"sixteen byte msg")?;
    let mut answer = [0; 16];
    stream.read_exact(&mut answer)?;
    Ok(answer == *b"sixteen byte msg")
}

fn echo(listener: &TcpListener) -> io::Result<()> {
    loop {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let mut bytes = [0; 512];
        loop {
            match stream.read(&mut bytes)? {
                0 => break,
                n => stream.write_all(&bytes[..n])?,
            }
        }
    }
}
