//! Linux: system calls, whose errors are numbers.
#![allow(clippy::cast_possible_truncation, reason = "C's types for sizes and times")]

use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use libc::{c_int, c_void, sockaddr_in, socklen_t};
#[cfg(feature = "server")]
use mio::net::{TcpListener as MioListener, TcpStream as MioStream};

use crate::OsError;
use crate::sys::{is_transient, last_error};
use crate::transport::{Attempt, Transport};

/// Connections that may wait to be accepted. The standard library's 128 are too few for many
/// clients that come at once.
const QUEUE: c_int = 4096;

/// Somewhat longer than to go to sleep and to be woken takes.
pub(crate) const SPIN: u32 = 50;

pub(crate) const FORGETS: bool = false;

const NAME_LEN: socklen_t = size_of::<sockaddr_in>() as socklen_t;

pub(crate) fn connect(port: u16, timeout: u32) -> Result<TcpStream, OsError> {
    let socket = tcp_socket(0)?;
    // On Linux this bounds the connecting too.
    set_timeout(socket.as_raw_fd(), libc::SO_SNDTIMEO, timeout);
    set_nodelay(socket.as_raw_fd());
    let name = name_of(port);
    // SAFETY: `name` outlives the call, and the length is its own.
    check(unsafe { libc::connect(socket.as_raw_fd(), (&raw const name).cast(), NAME_LEN) })?;
    Ok(TcpStream::from(socket))
}

/// Connects to a Unix-domain socket by its name in the abstract namespace; a queue that is full
/// is waited for for so many milliseconds.
#[cfg(target_os = "linux")]
pub(crate) fn connect_abstract(name: &[u8; 20], timeout: u32) -> Result<TcpStream, OsError> {
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
    // SAFETY: no pointer is passed.
    let fd = unsafe { libc::socket(libc::AF_UNIX, kind, 0) };
    check(fd)?;
    // SAFETY: the descriptor is new, and nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    set_timeout(fd, libc::SO_SNDTIMEO, timeout.max(1));
    let mut address =
        libc::sockaddr_un { sun_family: libc::AF_UNIX as libc::sa_family_t, sun_path: [0; 108] };
    // The 0 before it says that it is no file's.
    for (slot, byte) in address.sun_path.iter_mut().skip(1).zip(name) {
        *slot = byte.cast_signed() as libc::c_char;
    }
    let len = (size_of::<libc::sa_family_t>() + 1 + name.len()) as socklen_t;
    // SAFETY: `address` outlives the call, and is longer than that.
    check(unsafe { libc::connect(fd, (&raw const address).cast(), len) })?;
    Ok(TcpStream::from(socket))
}

pub(crate) fn listen(port: u16) -> Result<TcpListener, OsError> {
    let socket = tcp_socket(libc::SOCK_NONBLOCK)?;
    set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_REUSEADDR, &1_i32);
    let name = name_of(port);
    // SAFETY: `name` outlives the call, and the length is its own.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const name).cast(), NAME_LEN) })?;
    // SAFETY: no pointer is passed.
    check(unsafe { libc::listen(socket.as_raw_fd(), QUEUE) })?;
    Ok(TcpListener::from(socket))
}

/// The port that a listener listens at. One that has none is not listening either.
#[inline(never)]
pub(crate) fn port(listener: &impl AsRawFd) -> u16 {
    let mut name = name_of(0);
    let mut len = NAME_LEN;
    // SAFETY: `name` outlives the call, and the length is its own.
    unsafe {
        libc::getsockname(listener.as_raw_fd(), (&raw mut name).cast(), &raw mut len);
    }
    u16::from_be(name.sin_port)
}

/// Has whoever waits for a connection of this listener told that there is none any more.
pub(crate) fn stop_listening(listener: &TcpListener) {
    // SAFETY: no pointer is passed.
    unsafe { libc::shutdown(listener.as_raw_fd(), libc::SHUT_RDWR) };
}

/// Closes both directions; who is blocked in a read sees the end.
pub(crate) fn hang_up(stream: &TcpStream) {
    let _ = stream.shutdown(Shutdown::Both);
}

#[cfg(feature = "server")]
pub(crate) fn accept(listener: &MioListener) -> Result<MioStream, OsError> {
    let flags = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    let (name, len) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: null pointers say that the peer's name is not asked for.
    let fd = unsafe { libc::accept4(listener.as_raw_fd(), name, len, flags) };
    check(fd)?;
    set_nodelay(fd);
    // SAFETY: the descriptor is new, and nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    Ok(MioStream::from_std(TcpStream::from(socket)))
}

/// The process at the other end, where the system says; not over TCP.
#[cfg(all(feature = "server", target_os = "linux"))]
pub(crate) fn process(stream: &MioStream) -> Option<u32> {
    let mut peer = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut len = size_of::<libc::ucred>() as socklen_t;
    // SAFETY: both pointers are to what they should be, for as long as the call takes.
    let failed = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut peer).cast(),
            &raw mut len,
        )
    };
    u32::try_from(peer.pid).ok().filter(|pid| failed == 0 && *pid != 0)
}

