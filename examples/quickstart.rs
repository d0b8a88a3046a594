//! Two processes and a trait: `cargo run --example quickstart`.
//!
//! The program starts itself a second time as the server, calls it, and prints what it gets.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use examples::folder::ModFolder;
use examples::loader::{LoaderClient, LoaderService};
use ipc_runtime::{CallError, Connection, Server, service};

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        Some(name) => serve(&name),
        None => call(),
    }
}

fn serve(name: &str) -> Result<(), Box<dyn Error>> {
    let path = std::env::temp_dir().join(name);
    let folder = ModFolder::open(&path)?;
    folder.install("base", "1.0", &[])?;
    folder.install("sonic.hd", "2.1", &["base"])?;

    let mut server = Server::publish(name)?;
    server.add(LoaderService(folder))?;

    // The server ends when whoever started it is gone.
    let stop = server.handle()?;
    std::thread::spawn(move || {
        let _ = io::stdin().read_line(&mut String::new());
        stop.stop();
    });
    server.run()?;
    Ok(std::fs::remove_dir_all(path)?)
}

fn call() -> Result<(), Box<dyn Error>> {
    // A name of its own, so that two of these can run at once.
    let name = format!("quickstart-{}", std::process::id());
    let mut server = Command::new(std::env::current_exe()?)
        .arg(&name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    println!("process {} publishes {name:?}, process {} opens it", server.id(), std::process::id());

    // Waits until the server is there, and makes it prove that it is the one.
    let mut connection = Connection::open(&name)?;
    let mut loader = LoaderClient::new(&mut connection);

    println!("\na typed call:\n  mods() = {:#?}", loader.mods()?);

    println!("\nan error of the handler's own:");
    match loader.enable("sonic.hd") {
        Err(CallError::Failed(error)) => println!("  enable(\"sonic.hd\") failed: {error}"),
        other => return Err(format!("unexpected: {other:?}").into()),
    }

    println!("\nin the right order:");
    for id in ["base", "sonic.hd"] {
        println!("  enable({id:?}) = place {:?}", loader.enable(id)?.place);
    }

    println!("\na caller built from another version of the trait:");
    match newer::LoaderClient::new(&mut connection).enable("base", true) {
        Err(error @ CallError::NotRun(_)) => println!("  {error}"),
        other => return Err(format!("unexpected: {other:?}").into()),
    }

    println!("\nand the connection goes on:");
    let mut loader = LoaderClient::new(&mut connection);
    loader.log("quickstart is done")?;
    println!("  {} mods", loader.mods()?.len());

    let mut line = String::new();
    let mut output = BufReader::new(server.stdout.take().ok_or("no output")?);
    output.read_line(&mut line)?;
    println!("  the server's log: {}", line.trim());

    server.stdin.take().ok_or("no input")?.write_all(b"\n")?;
    match server.wait()?.success() {
        true => Ok(()),
        false => Err("the server failed".into()),
    }
}

/// The interface as somebody else has it.
mod newer {
    use super::service;

    /// `enable` has got a second argument.
    #[service]
    pub(super) trait Loader {
        fn enable(&mut self, id: &str, at_once: bool) -> String;
    }
}
