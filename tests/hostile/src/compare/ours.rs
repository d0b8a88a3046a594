//! This library.

use ipc_runtime::Connection;

use super::Prey;
use crate::keys::{file_of, made_up, text_of};
use crate::process::{Folder, Process};
use crate::raw::add;
use crate::serve::Served;
use crate::target::TargetClient;

pub struct Ours {
    served: Served,
    folder: Folder,
}

pub fn start() -> Ours {
    Ours { served: Served::start(&[]), folder: Folder::new("compared") }
}

impl Prey for Ours {
    fn name(&self) -> String {
        "this library".to_owned()
    }

    fn port(&self) -> u16 {
        self.served.port()
    }

    fn process(&mut self) -> &mut Process {
        &mut self.served.process
    }

    fn honest(&self) -> Option<Box<dyn FnMut() -> bool>> {
        let mut connection = Connection::open_endpoint(&self.served.endpoint).ok()?;
        Some(Box::new(move || TargetClient::new(&mut connection).add(1, 2) == Ok(3)))
    }

    fn call_without_key(&self) -> Vec<u8> {
        add(1).0
    }

    fn large(&self) -> Vec<u8> {
        vec![0xff, 0xff, 0xff, 0x7f]
    }

    fn client_of(&self, port: u16) -> Process {
        // The endpoint file of a server that was at this port.
        self.folder.put("dead", &file_of(&text_of(&made_up(port))));
        self.folder.run(&["open", "dead", "1000"])
    }
}
