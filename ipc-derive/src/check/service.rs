//! Mistakes in a service trait as a whole.

use super::method;
use crate::model::{Method, Service};
use crate::report::Report;

/// Reports what is wrong, and marks the methods that nothing is wrong with as sound.
pub(crate) fn service(service: &mut Service, report: &mut Report) {
    head(service, report);
    for word in &service.others {
        report.error(word, other_item(&word.to_string()));
    }
    for i in 0..service.methods.len() {
        let (earlier, rest) = service.methods.split_at_mut(i);
        let Some(method) = rest.first_mut() else { break };
        let before = report.count();
        method::method(method, report);
        wire_name(method, earlier, report);
        method.sound = report.count() == before && service.generics.is_empty();
    }
}

fn head(service: &Service, report: &mut Report) {
    for attribute in service.attributes.iter().filter(|attribute| attribute.is("ipc")) {
        report.error(
            &attribute.content(),
            "options of a service are written in the attribute itself: `#[service(name = \"Old\")]`",
        );
    }
    for qualifier in &service.qualifiers {
        report.error(
            qualifier,
            &format!("a service is a plain trait, as anyone may call it: remove `{qualifier}`"),
        );
    }
    if !service.generics.is_empty() {
        report.error(
            &service.generics.as_written(),
            "a service has no generic parameters, as both sides must agree on the bytes of each \
             call: write concrete types, or one trait for each type",
        );
    }
}

fn other_item(word: &str) -> &'static str {
    match word {
        "type" => {
            "a service has no associated types, as the client never sees the implementation: \
             write a concrete type in the methods"
        }
        "const" => {
            "a service has no associated constants, as the client never sees the implementation: \
             make it a method"
        }
        _ => "`#[service]` cannot see what a macro would add here: write the methods out",
    }
}

/// Methods under a `#[cfg]` may take each other's place: of them the compiler has the last word.
fn wire_name(method: &Method, earlier: &[Method], report: &mut Report) {
    let name = method.wire_name();
    let rival = earlier
        .iter()
        .find(|rival| rival.wire_name() == name && !rival.has_cfg() && !method.has_cfg());
    if let Some(rival) = rival {
        let at = method.options.find("name").unwrap_or(&method.name);
        let rival = &rival.name;
        report.error(
            at,
            &format!("`{rival}` is called \"{name}\" on the wire already: choose another name"),
        );
    }
}
