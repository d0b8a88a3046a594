//! The methods of a service as constants, which both of its sides use.

use proc_macro::{Ident, Span, TokenStream};

use super::server::Argument;
use super::{joined, place_of};
use crate::attr;
use crate::model::{Method, Service};
use crate::template::template;
use crate::tokens::unraw;
use crate::types;

/// An enum does the counting, as a `#[cfg]` may take any of its variants away.
pub(super) fn table(service: &Service) -> TokenStream {
    let names = service
        .sound_methods()
        .map(|method| template!("#cfg #name,", cfg = cfg(method), name = counted(method)));
    let indices = service.sound_methods().map(|method| {
        let (cfg, index, name) = (cfg(method), index(method), counted(method));
        template!("#cfg const #index: usize = __Index::#name as usize;", cfg, index, name)
    });
    let entries = service
        .sound_methods()
        .map(|method| template!("#cfg #entry,", cfg = cfg(method), entry = entry(service, method)));
    // What it may complain of are the names in this trait.
    let distinct = template!(service.name.span(), "__rt::distinct(__METHODS)");
    template!(
        "enum __Index { #names }
        #indices
        const __METHODS: &[__rt::Method] = &[#entries];
        const _: () = #distinct;",
        names = joined(names),
        indices = joined(indices),
        entries = joined(entries),
        distinct,
    )
}

/// The conditions under which there is this method.
pub(super) fn cfg(method: &Method) -> TokenStream {
    attr::carried(&method.attributes, &["cfg"])
}

/// The constant with the method's place in the table.
pub(super) fn index(method: &Method) -> Ident {
    Ident::new(&format!("__{}", unraw(&method.name)), Span::mixed_site())
}

/// The variant that counts for the method.
fn counted(method: &Method) -> Ident {
    let mut name = method.name.clone();
    name.set_span(Span::mixed_site());
    name
}

/// The type that an argument crosses the wire as: of a reference, what it points to.
pub(super) fn sent_as(ty: TokenStream) -> TokenStream {
    types::as_reference(&ty).map_or(ty, |reference| reference.target)
}

fn entry(service: &Service, method: &Method) -> TokenStream {
    let (service_name, name) = (service.wire_name(), method.wire_name());
    let full_name = format!("{service_name}.{name}");
    let oneway = method.is_oneway().then(|| template!(".oneway()"));
    let idempotent = method.options.has("idempotent").then(|| template!(".idempotent()"));
    template!(
        "__rt::Method::new(#service_name, #name, #full_name, #signature)
            .taking(&[#lens]) #oneway #idempotent",
        service_name,
        name,
        full_name,
        signature = signature(method),
        lens = lens(method),
        oneway,
        idempotent,
    )
}

/// The fewest bytes of each argument.
fn lens(method: &Method) -> TokenStream {
    let lens = method.arguments().map(|(_, param)| {
        let ty = Argument::of(method.type_of(param)).decoded;
        template!(place_of(&ty), "<#ty as __rt::Decode<'_>>::MIN_LEN,", ty)
    });
    joined(lens)
}

fn signature(method: &Method) -> TokenStream {
    let schema_of = |ty: &TokenStream| template!(place_of(ty), "<#ty as __rt::Encode>::SCHEMA", ty);
    let arguments = method.arguments().map(|(_, param)| {
        template!(".argument(#schema)", schema = schema_of(&sent_as(method.type_of(param))))
    });
    let returns = if method.is_oneway() {
        template!(".oneway()")
    } else {
        let answer = method.answer().unwrap_or_else(|| template!("()"));
        template!(".returns(#schema)", schema = schema_of(&answer))
    };
    template!(
        "__rt::Schema::signature() #arguments #returns",
        arguments = joined(arguments),
        returns,
    )
}
