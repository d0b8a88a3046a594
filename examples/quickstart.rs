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
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve(),
        _ => call(),
    }
}

fn serve() -> Result<(), Box<dyn Error>> {
    let path = std::env::temp_dir().join(format!("quickstart-{}", std::process::id()));
    let folder = ModFolder::open(&path)?;
    folder.install("base", "1.0", &[])?;
    folder.install("sonic.hd", "2.1", &["base"])?;

    let mut server = Server::bind_trusting_all(0)?;
    server.add(LoaderService(folder))?;
    println!("{}", server.port());

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
    let mut server = Command::new(std::env::current_exe()?)
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut output = BufReader::new(server.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    output.read_line(&mut line)?;
    println!("process {} serves at port {}", server.id(), line.trim());

    let mut connection = Connection::connect_trusting_all(line.trim().parse()?)?;
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

    output.read_line(&mut line)?;
    println!("  the server's log: {}", line.lines().last().unwrap_or_default());

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
    pub trait Loader {
        fn enable(&mut self, id: &str, at_once: bool) -> String;
    }
}
