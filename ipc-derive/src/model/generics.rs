//! Generic parameters and where clauses.

use proc_macro::{Punct, Spacing, TokenStream, TokenTree};

use crate::attr::{self, Attribute, Place};
use crate::cursor::Cursor;
use crate::report::Report;
use crate::tokens::{is_brace, is_punct, split_commas};
use crate::types;

#[derive(Default)]
pub(crate) struct Generics {
    params: Vec<Param>,
    /// The predicates of the where clause, each with a comma behind it.
    pub(crate) predicates: TokenStream,
}

struct Param {
    kind: Kind,
    /// `'a`, `T` or `N`
    name: TokenStream,
    /// The parameter with its bounds, without its default.
    declaration: TokenStream,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lifetime,
    Type,
    Const,
}

impl Generics {
    /// Takes `<..>` if it comes next.
    pub(crate) fn take(cursor: &mut Cursor, report: &mut Report) -> Generics {
        let mut generics = Generics::default();
        if cursor.punct('<').is_none() {
            return generics;
        }
        while !cursor.at_punct('>') && !cursor.is_empty() {
            let Some(param) = Param::take(cursor, report) else { break };
            generics.params.push(param);
            cursor.punct(',');
        }
        cursor.punct('>');
        generics
    }

    /// Takes `where ..` if it comes next, up to the body or a `;`.
    pub(crate) fn take_where(&mut self, cursor: &mut Cursor) {
        if cursor.word("where").is_none() {
            return;
        }
        let clause = cursor.until(|token| is_punct(token, ';') || is_brace(token));
        for predicate in split_commas(clause) {
            self.predicates.extend(predicate);
            self.predicates.extend([comma()]);
        }
    }

    /// The names of the parameters as far as they are written, for a report.
    pub(crate) fn as_written(&self) -> TokenStream {
        self.params.iter().map(|param| param.declaration.clone()).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.params.is_empty()
    }

    /// Whether there is a type or const parameter.
    pub(crate) fn has_types(&self) -> bool {
        self.params.iter().any(|param| param.kind != Kind::Lifetime)
    }

    /// The parameters as an `impl` declares them, each with a comma behind it.
    pub(crate) fn declarations(&self) -> TokenStream {
        listed(self.params.iter().map(|param| &param.declaration))
    }

    /// The parameters as arguments of the type, each with a comma behind it.
    pub(crate) fn arguments(&self) -> TokenStream {
        listed(self.params.iter().map(|param| &param.name))
    }

    /// The names of type and const parameters.
    pub(crate) fn type_names(&self) -> Vec<String> {
        let types = self.params.iter().filter(|param| param.kind != Kind::Lifetime);
        types.map(|param| param.name.to_string()).collect()
    }

    /// The lifetimes, without their quotes.
    pub(crate) fn lifetime_names(&self) -> Vec<String> {
        self.lifetimes().flat_map(types::lifetimes).map(|name| name.to_string()).collect()
    }

    pub(crate) fn lifetimes(&self) -> impl Iterator<Item = &TokenStream> {
        self.of_kind(Kind::Lifetime)
    }

    pub(crate) fn types(&self) -> impl Iterator<Item = &TokenStream> {
        self.of_kind(Kind::Type)
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &TokenStream> {
        self.params.iter().filter(move |param| param.kind == kind).map(|param| &param.name)
    }
}

impl Param {
    fn take(cursor: &mut Cursor, report: &mut Report) -> Option<Param> {
        let attributes = Attribute::take(cursor);
        attr::options(&attributes, Place::Nowhere, report);

        let mut declaration = TokenStream::new();
        let mut name = TokenStream::new();
        let kind = if let Some(quote) = cursor.punct('\'') {
            name.extend([quote]);
            Kind::Lifetime
        } else if let Some(word) = cursor.word("const") {
            declaration.extend([TokenTree::Ident(word)]);
            Kind::Const
        } else {
            Kind::Type
        };
        name.extend([TokenTree::Ident(cursor.ident()?)]);
        declaration.extend(name.clone());
        declaration.extend(cursor.until(|token| matches!(token, TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | '>' | '='))));
        if cursor.punct('=').is_some() {
            cursor.until(|token| is_punct(token, ',') || is_punct(token, '>'));
        }
        Some(Param { kind, name, declaration })
    }
}

fn listed<'a>(parts: impl Iterator<Item = &'a TokenStream>) -> TokenStream {
    let mut list = TokenStream::new();
    for part in parts {
        list.extend(part.clone());
        list.extend([comma()]);
    }
    list
}

fn comma() -> TokenTree {
    Punct::new(',', Spacing::Alone).into()
}
