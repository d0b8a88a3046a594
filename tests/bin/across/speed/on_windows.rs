//! One thread for all clients, by what Windows itself offers for that.

use std::ffi::c_void;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::windows::io::{AsRawSocket, RawSocket};
use std::ptr;
use std::thread;

use ipc_runtime::endpoint::Endpoint;

use super::{DeskByHand, let_in};

const POLLRDNORM: i16 = 0x0100;
const INFINITE: u32 = u32::MAX;

#[repr(C)]
struct PollFd {
    socket: RawSocket,
    events: i16,
    returned: i16,
}

#[repr(C)]
struct Buffer {
    len: u32,
    start: *mut u8,
}

/// The system's, while a read is under way.
#[repr(C)]
struct Overlapped {
    internal: [usize; 2],
    offset: [u32; 2],
    event: *mut c_void,
}

#[link(name = "ws2_32")]
unsafe extern "system" {
    fn WSAPoll(sockets: *mut PollFd, count: u32, millis: i32) -> i32;
    fn WSARecv(
        socket: RawSocket,
        buffers: *const Buffer,
        count: u32,
        received: *mut u32,
        flags: *mut u32,
        overlapped: *mut Overlapped,
        routine: *mut c_void,
    ) -> i32;
}

unsafe extern "system" {
    fn CreateIoCompletionPort(
        file: *mut c_void,
        port: *mut c_void,
        key: usize,
        threads: u32,
    ) -> *mut c_void;
    fn GetQueuedCompletionStatus(
        port: *mut c_void,
        moved: *mut u32,
        key: *mut usize,
        overlapped: *mut *mut Overlapped,
        millis: u32,
    ) -> i32;
}

/// Waits for all sockets at once, and reads of those that have something.
pub fn poll(listener: TcpListener, endpoint: &Endpoint) {
    let waited = |socket| PollFd { socket, events: POLLRDNORM, returned: 0 };
    let mut sockets = vec![waited(listener.as_raw_socket())];
    let mut clients: Vec<(TcpStream, DeskByHand)> = Vec::new();
    loop {
        let count = u32::try_from(sockets.len()).expect("they are few");
        // SAFETY: pointer and count are those of one slice, which outlives the call.
        assert!(unsafe { WSAPoll(sockets.as_mut_ptr(), count, -1) } > 0, "the system waits");
        for (socket, (stream, desk)) in sockets[1..].iter_mut().zip(&mut clients) {
            if socket.returned != 0 {
                match stream.read(desk.space()) {
                    Ok(n @ 1..) => stream.write_all(desk.answers(n)).expect("the client reads"),
                    _ => socket.events = 0,
                }
            }
        }
        if sockets[0].returned != 0 {
            let stream = let_in(&listener, endpoint);
            sockets.push(waited(stream.as_raw_socket()));
            clients.push((stream, DeskByHand::new()));
        }
        // What is asked for nothing is left out.
        let mut kept = sockets[1..].iter().map(|socket| socket.events != 0);
        clients.retain(|_| kept.next() == Some(true));
        sockets.retain(|socket| socket.events != 0);
    }
}

/// A client and the read that is under way for it. It stays where it is for ever.
struct Reading {
    overlapped: Overlapped,
    stream: TcpStream,
    desk: DeskByHand,
}

impl Reading {
    /// Begins to read. `false`: it cannot.
    fn begin(&mut self) -> bool {
        let space = self.desk.space();
        let len = u32::try_from(space.len()).expect("it is short");
        let buffer = Buffer { len, start: space.as_mut_ptr() };
        let mut flags = 0;
        self.overlapped = Overlapped { internal: [0; 2], offset: [0; 2], event: ptr::null_mut() };
        // SAFETY: what is read into and `overlapped` are never moved or freed, and nobody looks at
        // them before the port has told of the end.
        let refused = unsafe {
            WSARecv(
                self.stream.as_raw_socket(),
                &raw const buffer,
                1,
                ptr::null_mut(),
                &raw mut flags,
                &raw mut self.overlapped,
                ptr::null_mut(),
            )
        };
        const WSA_IO_PENDING: i32 = 997;
        refused == 0 || std::io::Error::last_os_error().raw_os_error() == Some(WSA_IO_PENDING)
    }
}

/// A read is always under way for each client, and a completion port tells which has ended.
pub fn completion_port(listener: TcpListener, endpoint: &Endpoint) {
    // SAFETY: it is a new port, and no file's.
    let port = unsafe {
        CreateIoCompletionPort(ptr::without_provenance_mut(usize::MAX), ptr::null_mut(), 0, 0)
    };
    let (shared, endpoint) = (port.expose_provenance(), endpoint.clone());
    thread::spawn(move || {
        loop {
            let_one_in(&listener, &endpoint, ptr::with_exposed_provenance_mut(shared));
        }
    });
    loop {
        let (mut n, mut key, mut overlapped) = (0, 0, ptr::null_mut());
        // SAFETY: all pointers are to what they should be, for as long as the call takes.
        let went = unsafe {
            GetQueuedCompletionStatus(port, &raw mut n, &raw mut key, &raw mut overlapped, INFINITE)
        };
        if went == 0 || n == 0 {
            continue;
        }
        // SAFETY: keys are addresses of what is never freed, and only this thread looks at it while
        // no read is under way.
        let reading = unsafe { &mut *ptr::with_exposed_provenance_mut::<Reading>(key) };
        let answers = reading.desk.answers(n as usize);
        reading.stream.write_all(answers).expect("the client reads");
        reading.begin();
    }
}

fn let_one_in(listener: &TcpListener, endpoint: &Endpoint, port: *mut c_void) {
    let stream = let_in(listener, endpoint);
    let overlapped = Overlapped { internal: [0; 2], offset: [0; 2], event: ptr::null_mut() };
    let socket = stream.as_raw_socket();
    let reading = Box::leak(Box::new(Reading { overlapped, stream, desk: DeskByHand::new() }));
    let key = ptr::from_mut(reading).expose_provenance();
    let file = ptr::without_provenance_mut(usize::try_from(socket).expect("it is a handle"));
    // SAFETY: both handles are open.
    let same = unsafe { CreateIoCompletionPort(file, port, key, 0) };
    assert!(same == port && reading.begin(), "a socket can be read from");
}
