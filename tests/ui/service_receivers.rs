use ipc_runtime::service;

use std::rc::Rc;

#[service]
trait Loader {
    fn none();
    fn only_arguments(id: u8);
    fn by_value(self);
    fn mutable(mut self)
    where
        Self: Sized,
    {
    }
    fn boxed(self: Box<Self>);
    fn counted(self: &Rc<Self>);
    fn typed(self: &mut Self);
    fn lived<'a>(&'a self);
}

fn main() {}
