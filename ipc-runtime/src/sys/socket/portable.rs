//! Wherever the standard library is: what it offers, in the same form.
#![allow(clippy::cast_possible_truncation, reason = "the clock wraps")]

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::sync::{Arc, Once, OnceLock};
use std::time::{Duration, Instant};

#[cfg(feature = "server")]
use mio::net::{TcpListener as MioListener, TcpStream as MioStream};

use crate::OsError;
use crate::sys::is_transient;
use crate::transport::{Attempt, Transport};

/// Under Wine each look that finds nothing costs as much as to be woken.
pub(crate) const SPIN: u32 = 0;

pub(crate) const FORGETS: bool = cfg!(windows);

pub(crate) fn connect(port: u16, timeout: u32) -> Result<TcpStream, OsError> {
    start(|| drop(TcpStream::connect_timeout(&loopback(0), Duration::ZERO)));
    let address = loopback(port);
    let stream = TcpStream::connect_timeout(&address, millis(timeout))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

pub(crate) fn listen(port: u16) -> Result<TcpListener, OsError> {
    start(|| drop(TcpListener::bind(loopback(0))));
    let listener = TcpListener::bind(loopback(port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

/// Has the process make its `first` socket, which leads nowhere, in one thread. The standard library
/// starts the sockets of Windows in each thread that makes a first one, and stops them again in all
/// but one of these. Wine 8 loses count: then there are no sockets (10093), or the process ends.
fn start(first: fn()) {
    static STARTED: Once = Once::new();
    if cfg!(windows) {
        STARTED.call_once(first);
    }
}

/// The port that a listener listens at. One that has none is not listening either.
pub(crate) fn port(listener: &impl Listener) -> u16 {
    listener.address().map_or(0, |address| address.port())
}

pub(crate) trait Listener {
    fn address(&self) -> io::Result<SocketAddr>;
}

impl Listener for TcpListener {
    fn address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }
}

#[cfg(feature = "server")]
impl Listener for MioListener {
    fn address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }
}

/// Has whoever waits for a connection of this listener wake up, by way of one that is nobody's.
pub(crate) fn stop_listening(listener: &TcpListener) {
    if let Ok(address) = listener.local_addr() {
        let _ = TcpStream::connect_timeout(&address, millis(1000));
    }
}

/// Closes both directions; who is blocked in a read sees the end, or an error.
pub(crate) fn hang_up(stream: &TcpStream) {
    let _ = stream.shutdown(Shutdown::Both);
    // There a read that has begun goes on until its time is up.
    #[cfg(windows)]
    crate::sys::cancel(stream);
}

#[cfg(feature = "server")]
pub(crate) fn accept(listener: &MioListener) -> Result<MioStream, OsError> {
    let (stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The process at the other end, where the system says.
#[cfg(feature = "server")]
pub(crate) fn process(_: &MioStream) -> Option<u32> {
    None
}

impl Transport for TcpStream {
    fn read(&mut self, into: &mut [u8], waits: bool) -> Attempt {
        read(self, into, waits)
    }

    fn write(&mut self, from: &[u8], waits: bool) -> Attempt {
        write(self, from, waits)
    }
}

impl Transport for Arc<TcpStream> {
    fn read(&mut self, into: &mut [u8], waits: bool) -> Attempt {
        read(self, into, waits)
    }

    fn write(&mut self, from: &[u8], waits: bool) -> Attempt {
        write(self, from, waits)
    }
}

#[cfg(feature = "server")]
impl Transport for MioStream {
    fn read(&mut self, into: &mut [u8], _: bool) -> Attempt {
        attempt(Read::read(self, into))
    }

    fn write(&mut self, from: &[u8], _: bool) -> Attempt {
        attempt(Write::write(self, beginning(from)))
    }
}

fn read(stream: &TcpStream, into: &mut [u8], waits: bool) -> Attempt {
    let mut stream = stream;
    let _not_waiting = NotWaiting::unless(waits, stream);
    attempt(stream.read(into))
}

fn write(stream: &TcpStream, from: &[u8], waits: bool) -> Attempt {
    let mut stream = stream;
    let _not_waiting = NotWaiting::unless(waits, stream);
    attempt(stream.write(beginning(from)))
}

/// While it is there, a socket does not block that does otherwise.
struct NotWaiting<'a>(&'a TcpStream);

impl NotWaiting<'_> {
    fn unless(waits: bool, stream: &TcpStream) -> Option<NotWaiting<'_>> {
        // Not `then_some`, whose value would be dropped, and that is a system call.
        (!waits && stream.set_nonblocking(true).is_ok()).then(|| NotWaiting(stream))
    }
}

impl Drop for NotWaiting<'_> {
    fn drop(&mut self) {
        let _ = self.0.set_nonblocking(false);
    }
}

/// What is written at once. Windows takes a write of any size, so that a peer that does not read
/// would never be noticed.
fn beginning(from: &[u8]) -> &[u8] {
    const MOST: usize = 64 * 1024;
    from.get(..MOST).unwrap_or(from)
}

#[inline(never)]
fn attempt(outcome: io::Result<usize>) -> Attempt {
    match outcome.map_err(OsError::from) {
        Ok(n) => Attempt::Moved(n),
        Err(OsError(code)) if is_transient(code) => Attempt::NotNow,
        Err(_) => Attempt::Failed,
    }
}

/// Sets how many milliseconds a read and a write may block: more than 0.
pub(crate) fn set_timeouts(stream: &TcpStream, read: u32, write: u32) {
    // If these fail, so will the read or the write.
    let _ = stream.set_read_timeout(Some(millis(read)));
    let _ = stream.set_write_timeout(Some(millis(write)));
}

/// Milliseconds since some moment in the past; wraps.
pub(crate) fn now() -> u32 {
    since_start().as_millis() as u32
}

/// As well: where it costs no more, of this moment.
#[cfg(feature = "server")]
pub(crate) fn lately() -> u32 {
    now()
}

#[cfg(feature = "server")]
pub(crate) const TICK: u32 = 0;

/// Microseconds since some moment in the past; wraps after 71 minutes.
pub(crate) fn micros() -> u32 {
    since_start().as_micros() as u32
}

#[inline(never)]
fn since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Leaves the core to others who want it.
pub(crate) fn leave_core() {
    std::thread::yield_now();
}

fn millis(millis: u32) -> Duration {
    Duration::from_millis(u64::from(millis))
}
