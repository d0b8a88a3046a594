//! The types and the service that WIRE.md gives its vectors of.

use ipc_runtime::{Decode, Encode, Reply, service};

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Mod {
    pub id: String,
    pub enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum LoadError {
    NotFound,
    Incompatible { needs: String },
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Tagged {
    Near,
    #[ipc(tag = 200)]
    Far(u16),
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Node {
    pub value: u8,
    pub children: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Pair(pub u8, pub u16);

#[service]
pub trait Loader {
    fn mods(&mut self) -> Vec<Mod>;
    fn enable(&mut self, id: &str) -> Result<Mod, LoadError>;
    fn disable(&mut self, id: &str);
    #[ipc(oneway)]
    fn log(&mut self, line: &str);
    #[ipc(deferred)]
    fn scan(&mut self, path: &str, reply: Reply<Vec<Mod>>);
}
