//! What `LoaderClient` can tell of a `Loader`: its methods as data, and which the other side lacks.

use proc_macro::TokenStream;

use super::server::Argument;
use super::table::{cfg, index};
use super::{binding, joined, place_of, sibling};
use crate::model::{Method, Service};
use crate::rewrite;
use crate::template::template;
use crate::tokens::unraw;
use crate::types;

pub(super) fn interface(service: &Service) -> TokenStream {
    template!(
        "#[allow(deprecated, dead_code)]
        impl #name<'_> {
            #interface
            #missing
        }",
        name = sibling(service, "Client"),
        interface = constant(service),
        missing = missing(service),
    )
}

/// What the trait itself has a method for is left to it.
fn has(service: &Service, name: &str) -> bool {
    service.methods.iter().any(|method| method.name.to_string() == name)
}

fn missing(service: &Service) -> Option<TokenStream> {
    (!has(service, "missing")).then(|| {
        template!(
            "/// Asks the other side which of the methods it lacks, or has with other types. Nothing
            /// is run. Blocks for an answer for each method.
            ///
            /// # Errors
            ///
            /// When the other side could not be asked.
            #visibility fn missing(
                &mut self,
            ) -> __rt::Result<__rt::Vec<__rt::Missing>, __rt::CallError> {
                const ASKED: &[__rt::Method] = &__rt::asked::<{ __METHODS.len() }>(__METHODS);
                __rt::missing(self.caller, ASKED)
            }",
            visibility = service.visibility,
        )
    })
}

fn constant(service: &Service) -> Option<TokenStream> {
    (!has(service, "INTERFACE")).then(|| {
        template!(
            "/// The methods as data, with what shows their arguments to people.
            #visibility const INTERFACE: __rt::Interface = __rt::Interface {
                name: #name,
                methods: &[#methods],
            };",
            visibility = service.visibility,
            name = service.wire_name(),
            methods = joined(service.sound_methods().map(signature)),
        )
    })
}

fn signature(method: &Method) -> TokenStream {
    let arguments = method.arguments().map(|(i, param)| {
        let ty = Argument::of(method.type_of(param)).decoded;
        let value = template!(place_of(&ty), "<#ty as __rt::Decode<'_>>::decode_apart(r)?", ty);
        template!(
            "__rt::Argument { name: #name, kind: #kind },",
            name = unraw(&binding(param, i)),
            kind = kind(&rewrite::text(&param.ty), &value),
        )
    });
    template!(
        "#cfg __rt::Signature {
            method: &__METHODS[#index],
            arguments: &[#arguments],
            returns: #returns,
        },",
        cfg = cfg(method),
        index = index(method),
        arguments = joined(arguments),
        returns = returns(method),
    )
}

fn returns(method: &Method) -> TokenStream {
    if method.is_oneway() {
        return template!("__rt::None");
    }
    let answer = method.answer().unwrap_or_else(|| template!("()"));
    let at = place_of(&answer);
    // As the client does it, so that a type that cannot be decoded is complained of once.
    let value = match types::arguments(&answer, "Result").as_deref() {
        Some([ok, error]) => {
            template!(at, "<#ok as __rt::ReturnedOr<#error>>::read(r)?", ok, error)
        }
        _ => template!(at, "<#answer as __rt::Returned>::read(r)?", answer),
    };
    template!("__rt::Some(#kind)", kind = kind(&rewrite::text(&answer), &value))
}

/// How a value is shown that `value` decodes: by its `Debug`, if it has one.
fn kind(text: &str, value: &TokenStream) -> TokenStream {
    template!(
        "__rt::Kind {
            text: #text,
            show: |r, out| {
                #[allow(unused_imports)]
                use __rt::ByText as _;
                __rt::Shown(#value).show(#text, out);
                __rt::Ok(())
            },
        }",
        text,
        value,
    )
}
