use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc(nam = "Old")]
enum Order<#[ipc(bound)] T> {
    #[ipc(tag = 1, tag = 2)]
    First(#[ipc(tag = 3)] T),
    #[ipc(tag = "1")]
    Second {
        #[ipc(name = "b")]
        a: u8,
        b: u8,
    },
    #[ipc]
    Third,
    #[ipc(tag = 2)]
    Fourth,
}

fn main() {}
