//! With a mistake in it, an item is followed by a stub: using it gives no further error.

use ipc_runtime::{Decode, Encode, service};

#[derive(Encode, Decode)]
struct Mod {
    #[ipc(tag = 3)]
    id: String,
}

#[service]
trait Loader {
    fn mods(&mut self) -> Vec<Mod>;
    async fn get<T>(&mut self, key: &mut T) -> T;
    fn result(self, key: u8) -> Result<u8, String>;
}
