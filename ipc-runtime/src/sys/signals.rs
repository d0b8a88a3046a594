//! Being told by the system that the process is to end.
//!
//! Each system supplies `catch`, which asks to be told from now on. On Unix what tells is a stream
//! that becomes readable, and `came` counts; on Windows it is a function that is called.

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(unix)]
mod unix {
    use std::io;
    use std::mem::MaybeUninit;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    use std::ptr;
    use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
    use std::sync::{Mutex, PoisonError};

    use libc::c_int;

    /// How many signals have come.
    static CAME: AtomicU32 = AtomicU32::new(0);

    /// What the handler writes to; open for as long as the process lives.
    static WRITER: AtomicI32 = AtomicI32::new(-1);

    /// Both ends of what wakes. Made once; nobody ever reads, because each byte that is written
    /// wakes all who wait, whether or not there were others before it.
    static ENDS: Mutex<Option<(UnixStream, UnixStream)>> = Mutex::new(None);

    /// How many of the signals have come that were caught.
    pub(crate) fn came() -> u32 {
        CAME.load(Ordering::SeqCst)
    }

    /// Catches the signals that say that the process is to end, each once: the second of a kind
    /// does what it did before. What is returned gets something to read when one comes.
    pub(crate) fn catch() -> io::Result<UnixStream> {
        let mut ends = ENDS.lock().unwrap_or_else(PoisonError::into_inner);
        let (reader, writer) = match &mut *ends {
            Some(ends) => ends,
            None => {
                let (reader, writer) = UnixStream::pair()?;
                reader.set_nonblocking(true)?;
                writer.set_nonblocking(true)?;
                ends.insert((reader, writer))
            }
        };
        let reader = reader.try_clone()?;
        WRITER.store(writer.as_raw_fd(), Ordering::SeqCst);
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
            catch_one(signal)?;
        }
        Ok(reader)
    }

    fn catch_one(signal: c_int) -> io::Result<()> {
        let mut old = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: there is room for what is written, and null says that nothing is to be changed.
        if unsafe { libc::sigaction(signal, ptr::null(), old.as_mut_ptr()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: all of it is written, and was 0 before, which is a value of all its fields.
        let old = unsafe { old.assume_init() };
        // Whoever started this process, as nohup does, wants it to go on.
        if old.sa_sigaction == libc::SIG_IGN {
            return Ok(());
        }
        // SAFETY: 0 is a value of all its fields.
        let mut new = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
        let handler: extern "C" fn(c_int) = handler;
        new.sa_sigaction = handler as libc::sighandler_t;
        new.sa_flags = libc::SA_RESTART | libc::SA_RESETHAND;
        // SAFETY: `new` outlives the call, and its handler does only what a handler may do.
        match unsafe { libc::sigaction(signal, &raw const new, ptr::null_mut()) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// May run on any thread and in the middle of anything: it counts, and makes one system call.
    extern "C" fn handler(_: c_int) {
        CAME.fetch_add(1, Ordering::SeqCst);
        keep_errno(|| {
            // It may fail where nobody has read for long: there is something to read then.
            // SAFETY: pointer and length are those of one static; the descriptor is never closed.
            unsafe { libc::write(WRITER.load(Ordering::SeqCst), [1_u8].as_ptr().cast(), 1) };
        });
    }

    /// What was interrupted may be about to look at its error.
    fn keep_errno(act: impl FnOnce()) {
        // SAFETY: takes nothing, and points to this thread's own, which lives as long as it.
        let errno = unsafe { errno() };
        // SAFETY: as above.
        let before = unsafe { *errno };
        act();
        // SAFETY: as above.
        unsafe { *errno = before };
    }

    #[cfg(any(target_os = "illumos", target_os = "solaris"))]
    use libc::___errno as errno;
    #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
    use libc::__errno as errno;
    #[cfg(any(target_os = "linux", target_os = "dragonfly", target_os = "hurd"))]
    use libc::__errno_location as errno;
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    use libc::__error as errno;
    #[cfg(target_os = "haiku")]
    use libc::_errnop as errno;
}

#[cfg(windows)]
mod windows {
    use std::sync::{Mutex, PoisonError};
    use std::thread;
    use std::time::Duration;

    use crate::OsError;
    use std::io;

    /// Tells one who wants to know; `false`: there is nobody any more.
    pub(crate) type Tell = Box<dyn Fn() -> bool + Send>;

    static TOLD: Mutex<Vec<Tell>> = Mutex::new(Vec::new());

    /// The console is closed, the user logs off, the system shuts down: the process ends when the
    /// handler returns, or a few seconds later.
    const CLOSE: u32 = 2;

    /// How long the handler lets the process end by itself. The system allows 5 seconds.
    const ENDING: Duration = Duration::from_secs(10);

    #[link(name = "kernel32")]
    unsafe extern "system" {
        #[link_name = "SetConsoleCtrlHandler"]
        fn set_console_ctrl_handler(handler: extern "system" fn(u32) -> i32, add: i32) -> i32;
    }

    /// Has `tell` called, once and on a thread of the system's, when the process is to end. A
    /// second event does what it did before.
    pub(crate) fn catch(tell: Tell) -> Result<(), OsError> {
        let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the handler is there as long as the process is. One that is added again is
        // called again, and finds nobody to be told.
        if unsafe { set_console_ctrl_handler(handler, 1) } == 0 {
            return Err(io::Error::last_os_error().into());
        }
        told.push(tell);
        Ok(())
    }

    extern "system" fn handler(event: u32) -> i32 {
        let told = std::mem::take(&mut *TOLD.lock().unwrap_or_else(PoisonError::into_inner));
        let mut anybody = false;
        for tell in told {
            anybody |= tell();
        }
        if anybody && event >= CLOSE {
            thread::sleep(ENDING);
        }
        anybody.into()
    }
}
