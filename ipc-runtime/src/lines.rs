//! What goes over connections, as text.

use std::collections::BTreeMap;

use ipc_core::dump::{Dump, Line};
use ipc_core::interface::Interface;

use crate::tap::Tap;

/// A [`Tap`] that tells of each frame in a line of text: the method, its arguments and what it
/// returned, where an [`Interface`] knows them.
///
/// It decodes what goes by a second time, and formats it: for looking for a mistake, not for every
/// day. What is told is in plain text, secrets that are sent included.
///
/// ```
/// # #[cfg(feature = "server")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ipc_runtime::{Connection, Lines, Server, service};
///
/// #[service]
/// trait Calculator {
///     fn add(&mut self, a: u32, b: u32) -> u32;
/// }
/// # struct Here;
/// # impl Calculator for Here {
/// #     fn add(&mut self, a: u32, b: u32) -> u32 { a + b }
/// # }
/// # let mut server = Server::bind_trusting_all(0)?;
/// # server.add(CalculatorService(Here))?;
/// # let (port, stop) = (server.port(), server.handle()?);
/// # let client = std::thread::spawn(move || -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
///
/// let told = Lines::new(&[CalculatorClient::INTERFACE], |connection, line| {
///     // -> call 1 Calculator.add(a: 2, b: 40) within 10000 ms
///     // <- reply 1 Calculator.add: 42
///     eprintln!("{connection}: {line}");
/// });
/// let mut connection = Connection::connect_trusting_all(port)?;
/// connection.tap(told);
/// let sum = CalculatorClient::new(&mut connection).add(2, 40)?;
/// # stop.stop();
/// # Ok(sum)
/// # });
/// # server.run()?;
/// # assert!(matches!(client.join(), Ok(Ok(42))));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "server"))]
/// # fn main() {}
/// ```
pub struct Lines<F> {
    interfaces: Vec<Interface>,
    dumps: BTreeMap<u64, Dump>,
    tell: F,
}

impl<F: FnMut(u64, Line<'_>) + Send> Lines<F> {
    /// Calls `tell` for each frame, on the thread that drives the connection, which waits for it.
    pub fn new(interfaces: &[Interface], tell: F) -> Lines<F> {
        Lines { interfaces: interfaces.to_vec(), dumps: BTreeMap::new(), tell }
    }
}

fn dump<'d>(
    dumps: &'d mut BTreeMap<u64, Dump>,
    interfaces: &[Interface],
    connection: u64,
) -> &'d mut Dump {
    dumps.entry(connection).or_insert_with(|| Dump::new(interfaces))
}

impl<F: FnMut(u64, Line<'_>) + Send> Tap for Lines<F> {
    fn received(&mut self, connection: u64, bytes: &[u8]) {
        let Lines { interfaces, dumps, tell } = self;
        let dump = dump(dumps, interfaces, connection);
        dump.received(bytes, &mut |line| tell(connection, line));
    }

    fn sent(&mut self, connection: u64, bytes: &[u8]) {
        let Lines { interfaces, dumps, tell } = self;
        let dump = dump(dumps, interfaces, connection);
        dump.sent(bytes, &mut |line| tell(connection, line));
    }

    fn closed(&mut self, connection: u64) {
        self.dumps.remove(&connection);
    }
}

/// As [`Lines`], to the logger of the program: faults and what cannot be read at the level of
/// debugging, all other frames at that of tracing, with the target `ipc`.
///
/// ```
/// # #[cfg(feature = "server")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ipc_runtime::{Server, log_tap};
///
/// let mut server = Server::bind_trusting_all(0)?;
/// server.tap(log_tap(&[]))?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "server"))]
/// # fn main() {}
/// ```
#[cfg(feature = "log")]
pub fn log_tap(interfaces: &[Interface]) -> impl Tap + use<> {
    use ipc_core::dump::What;
    Lines::new(interfaces, |connection, line| {
        let level = match line.what {
            What::Fault | What::Broken => log::Level::Debug,
            _ => log::Level::Trace,
        };
        log::log!(target: "ipc", level, "{connection} {line}");
    })
}

#[cfg(all(test, feature = "log"))]
mod tests {
    use std::sync::Mutex;

    use super::*;

    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

    /// Keeps what is logged.
    struct Kept;

    impl log::Log for Kept {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }

        fn log(&self, record: &log::Record<'_>) {
            if let Ok(mut told) = TOLD.lock() {
                told.push(format!("{} {} {}", record.level(), record.target(), record.args()));
            }
        }

        fn flush(&self) {}
    }

    #[test]
    fn frames_are_logged_for_tracing_and_faults_for_debugging() {
        assert!(log::set_logger(&Kept).is_ok());
        log::set_max_level(log::LevelFilter::Trace);
        let mut tap = log_tap(&[]);
        tap.sent(3, &[5, 0, 0, 0, 4, 7, 0, 0, 0]);
        tap.received(3, &[6, 0, 0, 0, 3, 7, 0, 0, 0, 1]);
        let told = TOLD.lock().map(|told| told.clone()).unwrap_or_default();
        let expected =
            ["TRACE ipc 3 -> cancel 7", "DEBUG ipc 3 <- fault 7: UnknownService, did not run"];
        assert_eq!(told, expected);
    }
}
