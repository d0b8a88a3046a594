//! `LoaderService`: what a server adds to serve a `Loader`.

use proc_macro::TokenStream;

use super::readers::Readers;
use super::table::{cfg, index};
use super::{binding, joined, kept, place_of, sibling};
use crate::model::{Method, Receiver, Role, Service};
use crate::template::template;
use crate::types;

pub(super) fn wrapper(service: &Service) -> TokenStream {
    let name = sibling(service, "Service");
    let doc =
        format!("Serves calls of [`{}`] with the implementation that it holds.", service.name);
    template!(
        "#[doc = #doc]
        #kept
        #[allow(dead_code)]
        #visibility struct #name<T>(#visibility T);",
        doc,
        kept = kept(service),
        visibility = service.visibility,
        name,
    )
}

pub(super) fn dispatch(service: &Service) -> TokenStream {
    // Without its arguments, which are refused, a generic trait can be no bound.
    let bound = service.generics.is_empty().then(|| template!(": #name", name = service.name));
    let readers = Readers::of(service);
    template!(
        "#[allow(deprecated)]
        impl<__T #bound> __rt::Service for #name<__T> {
            fn methods(&self) -> &'static [__rt::Method] {
                __METHODS
            }

            fn dispatch(
                &mut self,
                index: usize,
                call: &mut __rt::Call<'_>,
            ) -> __rt::Result<(), __rt::DecodeError> {
                #declared
                match index {
                    #arms
                    _ => __rt::Err(__rt::DecodeError::UnknownTag),
                }
            }

            #later
        }",
        bound,
        name = sibling(service, "Service"),
        declared = readers.declared(service),
        arms = joined(service.sound_methods().map(|method| arm(service, method, &readers))),
        later = later(service),
    )
}

/// What a server or a connection has to have ready for the handlers.
fn later(service: &Service) -> TokenStream {
    let any = |roles: &[Role]| {
        service
            .sound_methods()
            .any(|method| method.params.iter().any(|param| roles.contains(&param.role)))
    };
    let sends =
        any(&[Role::Reply, Role::Handle]).then(|| template!("fn sends_later() -> bool { true }"));
    let calls = any(&[Role::Peer]).then(|| template!("fn calls_back() -> bool { true }"));
    joined([sends, calls].into_iter().flatten())
}

/// First all that may fail, so that the handler runs with sound arguments or not at all.
fn arm(service: &Service, method: &Method, readers: &Readers) -> TokenStream {
    let (mut deferred, mut passed) = (TokenStream::new(), TokenStream::new());
    for (i, param) in method.params.iter().enumerate() {
        let name = binding(param, i);
        match param.role {
            Role::Argument => {
                let by = Argument::of(method.type_of(param)).by;
                passed.extend(template!("#by #name,", by, name));
            }
            Role::Peer => passed.extend(template!("&mut call.peer(),")),
            // Before the peer, which borrows the call.
            Role::Handle => {
                deferred.extend(template!("let #name = call.handle();", name));
                passed.extend(template!("#name,", name));
            }
            Role::Reply => {
                let ty = method.type_of(param);
                deferred.extend(template!("let #name: #ty = call.defer();", name, ty));
                passed.extend(template!("#name,", name));
            }
        }
    }
    template!(
        "#cfg #index => { #read #deferred #answered __rt::Ok(()) }",
        cfg = cfg(method),
        index = index(method),
        read = readers.read(method),
        deferred,
        answered = answer(service, method, &passed),
    )
}

/// Runs the handler, and replies unless that is not for now or not at all.
fn answer(service: &Service, method: &Method, passed: &TokenStream) -> TokenStream {
    let handler = match method.receiver {
        Receiver::Shared => template!("&self.0"),
        _ => template!("&mut self.0"),
    };
    let run = template!(
        "<__T as #service>::#method(#handler, #passed)",
        service = service.name,
        method = method.name,
        handler,
        passed,
    );
    match method.answer() {
        _ if method.is_oneway() || method.is_deferred() => template!("#run;", run),
        None => template!("#run; call.reply();", run),
        Some(ty) => {
            let at = place_of(&ty);
            let encode =
                template!(at, "<#ty as __rt::Encode>::encode_apart(&out, call.reply());", ty);
            template!("let out = #run; #encode", run, encode)
        }
    }
}

/// How an argument is made of what was received.
pub(super) struct Argument {
    /// What is decoded: the parameter's type, or what holds the value that it points to.
    pub(super) decoded: TokenStream,
    /// `&`, unless the handler takes what was decoded itself.
    by: Option<TokenStream>,
}

impl Argument {
    pub(super) fn of(ty: TokenStream) -> Argument {
        let owned = types::as_reference(&ty).and_then(|reference| {
            let target = reference.target;
            match types::as_slice(&target) {
                // Text and bytes are lent from where they were received.
                _ if types::is(&target, "str") => None,
                Some(element) if types::is(&element, "u8") => None,
                Some(element) => Some(template!(place_of(&target), "__rt::Vec<#element>", element)),
                None => Some(target),
            }
        });
        match owned {
            Some(decoded) => Argument { decoded, by: Some(template!("&")) },
            None => Argument { decoded: ty, by: None },
        }
    }
}
