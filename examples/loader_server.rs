//! The game's side: `cargo run --example loader_server -- FOLDER`.

use std::error::Error;
use std::path::Path;

use examples::folder::ModFolder;
use examples::loader::LoaderService;
use ipc_runtime::Server;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "mods".to_owned());
    let mut server = Server::publish("loader")?;
    server.add(LoaderService(ModFolder::open(Path::new(&folder))?))?;
    println!("serving the mods in {folder:?}; end with ctrl-c");
    Ok(server.run()?)
}
