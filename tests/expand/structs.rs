use ipc_runtime::{Decode, Encode};

/// Named fields, a raw identifier, names in the schema that differ.
#[derive(Encode, Decode)]
#[ipc(name = "Modification")]
pub struct Mod {
    /// Its name.
    pub id: String,
    r#type: u8,
    #[ipc(name = "enabled")]
    active: bool,
}

#[derive(Encode, Decode)]
struct Pair(u8, pub (u16, u16));

#[derive(Encode, Decode)]
struct Unit;
