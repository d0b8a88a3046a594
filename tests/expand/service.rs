use ipc_runtime::{Reply, service};

/// What a mod manager may ask of a running game.
#[service]
pub trait Loader {
    /// All mods, in order.
    fn mods(&mut self) -> Vec<Mod>;

    fn enable(&mut self, id: &str) -> Result<Mod, LoadError>;

    #[ipc(oneway)]
    fn log(&self, line: &str);

    #[ipc(deferred)]
    fn scan(&mut self, path: &str, reply: Reply<Vec<Mod>>);
}
