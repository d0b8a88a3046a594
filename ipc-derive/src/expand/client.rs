//! `LoaderClient`: what calls a `Loader` on the other side.

use proc_macro::TokenStream;

use super::table::{index, sent_as};
use super::{binding, hygienic, joined, kept, place_of, sibling};
use crate::model::{Method, Service};
use crate::template::template;
use crate::types;
use crate::{attr, check};

/// What a method's client half takes over from it. The answer is a `Result`, so a bare
/// `#[must_use]` would say nothing new; clippy complains of it.
pub(super) const CARRIED: &[&str] = &["cfg", "cfg_attr", "doc", "deprecated", "allow"];

pub(super) fn client(service: &Service) -> TokenStream {
    let doc = format!("Calls [`{}`] at the other end of a connection.", service.name);
    template!(
        "#[doc = #doc]
        #kept
        #[allow(dead_code)]
        #visibility struct #name<'c> {
            caller: &'c mut dyn #rt::Caller,
        }",
        doc,
        kept = kept(service),
        visibility = service.visibility,
        name = sibling(service, "Client"),
        rt = service.options.rt(),
    )
}

pub(super) fn methods(service: &Service) -> TokenStream {
    // A method of this name has been refused; the constructor is there in any case.
    let methods = service.methods.iter().filter(|method| method.name.to_string() != "new");
    let methods = methods.map(|method| {
        if method.sound { client_method(service, method) } else { stub(service, method) }
    });
    template!(
        "#[allow(deprecated, dead_code)]
        impl<'c> #name<'c> {
            /// Calls go over this connection.
            #visibility fn new(caller: &'c mut dyn __rt::Caller) -> Self {
                Self { caller }
            }

            #methods
        }",
        name = sibling(service, "Client"),
        visibility = service.visibility,
        methods = joined(methods),
    )
}

fn client_method(service: &Service, method: &Method) -> TokenStream {
    let (params, begun) = begun(method);
    let body = template!("#begun #answer", begun, answer = answer(method));
    declared(service, method, &params, &returns(method.answer()), &body)
}

/// The parameters of a method's client half, and what encodes them.
pub(super) fn begun(method: &Method) -> (TokenStream, TokenStream) {
    let (mut params, mut encoded) = (TokenStream::new(), TokenStream::new());
    for (i, param) in method.arguments() {
        let (name, ty) = (binding(param, i), method.type_of(param));
        let by = if types::as_reference(&ty).is_some() { None } else { Some(template!("&")) };
        params.extend(template!("#name: #ty,", name, ty));
        let sent = sent_as(ty);
        let at = place_of(&sent);
        encoded.extend(template!(
            at,
            "<#sent as __rt::Encode>::encode_apart(#by #name, w);",
            sent,
            by,
            name
        ));
    }
    let begin =
        template!("self.caller.begin(const { &__METHODS[#index] });", index = index(method));
    let writer = if encoded.is_empty() { None } else { Some(template!("let w =")) };
    (params, template!("#writer #begin #encoded", writer, begin, encoded))
}

/// Says as much as can be said of a method that is not what it should be, so that calls of it give
/// no further error.
fn stub(service: &Service, method: &Method) -> TokenStream {
    let params = method.arguments().map(|_| template!("_: impl ::core::marker::Sized,"));
    let mut unknown = service.generics.type_names();
    unknown.extend(method.generics.type_names());
    let answer = method.answer().filter(|answer| {
        check::is_answer(answer) && !unknown.iter().any(|name| types::mentions(answer, name))
    });
    let body = template!("::core::unreachable!()");
    declared(service, method, &joined(params), &returns(answer), &body)
}

pub(super) fn declared(
    service: &Service,
    method: &Method,
    params: &TokenStream,
    returns: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    template!(
        "#carried
        #visibility fn #name(&mut self, #params) -> #returns {
            #body
        }",
        carried = attr::carried(&method.attributes, CARRIED),
        visibility = service.visibility,
        name = hygienic(&method.name),
        params,
        returns,
        body,
    )
}

/// Sends what was encoded, and decodes what comes back.
fn answer(method: &Method) -> TokenStream {
    if method.is_oneway() {
        return template!("__rt::posted(self.caller.post())");
    }
    let answer = method.answer().unwrap_or_else(|| template!("()"));
    let at = place_of(&answer);
    let decode = match types::arguments(&answer, "Result").as_deref() {
        Some([ok, error]) => {
            template!(at, "<#ok as __rt::ReturnedOr<#error>>::finish", ok, error)
        }
        _ => template!(at, "<#answer as __rt::Returned>::finish", answer),
    };
    template!("#decode(self.caller)", decode)
}

/// The handler's own error and those of the call are one.
fn returns(answer: Option<TokenStream>) -> TokenStream {
    let answer = answer.unwrap_or_else(|| template!("()"));
    match types::arguments(&answer, "Result").as_deref() {
        Some([ok, error]) => {
            template!("__rt::Result<#ok, __rt::CallError<#error>>", ok, error)
        }
        _ => template!("__rt::Result<#answer, __rt::CallError>", answer),
    }
}
