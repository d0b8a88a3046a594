//! The mod manager's side: `cargo run --example loader_client -- COMMAND`.

use std::error::Error;
use std::process::ExitCode;

use examples::loader::LoaderClient;
use ipc_runtime::Connection;

const USAGE: &str = "\
loader_client list             every mod, the enabled ones first in load order
loader_client enable ID        load a mod after the others
loader_client disable ID       load it no more
loader_client order ID [ID..]  set the load order
loader_client log TEXT         write to the game's log";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut connection = Connection::open("loader")?;
    let mut loader = LoaderClient::new(&mut connection);
    match args {
        ["list"] => {}
        ["enable", id] => drop(loader.enable(id)?),
        ["disable", id] => loader.disable(id)?,
        ["order", ids @ ..] => drop(loader.reorder(ids.to_vec())?),
        ["log", text] => return Ok(loader.log(text)?),
        _ => return Err(USAGE.into()),
    }
    for item in loader.mods()? {
        let place = item.place.map_or_else(|| "  -".to_owned(), |place| format!("{place:>3}"));
        println!("{place}  {} {}", item.id, item.version);
    }
    Ok(())
}
