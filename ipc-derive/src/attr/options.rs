//! The options written in one place: `name = "old", oneway`.

use proc_macro::{Ident, Literal, Span, TokenStream, TokenTree};

use super::place::{Form, Place};
use crate::cursor::Cursor;
use crate::report::{Extent, Report};
use crate::template::template;

#[derive(Default)]
pub(crate) struct Options {
    given: Vec<(Ident, Value)>,
}

enum Value {
    Flag,
    Text(String),
    Predicates(TokenStream),
    Number(u32),
    Path(TokenStream),
}

impl Options {
    /// Takes options until none is left. What is wrong is reported and left out.
    pub(crate) fn take(&mut self, mut cursor: Cursor, place: Place, report: &mut Report) {
        while !cursor.is_empty() {
            self.take_one(&mut cursor, place, report);
            cursor.until_comma();
            cursor.punct(',');
        }
    }

    fn take_one(&mut self, cursor: &mut Cursor, place: Place, report: &mut Report) {
        let Some(name) = cursor.ident() else {
            report.error(
                cursor.here(),
                &format!("an option begins with its name; {}", place.takes()),
            );
            return;
        };
        let (form, example) = match place.form(&name.to_string()) {
            Ok(known) => known,
            Err(message) => return report.error(&name, &message),
        };
        if self.find(&name.to_string()).is_some() {
            return report.error(&name, &format!("`{name}` is given twice; keep one"));
        }
        let equals = cursor.punct('=').is_some();
        let written = cursor.until_comma();
        let at: Extent = if written.is_empty() { (&name).into() } else { (&written).into() };
        match Value::parse(form, equals, written) {
            Some(value) => self.given.push((name, value)),
            None => {
                let what = form.description();
                report.error(at, &format!("`{name}` {what}: write `{example}`"));
            }
        }
    }

    /// The name of the option as the user wrote it, if they did.
    pub(crate) fn find(&self, name: &str) -> Option<&Ident> {
        self.given.iter().map(|(given, _)| given).find(|given| given.to_string() == name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// What the thing is called on the wire, if not what it is called in Rust.
    pub(crate) fn name(&self) -> Option<String> {
        self.given.iter().find_map(|(_, value)| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    pub(crate) fn tag(&self) -> Option<u32> {
        self.given.iter().find_map(|(_, value)| match value {
            Value::Number(tag) => Some(*tag),
            _ => None,
        })
    }

    /// The predicates that take the place of those inferred.
    pub(crate) fn bound(&self) -> Option<TokenStream> {
        self.given.iter().find_map(|(_, value)| match value {
            Value::Predicates(predicates) => Some(predicates.clone()),
            _ => None,
        })
    }

    /// The path that generated code begins its own paths with.
    pub(crate) fn rt(&self) -> TokenStream {
        let path = self.given.iter().find_map(|(_, value)| match value {
            Value::Path(path) => Some(path.clone()),
            _ => None,
        });
        let path = path.unwrap_or_else(|| template!("::ipc_runtime"));
        template!("#path::__rt", path)
    }
}

impl Value {
    fn parse(form: Form, equals: bool, written: TokenStream) -> Option<Value> {
        if form == Form::Flag {
            return (!equals && written.is_empty()).then_some(Value::Flag);
        }
        let mut cursor = Cursor::new(written.clone(), Span::call_site());
        let (first, more) = (cursor.next().filter(|_| equals)?, !cursor.is_empty());
        match (form, first) {
            (Form::Text, TokenTree::Literal(literal)) if !more => {
                text_of(&literal).filter(|text| !text.trim().is_empty()).map(Value::Text)
            }
            (Form::Predicates, TokenTree::Literal(literal)) if !more => {
                let predicates = text_of(&literal)?.parse().ok()?;
                Some(Value::Predicates(placed(predicates, &literal)))
            }
            (Form::Number, TokenTree::Literal(literal)) if !more => {
                Some(Value::Number(number_of(&literal)?))
            }
            (Form::Path, TokenTree::Ident(_) | TokenTree::Punct(_)) => Some(Value::Path(written)),
            _ => None,
        }
    }
}

/// What a string literal holds. Names and bounds have no use for escapes, so none is understood.
fn text_of(literal: &Literal) -> Option<String> {
    let text = literal.to_string();
    let plain = text.strip_prefix('"').filter(|rest| !rest.contains('\\'));
    let raw = text
        .strip_prefix('r')
        .map(|rest| rest.trim_matches('#'))
        .and_then(|rest| rest.strip_prefix('"'));
    plain.or(raw)?.strip_suffix('"').map(str::to_owned)
}

fn number_of(literal: &Literal) -> Option<u32> {
    let text = literal.to_string().replace('_', "");
    let digits = text.strip_suffix("u32").unwrap_or(&text);
    match digits.get(..2) {
        Some("0x") => u32::from_str_radix(digits.get(2..)?, 16).ok(),
        Some("0o") => u32::from_str_radix(digits.get(2..)?, 8).ok(),
        Some("0b") => u32::from_str_radix(digits.get(2..)?, 2).ok(),
        _ => digits.parse().ok(),
    }
}

/// Tokens that came from the text of a literal, shown and looked up where the literal stands.
fn placed(tokens: TokenStream, literal: &Literal) -> TokenStream {
    let each = tokens.into_iter().map(|mut token| {
        token.set_span(literal.span());
        token
    });
    each.collect()
}
