//! A server is killed and started again, and its client goes on: `cargo run --example reconnect`.
//!
//! The program starts itself as the server, kills that, and starts it anew.

use std::error::Error;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use ipc_runtime::{CallError, Change, Reconnecting, Server, service};

#[service]
trait Clock {
    /// To ask twice is no worse than to ask once: it is asked again by itself.
    #[ipc(idempotent)]
    fn process(&mut self) -> u32;
    /// Counts: whoever asks again must know that it may have been counted.
    fn count(&mut self, milliseconds: u32) -> u32;
}

#[derive(Default)]
struct Here(u32);

impl Clock for Here {
    fn process(&mut self) -> u32 {
        std::process::id()
    }

    fn count(&mut self, milliseconds: u32) -> u32 {
        std::thread::sleep(Duration::from_millis(milliseconds.into()));
        self.0 += 1;
        self.0
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        Some(name) => serve(&name),
        None => call(),
    }
}

fn serve(name: &str) -> Result<(), Box<dyn Error>> {
    let mut server = Server::publish(name)?;
    server.add(ClockService(Here::default()))?;
    // So that the endpoint file goes when it is told to end, and not killed.
    server.stop_on_signals()?;
    // If whoever started it is gone, it is of no use.
    server.run_until_alone(Duration::from_secs(10))?;
    Ok(())
}

fn call() -> Result<(), Box<dyn Error>> {
    let name = format!("reconnect-{}", std::process::id());
    let start = Instant::now();
    let mut connection = Reconnecting::open(&name)?;
    connection.on_change(move |change| {
        let at = start.elapsed().as_millis();
        match change {
            Change::Connected { attempts } => println!("{at:5} ms  connected, attempt {attempts}"),
            Change::Failed { attempts, .. } => println!("{at:5} ms  attempt {attempts} failed"),
            Change::Lost(reason) => println!("{at:5} ms  lost: {reason}"),
            _ => {}
        }
    });
    let mut clock = ClockClient::new(&mut connection);

    let mut first = server(&name)?;
    println!("the first server is process {}", clock.process()?);
    kill(&mut first)?;

    let mut second = server(&name)?;
    println!("the second is process {}", clock.process()?);

    // Killed in the middle of a call that is not to be made twice.
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        kill(&mut second)
    });
    match clock.count(60_000) {
        Err(error @ CallError::MayHaveRun(_)) => println!("{error}"),
        other => return Err(format!("unexpected: {other:?}").into()),
    }
    killer.join().map_err(|_| "a panic")??;

    let mut third = server(&name)?;
    println!("the third counts from {}", clock.count(0)?);
    kill(&mut third)?;
    // Who is killed leaves its file behind.
    std::fs::remove_file(ipc_runtime::endpoint::path_of(&name)?)?;
    Ok(())
}

fn server(name: &str) -> Result<Child, Box<dyn Error>> {
    Ok(Command::new(std::env::current_exe()?).arg(name).spawn()?)
}

fn kill(child: &mut Child) -> std::io::Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}
