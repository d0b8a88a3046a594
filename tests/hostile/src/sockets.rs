//! Sockets by the thousand: none of them leaves anything behind.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::fd::{FromRawFd, OwnedFd};
use std::time::Duration;

use libc::{c_int, c_void, socklen_t};

/// Connects from 127.0.0.`host`, so that attackers do not use up each other's ports, within five seconds,
/// and resets instead of lingering when it is closed.
pub fn connect_from(host: u8, port: u16) -> io::Result<TcpStream> {
    // SAFETY: no pointer is passed.
    let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new, and nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    set(fd, libc::SOL_SOCKET, libc::SO_LINGER, &libc::linger { l_onoff: 1, l_linger: 0 });
    // Bounds the connecting too.
    set(fd, libc::SOL_SOCKET, libc::SO_SNDTIMEO, &libc::timeval { tv_sec: 5, tv_usec: 0 });
    set(fd, libc::IPPROTO_IP, libc::IP_BIND_ADDRESS_NO_PORT, &1_i32);
    let own = name(SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, host), 0));
    let peer = name(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port));
    let len = size_of::<libc::sockaddr_in>() as socklen_t;
    // SAFETY: the names outlive the calls, and the length is theirs.
    let failed = unsafe {
        libc::bind(fd, (&raw const own).cast(), len) < 0
            || libc::connect(fd, (&raw const peer).cast(), len) < 0
    };
    if failed { Err(io::Error::last_os_error()) } else { Ok(TcpStream::from(socket)) }
}

fn name(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(*address.ip()).to_be() },
        sin_zero: [0; 8],
    }
}

fn set<T>(fd: c_int, level: c_int, which: c_int, value: &T) {
    let start: *const c_void = std::ptr::from_ref(value).cast();
    // SAFETY: `value` outlives the call, and the length is its own.
    let failed = unsafe { libc::setsockopt(fd, level, which, start, size_of::<T>() as socklen_t) };
    assert_eq!(failed, 0, "{}", io::Error::last_os_error());
}

/// All that comes until the other side closes; `None` if it does not in so long.
pub fn read_to_end(stream: &mut TcpStream, within: Duration) -> Option<Vec<u8>> {
    let mut said = Vec::new();
    let mut chunk = [0; 4096];
    stream.set_read_timeout(Some(within)).expect("a socket");
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return Some(said),
            Ok(n) => said.extend_from_slice(&chunk[..n]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(_) => return Some(said),
        }
    }
}

/// Whether it is closed without a word, or with one.
pub fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("a socket");
    let outcome = stream.peek(&mut [0]);
    stream.set_nonblocking(false).expect("a socket");
    !matches!(outcome, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
