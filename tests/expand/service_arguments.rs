use std::borrow::Cow;

use ipc_runtime::service;

#[service]
trait Arguments {
    fn lent(&self, text: &str, bytes: &[u8]);
    fn held(&self, mods: &[Mod], one: &Mod, array: &[u8; 4]);
    fn plain(&self, maybe: Option<&str>, cow: Cow<'_, str>, pair: (u8, u16), _: u8);
    fn named<'a>(&'a self, text: &'a str, of: Foo<'a>) -> usize;
}
