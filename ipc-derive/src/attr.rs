//! Attributes: those of others, carried along, and our own options in `#[ipc(..)]` and `#[service(..)]`.

mod options;
mod place;
mod strip;

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

pub(crate) use self::options::Options;
pub(crate) use self::place::Place;
pub(crate) use self::strip::without_options;
use crate::cursor::Cursor;
use crate::report::Report;
use crate::tokens::is_word;
use crate::types;

/// `#[name ..]`
pub(crate) struct Attribute {
    pound: TokenTree,
    group: Group,
}

impl Attribute {
    /// Takes all attributes that come next.
    pub(crate) fn take(cursor: &mut Cursor) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        while let Some(pound) = cursor.punct('#') {
            cursor.punct('!');
            if let Some(group) = cursor.group(Delimiter::Bracket) {
                attributes.push(Attribute { pound, group });
            }
        }
        attributes
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.group.stream().into_iter().next().is_some_and(|token| is_word(&token, name))
    }

    /// What stands between the brackets.
    pub(crate) fn content(&self) -> TokenStream {
        self.group.stream()
    }

    /// Whether it holds our options, even if under a condition, where they are refused.
    pub(crate) fn is_ours(&self) -> bool {
        is_ours(&self.content())
    }

    fn tokens(&self) -> [TokenTree; 2] {
        [self.pound.clone(), self.group.clone().into()]
    }
}

/// The attributes that have one of these names, as written.
pub(crate) fn carried<'a>(
    attributes: impl IntoIterator<Item = &'a Attribute>,
    names: &[&str],
) -> TokenStream {
    let attributes = attributes.into_iter().filter(|attribute| !attribute.is_ours());
    let wanted = attributes.filter(|attribute| names.iter().any(|name| attribute.is(name)));
    wanted.flat_map(Attribute::tokens).collect()
}

fn is_ours(content: &TokenStream) -> bool {
    let name = content.clone().into_iter().next();
    let has_name = |word| name.as_ref().is_some_and(|name| is_word(name, word));
    has_name("ipc") || has_name("cfg_attr") && types::mentions(content, "ipc")
}

/// The options in all `#[ipc(..)]` among the attributes.
pub(crate) fn options(attributes: &[Attribute], place: Place, report: &mut Report) -> Options {
    let mut options = Options::default();
    for attribute in attributes.iter().filter(|attribute| attribute.is("ipc")) {
        let mut cursor = Cursor::within(&attribute.group);
        cursor.next();
        match cursor.group(Delimiter::Parenthesis) {
            Some(list) if !list.stream().is_empty() => {
                options.take(Cursor::within(&list), place, report);
            }
            _ => report.error(
                &attribute.content(),
                &format!(
                    "options go in parentheses, as in `#[ipc({})]`; {}",
                    place.example(),
                    place.takes()
                ),
            ),
        }
    }
    options
}
