//! Mistakes in one method of a service.

use proc_macro::TokenStream;

use super::types::unsendable;
use crate::model::{Method, Param, Receiver, Role};
use crate::report::Report;
use crate::tokens::is_punct;
use crate::types;

/// Whether the client can be given such a value.
pub(crate) fn is_answer(ty: &TokenStream) -> bool {
    let mut report = Report::default();
    sent_back(ty, &mut report);
    report.is_empty()
}

pub(super) fn method(method: &Method, report: &mut Report) {
    head(method, report);
    receiver(method, report);
    for param in &method.params {
        if let Some(cfg) = param.attributes.iter().find(|attribute| attribute.is("cfg")) {
            report.error(
                &cfg.content(),
                "a parameter cannot depend on a condition, under which the two sides may differ: \
                 write two methods, each with its `#[cfg]`",
            );
        }
        match param.role {
            Role::Argument => argument(param, report),
            Role::Peer => peer(param, report),
            Role::Handle => {}
            Role::Reply => reply(param, report),
        }
    }
    returns(method, report);
    options(method, report);
}

fn head(method: &Method, report: &mut Report) {
    for qualifier in &method.qualifiers {
        report.error(qualifier, &refused_qualifier(&qualifier.to_string()));
    }
    if method.name.to_string() == "new" {
        report.error(
            &method.name,
            "the client has a constructor `new` already: rename the method; \
             `#[ipc(name = \"new\")]` keeps what it is called on the wire",
        );
    }
    if method.generics.has_types() {
        report.error(
            &method.generics.as_written(),
            "a method of a service cannot be generic, as both sides must agree on the bytes of \
             each call: write concrete types, or one method for each type",
        );
    }
    for attribute in method.attributes.iter().filter(|attribute| attribute.is("cfg_attr")) {
        if attribute.is_ours() {
            report.error(
                &attribute.content(),
                "`#[ipc(..)]` cannot depend on a condition, under which the two sides may \
                 differ: write two methods, each with its `#[cfg]`",
            );
        }
    }
}

fn refused_qualifier(word: &str) -> String {
    match word {
        "async" => "a method of a service is a plain `fn`, which answers when it returns: \
                    remove `async`; with `#[ipc(deferred)]` it can answer later"
            .into(),
        _ => format!(
            "a method of a service is a plain `fn`, called with what came over the wire: \
             remove `{word}`"
        ),
    }
}

fn receiver(method: &Method, report: &mut Report) {
    match &method.receiver {
        Receiver::Shared | Receiver::Exclusive => {}
        Receiver::Other(written) => report.error(
            written,
            "the handler stays with the server, for the calls to come: \
             take `&self` or `&mut self`",
        ),
        Receiver::None => report.error(
            &method.name,
            "a call is served by a handler: add `&self` or `&mut self` as the first parameter",
        ),
    }
}

fn argument(param: &Param, report: &mut Report) {
    if param.pattern.clone().into_iter().any(|token| is_punct(&token, '.')) {
        report.error(
            &param.pattern,
            "a method of a service has a fixed number of arguments: take a `&[T]`",
        );
    } else if param.name().is_none() {
        report.error(
            &param.pattern,
            "an argument of a service is a plain name, which the client has too: \
             take the pattern apart in the body",
        );
    }
    let peer = types::as_reference(&param.ty)
        .is_some_and(|reference| reference.mutable && types::ends_in(&reference.target, "Peer"));
    if peer || types::ends_in(&param.ty, "PeerHandle") {
        return report.error(
            &param.ty,
            "a peer is not sent: mark the parameter `#[ipc(peer)]`, \
             and the server passes the one that calls",
        );
    }
    if types::arguments(&param.ty, "Reply").is_some() {
        return report.error(
            &param.ty,
            "a `Reply` is not sent: mark the method `#[ipc(deferred)]`, \
             and the server passes it as the last parameter",
        );
    }
    if let Some((at, reason)) = unsendable(&param.ty) {
        report.error(at, reason);
    }
    for lifetime in types::lifetimes(&param.ty) {
        if lifetime.to_string() == "static" {
            report.error(
                &lifetime,
                "what is received lives as long as the call: leave out `'static`, \
                 or take a value of your own, such as a `String`",
            );
        }
    }
}

fn peer(param: &Param, report: &mut Report) {
    let is_peer = types::as_reference(&param.ty)
        .is_some_and(|reference| reference.mutable && types::ends_in(&reference.target, "Peer"));
    if !is_peer {
        report.error(
            &param.ty,
            "the parameter marked `#[ipc(peer)]` is a `&mut Peer<'_>`, \
             or a `PeerHandle`, which can be kept",
        );
    }
}

fn reply(param: &Param, report: &mut Report) {
    match types::arguments(&param.ty, "Reply").as_deref() {
        Some([answer]) => sent_back(answer, report),
        _ => report.error(
            &param.ty,
            "the last parameter of a deferred method is where it answers: \
             add `reply: Reply<T>` behind this one, where `T` is what the client gets",
        ),
    }
}

fn returns(method: &Method, report: &mut Report) {
    let Some(ty) = &method.returns else { return };
    if method.is_oneway() {
        report.error(ty, "a one-way method is never answered: return nothing, or drop `oneway`");
    } else if method.is_deferred() {
        report.error(
            ty,
            "a deferred method answers through its `Reply`: return nothing, or drop `deferred`",
        );
    } else {
        sent_back(ty, report);
    }
}

/// What a client gets outlives the bytes that it came in.
fn sent_back(ty: &TokenStream, report: &mut Report) {
    if let Some((at, reason)) = unsendable(ty) {
        report.error(at, reason);
    } else if types::mentions_reference(ty) {
        report.error(
            ty,
            "the client gets what is returned as its own, so nothing can be borrowed: \
             return `String` for `&str`, `Vec<T>` for `&[T]`, `T` for `&T`",
        );
    } else if let Some(lifetime) = types::lifetimes(ty).first() {
        report.error(
            lifetime,
            "the client gets what is returned as its own, so nothing can be borrowed: \
             return a type without a lifetime",
        );
    }
}

/// Options that go together with others, or with parameters.
fn options(method: &Method, report: &mut Report) {
    let (oneway, deferred) = (method.options.find("oneway"), method.options.find("deferred"));
    if let (Some(_), Some(deferred)) = (oneway, deferred) {
        report.error(
            deferred,
            "a one-way method is never answered, a deferred one is answered later: keep one of the two",
        );
    } else if let (Some(deferred), None) = (deferred, method.params_of(Role::Reply).next()) {
        report.error(
            deferred,
            "a deferred method answers through its last parameter: add `reply: Reply<T>`, \
             where `T` is what the client gets",
        );
    }
    let peers = method.params_of(Role::Peer).skip(1);
    for second in peers.chain(method.params_of(Role::Handle).skip(1)) {
        report.error(&second.pattern, "one peer makes the call: keep one `#[ipc(peer)]`");
    }
}
