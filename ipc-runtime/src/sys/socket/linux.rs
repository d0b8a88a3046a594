//! Linux: system calls, whose errors are numbers.
#![allow(clippy::cast_possible_truncation, reason = "C's types for sizes and times")]

#[cfg(feature = "server")]
use std::net::TcpListener;
use std::net::{Ipv4Addr, TcpStream};
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
#[cfg(feature = "server")]
const QUEUE: c_int = 4096;

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

#[cfg(feature = "server")]
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
#[cfg(feature = "server")]
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

impl<S: AsRawFd> Transport for S {
    fn read(&mut self, into: &mut [u8]) -> Attempt {
        read(self.as_raw_fd(), into)
    }

    fn write(&mut self, from: &[u8]) -> Attempt {
        write(self.as_raw_fd(), from)
    }
}

#[inline(never)]
fn read(fd: RawFd, into: &mut [u8]) -> Attempt {
    // SAFETY: pointer and length are those of one slice, which outlives the call.
    attempt(unsafe { libc::recv(fd, into.as_mut_ptr().cast(), into.len(), 0) })
}

#[inline(never)]
fn write(fd: RawFd, from: &[u8]) -> Attempt {
    // SAFETY: pointer and length are those of one slice, which outlives the call.
    attempt(unsafe { libc::send(fd, from.as_ptr().cast(), from.len(), libc::MSG_NOSIGNAL) })
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
#[inline(never)]
pub(crate) fn now() -> u32 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    (time.tv_sec as u32).wrapping_mul(1000).wrapping_add(time.tv_nsec as u32 / 1_000_000)
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