/// The process at the other end, where the system says.
#[cfg(all(feature = "server", not(target_os = "linux")))]
pub(crate) fn process(_: &MioStream) -> Option<u32> {
    None
}

impl<S: AsRawFd> Transport for S {
    fn read(&mut self, into: &mut [u8], waits: bool) -> Attempt {
        read(self.as_raw_fd(), into, waits)
    }

    fn write(&mut self, from: &[u8], waits: bool) -> Attempt {
        write(self.as_raw_fd(), from, waits)
    }
}

fn flags(waits: bool) -> c_int {
    if waits { libc::MSG_NOSIGNAL } else { libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT }
}

#[inline(never)]
fn read(fd: RawFd, into: &mut [u8], waits: bool) -> Attempt {
    // SAFETY: pointer and length are those of one slice, which outlives the call.
    attempt(unsafe { libc::recv(fd, into.as_mut_ptr().cast(), into.len(), flags(waits)) })
}

#[inline(never)]
fn write(fd: RawFd, from: &[u8], waits: bool) -> Attempt {
    // SAFETY: pointer and length are those of one slice, which outlives the call.
    attempt(unsafe { libc::send(fd, from.as_ptr().cast(), from.len(), flags(waits)) })
}

fn attempt(returned: isize) -> Attempt {
    match usize::try_from(returned) {
        Ok(n) => Attempt::Moved(n),
        Err(_) if is_transient(last_error().0) => Attempt::NotNow,
        Err(_) => Attempt::Failed,
    }
}

/// Sets how many milliseconds a read and a write may block: more than 0.
#[inline(never)]
pub(crate) fn set_timeouts(stream: &TcpStream, read: u32, write: u32) {
    set_timeout(stream.as_raw_fd(), libc::SO_RCVTIMEO, read);
    set_timeout(stream.as_raw_fd(), libc::SO_SNDTIMEO, write);
}

/// Milliseconds since some moment in the past; wraps.
pub(crate) fn now() -> u32 {
    millis(libc::CLOCK_MONOTONIC)
}

/// As well, as of the latest tick, which was up to [`TICK`] milliseconds ago: for what is asked
/// for each call. Takes a sixth of the time.
#[cfg(feature = "server")]
pub(crate) fn lately() -> u32 {
    millis(libc::CLOCK_MONOTONIC_COARSE)
}

/// The longest that a kernel is made with.
#[cfg(feature = "server")]
pub(crate) const TICK: u32 = 10;

#[inline(never)]
fn millis(clock: libc::clockid_t) -> u32 {
    let time = time(clock);
    (time.tv_sec as u32).wrapping_mul(1000).wrapping_add(time.tv_nsec as u32 / 1_000_000)
}

/// Microseconds since some moment in the past; wraps after 71 minutes.
pub(crate) fn micros() -> u32 {
    let time = time(libc::CLOCK_MONOTONIC);
    (time.tv_sec as u32).wrapping_mul(1_000_000).wrapping_add(time.tv_nsec as u32 / 1000)
}

fn time(clock: libc::clockid_t) -> libc::timespec {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` outlives the call.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time
}

/// Leaves the core to others who want it.
pub(crate) fn leave_core() {
    // SAFETY: takes nothing.
    unsafe { libc::sched_yield() };
}

#[inline(never)]
fn tcp_socket(flags: c_int) -> Result<OwnedFd, OsError> {
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | flags;
    // SAFETY: no pointer is passed.
    let fd = unsafe { libc::socket(libc::AF_INET, kind, 0) };
    check(fd)?;
    // SAFETY: the descriptor is new, and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A port of 127.0.0.1.
fn name_of(port: u16) -> sockaddr_in {
    sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(Ipv4Addr::LOCALHOST).to_be() },
        sin_zero: [0; 8],
    }
}

#[inline(never)]
fn set_timeout(fd: RawFd, which: c_int, millis: u32) {
    let time = libc::timeval {
        // The names of these types are deprecated for musl, where their sizes are to change.
        tv_sec: (millis / 1000) as _,
        tv_usec: (millis % 1000 * 1000) as _,
    };
    set_option(fd, libc::SOL_SOCKET, which, &time);
}

fn set_nodelay(fd: RawFd) {
    set_option(fd, libc::IPPROTO_TCP, libc::TCP_NODELAY, &1_i32);
}

/// Sets an option that a new socket has. Were it to fail, so would what comes after it.
fn set_option<T>(fd: RawFd, level: c_int, which: c_int, value: &T) {
    let start: *const c_void = ptr::from_ref(value).cast();
    // SAFETY: `value` outlives the call, and the length is its own.
    unsafe { libc::setsockopt(fd, level, which, start, size_of::<T>() as socklen_t) };
}

fn check(returned: c_int) -> Result<(), OsError> {
    if returned < 0 { Err(last_error()) } else { Ok(()) }
}
