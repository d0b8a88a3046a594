use ipc_runtime::service;

#[service]
trait Loader<T> {
    fn load(&mut self, value: T);
}

#[service]
trait Borrower<'a, const N: usize> {
    fn borrow(&mut self, value: &'a [u8; N]);
}

fn main() {}
