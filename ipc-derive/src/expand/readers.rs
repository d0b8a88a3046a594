//! What reads the arguments of methods. Those that take the same share it: at opt-level z that is 30
//! bytes less for each. It is a closure, as the lifetimes of a function's types would need names.

use proc_macro::{Ident, Span, TokenStream};

use super::server::Argument;
use super::table::cfg;
use super::{binding, joined, place_of};
use crate::model::{Method, Service};
use crate::template::template;

/// From so many methods on it takes less to share than not to.
const SEVERAL: usize = 3;

/// The arguments that several methods take, by their types as they are written.
pub(super) struct Readers(Vec<String>);

impl Readers {
    pub(super) fn of(service: &Service) -> Readers {
        // The types of a method that is there under a condition may be, too.
        let always = service.sound_methods().filter(|method| cfg(method).is_empty());
        let mut all: Vec<_> = always.map(arguments).filter(|types| !types.is_empty()).collect();
        all.sort();
        let several = all.chunk_by(PartialEq::eq).filter(|same| same.len() >= SEVERAL);
        Readers(several.filter_map(|same| same.first().cloned()).collect())
    }

    /// The closures.
    pub(super) fn declared(&self, service: &Service) -> TokenStream {
        let first =
            |types: &String| service.sound_methods().find(|method| arguments(method) == *types);
        joined(self.0.iter().filter_map(first).map(|method| {
            template!(
                "let #name = |r| -> __rt::Result<_, __rt::DecodeError> {
                    let r: &mut __rt::Reader<'_> = r;
                    let arguments = (#values);
                    r.end()?;
                    __rt::Ok(arguments)
                };",
                name = self.name(method),
                values =
                    joined(values(method, template!("r")).map(|value| template!("#value,", value))),
            )
        }))
    }

    /// What reads the arguments of a method, and binds them to their names.
    pub(super) fn read(&self, method: &Method) -> TokenStream {
        let names = method.arguments().map(|(i, param)| binding(param, i));
        if let Some(reader) = self.name(method) {
            let names = joined(names.map(|name| template!("#name,", name)));
            return template!("let (#names) = #reader(call.args())?;", names, reader);
        }
        let values = values(method, template!("call.args()"));
        let read =
            names.zip(values).map(|(name, value)| template!("let #name = #value;", name, value));
        template!("#read call.end()?;", read = joined(read))
    }

    fn name(&self, method: &Method) -> Option<Ident> {
        let types = arguments(method);
        let place = self.0.iter().position(|other| *other == types)?;
        Some(Ident::new(&format!("read_{place}"), Span::mixed_site()))
    }
}

/// The types of a method's arguments, as they are written.
fn arguments(method: &Method) -> String {
    let types = method.arguments().map(|(_, param)| {
        let ty = Argument::of(method.type_of(param)).decoded;
        template!("#ty,", ty)
    });
    joined(types).to_string()
}

/// What each argument is read by, out of `from`.
fn values(method: &Method, from: TokenStream) -> impl Iterator<Item = TokenStream> {
    method.arguments().map(move |(_, param)| {
        let ty = Argument::of(method.type_of(param)).decoded;
        template!(place_of(&ty), "<#ty as __rt::Decode<'_>>::decode_apart(#from)?", ty, from,)
    })
}
