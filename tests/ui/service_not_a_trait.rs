use ipc_runtime::service;

#[service]
struct Loader;

#[service]
impl Loader {}

#[service]
fn load() {}

#[service]
pub(crate) mod loader {}

fn main() {}
