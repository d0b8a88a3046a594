//! A game serves its tools once a frame, within a budget: `cargo run --example game_loop`.

use std::cell::Cell;
use std::error::Error;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use ipc_runtime::{Connection, Server, service};

/// What tools may ask of the game.
#[service]
pub trait Game {
    /// The frame that is shown.
    fn frame(&mut self) -> u32;
    /// Ends the game.
    #[ipc(oneway)]
    fn quit(&mut self);
}

/// Handlers run within the game's own frame, so they need no lock.
struct Tools {
    frame: Rc<Cell<u32>>,
    over: Rc<Cell<bool>>,
}

impl Game for Tools {
    fn frame(&mut self) -> u32 {
        self.frame.get()
    }

    fn quit(&mut self) {
        self.over.set(true);
    }
}

/// Of 16 milliseconds.
const BUDGET: Duration = Duration::from_millis(2);

fn main() -> Result<(), Box<dyn Error>> {
    let mut server = Server::unpublished()?;
    let endpoint = server.endpoint().ok_or("it has a key")?;
    let tool = thread::spawn(move || tool(&endpoint).map_err(|error| error.to_string()));

    let (frame, over) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
    server.add(GameService(Tools { frame: frame.clone(), over: over.clone() }))?;
    while !over.get() && !tool.is_finished() {
        // Never waits; calls that find no time are served in the next frame.
        server.poll_within(BUDGET)?;
        frame.set(frame.get() + 1);
        thread::sleep(Duration::from_millis(14)); // The game itself.
    }
    println!("the game ends in frame {}", frame.get());
    tool.join().map_err(|_| "the tool panicked")?.map_err(Into::into)
}

fn tool(endpoint: &str) -> Result<(), Box<dyn Error>> {
    let mut connection = Connection::open_endpoint(endpoint)?;
    for _ in 0..3 {
        println!("the tool sees frame {}", GameClient::new(&mut connection).frame()?);
        thread::sleep(Duration::from_millis(50));
    }
    Ok(GameClient::new(&mut connection).quit()?)
}
