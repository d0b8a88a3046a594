use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
enum LoadError {
    NotFound,
    Incompatible { needs: String, has: u32 },
    #[ipc(tag = 200, name = "Disk")]
    Io(i32),
    Next,
}

/// Holds nothing, so nests nothing.
#[derive(Encode, Decode)]
enum Order {
    Before,
    After,
}
