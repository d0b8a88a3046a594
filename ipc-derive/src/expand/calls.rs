//! `LoaderCalls`: what starts calls of a `Loader`, whose answers are collected later.

use proc_macro::TokenStream;

use super::client::{begun, declared};
use super::{joined, kept, place_of, sibling};
use crate::model::{Method, Service};
use crate::template::template;
use crate::types;

pub(super) fn calls(service: &Service) -> TokenStream {
    let doc = format!(
        "Starts calls of [`{}`] at the other end of a connection, whose answers are collected later.",
        service.name
    );
    template!(
        "#[doc = #doc]
        #kept
        #[allow(dead_code)]
        #visibility struct #name<'c> {
            caller: &'c mut dyn #rt::Pipeline,
        }",
        doc,
        kept = kept(service),
        visibility = service.visibility,
        name = sibling(service, "Calls"),
        rt = service.options.rt(),
    )
}

pub(super) fn methods(service: &Service) -> TokenStream {
    // The client half has said what can be said of the others.
    let methods = service.sound_methods().filter(|method| method.name.to_string() != "new");
    template!(
        "#[allow(deprecated, dead_code)]
        impl<'c> #name<'c> {
            /// Calls are started on this connection.
            #visibility fn new(caller: &'c mut dyn __rt::Pipeline) -> Self {
                Self { caller }
            }

            #methods
        }",
        name = sibling(service, "Calls"),
        visibility = service.visibility,
        methods = joined(methods.map(|method| started(service, method))),
    )
}

fn started(service: &Service, method: &Method) -> TokenStream {
    let (params, begun) = begun(method);
    let (start, returns) = start(method);
    let body = template!("#begun #start", begun, start);
    declared(service, method, &params, &returns, &body)
}

/// Starts what was encoded, and what that returns.
fn start(method: &Method) -> (TokenStream, TokenStream) {
    if method.is_oneway() {
        let start = template!("__rt::queued(self.caller)");
        return (start, template!("__rt::Result<(), __rt::CallError>"));
    }
    let answer = method.answer().unwrap_or_else(|| template!("()"));
    let at = place_of(&answer);
    let (start, returns) = match types::arguments(&answer, "Result").as_deref() {
        Some([ok, error]) => (
            template!(at, "<#ok as __rt::ReturnedOr<#error>>::start", ok, error),
            template!(
                "__rt::Result<__rt::Pending<#ok, #error>, __rt::CallError<#error>>",
                ok,
                error
            ),
        ),
        _ => (
            template!(at, "<#answer as __rt::Returned>::start", answer),
            template!("__rt::Result<__rt::Pending<#answer>, __rt::CallError>", answer),
        ),
    };
    (template!("#start(self.caller)", start), returns)
}
