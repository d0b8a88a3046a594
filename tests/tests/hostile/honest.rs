//! The client that everybody else is not to notice: about a thousand calls a second, all the while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ipc_runtime::Connection;

use crate::harness::Running;
use crate::target::TargetClient;

/// On machines that do other things as well, a call may take so long, and no longer.
const PATIENCE: Duration = Duration::from_secs(2);

pub struct Honest {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Honest {
    /// One that is connected by the time this returns.
    pub fn of(server: &Running) -> Honest {
        Honest::on(server.connect())
    }

    pub fn on(mut connection: Connection) -> Honest {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let work = move || {
            let mut target = TargetClient::new(&mut connection);
            let mut calls = 0;
            while calls == 0 || !stopped.load(Ordering::Relaxed) {
                let start = Instant::now();
                assert_eq!(target.add(calls, 1), Ok(calls + 1), "call {calls}");
                let taken = start.elapsed();
                assert!(taken < PATIENCE, "call {calls} took {taken:?}");
                calls += 1;
                thread::sleep(Duration::from_millis(1).saturating_sub(taken));
            }
        };
        Honest { stop, thread: Some(thread::spawn(work)) }
    }

    /// Ends it: all its calls were answered, and in time.
    pub fn was_served(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("it is ended once");
        thread.join().expect("every call is answered in time");
    }
}

impl Drop for Honest {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
