//! A trait that is to be called from another process.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::Generics;
use super::data::take_visibility;
use super::method::{self, Method};
use crate::attr::{Attribute, Options, Place};
use crate::cursor::Cursor;
use crate::report::Report;
use crate::tokens::{is_brace, unraw};

pub(crate) struct Service {
    pub(crate) attributes: Vec<Attribute>,
    /// What stands in `#[service(..)]`.
    pub(crate) options: Options,
    pub(crate) visibility: TokenStream,
    /// `unsafe`, `auto`: what stands before `trait`.
    pub(crate) qualifiers: Vec<Ident>,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) methods: Vec<Method>,
    /// What else stands in the body, by the word it begins with: `type`, `const`, a macro's name.
    pub(crate) others: Vec<Ident>,
}

/// What may stand before `trait`.
const QUALIFIERS: &[&str] = &["unsafe", "auto", "const"];

impl Service {
    /// Reads an item. Nothing comes back, and a report of why, when it is no trait.
    pub(crate) fn read(args: TokenStream, item: TokenStream, report: &mut Report) -> Option<Self> {
        let mut options = Options::default();
        options.take(Cursor::new(args, Span::call_site()), Place::Service, report);

        let mut cursor = Cursor::new(item, Span::call_site());
        let attributes = Attribute::take(&mut cursor);
        let visibility = take_visibility(&mut cursor);
        let qualifiers = take_words(&mut cursor, QUALIFIERS);
        let at = cursor.here();
        let name = cursor.word("trait").and_then(|_| cursor.ident());
        let Some(name) = name else {
            report.error(at, "`#[service]` belongs on a trait, whose methods become calls");
            return None;
        };
        let generics = Generics::take(&mut cursor, report);
        cursor.until(is_brace);
        let body = cursor.group(Delimiter::Brace)?;
        let (methods, others) = read_body(&body, report);
        Some(Service {
            attributes,
            options,
            visibility,
            qualifiers,
            name,
            generics,
            methods,
            others,
        })
    }

    /// The methods that can be called.
    pub(crate) fn sound_methods(&self) -> impl Iterator<Item = &Method> {
        self.methods.iter().filter(|method| method.sound)
    }

    /// What the service is called on the wire.
    pub(crate) fn wire_name(&self) -> String {
        self.options.name().unwrap_or_else(|| unraw(&self.name))
    }
}

fn read_body(body: &Group, report: &mut Report) -> (Vec<Method>, Vec<Ident>) {
    let mut cursor = Cursor::within(body);
    let (mut methods, mut others): (Vec<Method>, _) = (Vec::new(), Vec::new());
    while !cursor.is_empty() {
        let attributes = Attribute::take(&mut cursor);
        take_visibility(&mut cursor);
        let qualifiers = take_words(&mut cursor, method::QUALIFIERS);
        if cursor.word("fn").is_some() {
            let method = Method::read(&mut cursor, attributes, qualifiers, report);
            // Of a second method with the name of another the compiler tells, once.
            methods
                .extend(method.filter(|method| !methods.iter().any(|other| method.repeats(other))));
        } else if let Some(word) = qualifiers.into_iter().next().or_else(|| cursor.ident()) {
            others.push(word);
            skip_item(&mut cursor);
        } else {
            cursor.next();
        }
    }
    (methods, others)
}

/// Takes as many of these words as there are; `extern` with its ABI.
fn take_words(cursor: &mut Cursor, words: &[&str]) -> Vec<Ident> {
    let mut taken = Vec::new();
    while let Some(word) = words.iter().find_map(|word| cursor.word(word)) {
        taken.push(word);
        if matches!(cursor.peek(), Some(TokenTree::Literal(_))) {
            cursor.next();
        }
    }
    taken
}

/// Leaves out the rest of an item that is no method.
fn skip_item(cursor: &mut Cursor) {
    if cursor.punct('!').is_some() && cursor.group(Delimiter::Brace).is_some() {
        return;
    }
    cursor.skip_past(';');
}
