//! Small questions about tokens that every room asks.

use proc_macro::{Delimiter, Group, Ident, TokenStream, TokenTree};

pub(crate) fn is_punct(token: &TokenTree, ch: char) -> bool {
    punct(token) == Some(ch)
}

pub(crate) fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}

/// The character, if the token is punctuation.
pub(crate) fn punct(token: &TokenTree) -> Option<char> {
    match token {
        TokenTree::Punct(punct) => Some(punct.as_char()),
        _ => None,
    }
}

/// Whether the token is a group in braces: a body.
pub(crate) fn is_brace(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// Keeps count of angle brackets, which are no groups to the compiler's lexer.
#[derive(Default)]
pub(crate) struct Angles {
    depth: usize,
    /// Whether the token before was a `-` or `=`, which makes an arrow of a `>`.
    arrow: bool,
}

impl Angles {
    /// Takes note of the next token; true from an opening bracket to the one that closes it, and
    /// of the head of an arrow, which is no bracket.
    pub(crate) fn inside(&mut self, token: &TokenTree) -> bool {
        let before = self.depth;
        let arrow = self.arrow && is_punct(token, '>');
        if is_punct(token, '<') {
            self.depth += 1;
        } else if is_punct(token, '>') && !arrow {
            self.depth = self.depth.saturating_sub(1);
        }
        self.arrow = is_punct(token, '-') || is_punct(token, '=');
        arrow || before > 0 || self.depth > 0
    }
}

/// The parts between the commas that stand outside of angle brackets; no empty part at the end.
pub(crate) fn split_commas(tokens: impl IntoIterator<Item = TokenTree>) -> Vec<TokenStream> {
    let mut angles = Angles::default();
    let mut parts = Vec::new();
    let mut part = TokenStream::new();
    for token in tokens {
        if !angles.inside(&token) && is_punct(&token, ',') {
            parts.push(std::mem::take(&mut part));
        } else {
            part.extend([token]);
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// The name that an identifier stands for: `r#type` is called "type".
pub(crate) fn unraw(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map_or_else(|| text.clone(), String::from)
}

/// The group with other tokens in it, at the same place.
pub(crate) fn regroup(group: &Group, inner: TokenStream) -> TokenTree {
    let mut changed = Group::new(group.delimiter(), inner);
    changed.set_span(group.span());
    changed.into()
}
