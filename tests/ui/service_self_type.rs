use ipc_runtime::service;

#[service]
trait Loader {
    fn merge(&mut self, other: &Self);
    fn split(&mut self) -> Vec<Self>
    where
        Self: Sized;
}

fn main() {}
