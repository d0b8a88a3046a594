//! What is written in place of an attribute.
//!
//! All of it is thin: it encodes, makes one call into `ipc-core`, decodes, and holds one `match`.
//! It names nothing but `::core`, what is below `__rt`, and what the user named.

mod calls;
mod client;
mod decode;
mod encode;
mod interface;
mod readers;
mod runs;
mod server;
mod table;

use proc_macro::{Ident, Span, TokenStream};

pub(crate) use self::decode::{decode, decode_stub};
pub(crate) use self::encode::{encode, encode_stub};
use crate::attr::{self, Options};
use crate::model::{Data, Param, Service};
use crate::template::template;
use crate::tokens::unraw;
use crate::types;

/// What stands beside a service trait. Methods that are not sound are left out of the table and of
/// the dispatch, and are there on the client only so that calls to them give no further error.
pub(crate) fn service(service: &Service) -> TokenStream {
    let types = [server::wrapper(service), client::client(service), calls::calls(service)];
    let impls = [
        table::table(service),
        server::dispatch(service),
        client::methods(service),
        interface::interface(service),
        calls::methods(service),
    ];
    joined([joined(types), scoped(&service.options, &joined(impls))])
}

fn joined(parts: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    parts.into_iter().collect()
}

/// Items in a scope of their own, in which `__rt` is ours.
fn scoped(options: &Options, items: &TokenStream) -> TokenStream {
    template!("const _: () = { use #rt; #items };", rt = options.rt(), items)
}

/// `LoaderClient` for `Loader`.
fn sibling(service: &Service, suffix: &str) -> Ident {
    hygienic(&Ident::new(&format!("{}{suffix}", unraw(&service.name)), service.name.span()))
}

/// The name, as that of something generated. It is shown where the user's own stands, which is
/// where one gets who asks for its definition.
fn hygienic(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(Span::mixed_site().located_at(name.span()));
    name
}

/// The attributes of the trait that matter for what stands beside it.
fn kept(service: &Service) -> TokenStream {
    let hidden = service
        .attributes
        .iter()
        .filter(|attribute| attribute.is("doc") && types::mentions(&attribute.content(), "hidden"));
    let deprecated = attr::carried(&service.attributes, &["deprecated"]);
    joined([deprecated, attr::carried(hidden, &["doc"])])
}

/// What a parameter is called in generated code: as the user called it, or by its place if that
/// was `_`.
fn binding(param: &Param, place: usize) -> Ident {
    let name = param.name().filter(|name| name.to_string() != "_");
    name.unwrap_or_else(|| Ident::new(&format!("arg{place}"), Span::mixed_site()))
}

/// The predicates of an impl: those of the user, and either what `bound` says or `each` for every
/// type parameter that a field holds a value of.
fn predicates(data: &Data, each: impl Fn(&TokenStream) -> TokenStream) -> TokenStream {
    let mut predicates = data.generics.predicates.clone();
    if let Some(bound) = data.options.bound() {
        predicates.extend(bound);
        return predicates;
    }
    let fields = data.fields();
    for param in data.generics.types() {
        let name = param.to_string();
        if fields.iter().any(|field| types::holds(&field.ty, &name)) {
            predicates.extend(each(param));
        }
    }
    predicates
}

/// Where a type stands in the user's source.
fn place_of(ty: &TokenStream) -> Span {
    ty.clone().into_iter().next().map_or_else(Span::mixed_site, |token| token.span())
}
