//! Types in other words: what generated code writes for a type of the user's.

use proc_macro::{Delimiter, Ident, TokenStream, TokenTree};

use crate::tokens::{is_punct, is_word, punct, regroup};
use crate::types::skip_arguments;

/// The type with these lifetimes left to inference.
pub(crate) fn elide_lifetimes(ty: &TokenStream, names: &[String]) -> TokenStream {
    let mut quote = false;
    rewrite(ty, &mut |token| {
        let named = quote && names.contains(&token.to_string());
        quote = is_punct(&token, '\'');
        if named { Ident::new("_", token.span()).into() } else { token }
    })
}

/// The type with `stand_in` wherever it names `own`, the type that it is a part of.
pub(crate) fn without_own(ty: &TokenStream, own: &Ident, stand_in: &TokenStream) -> TokenStream {
    let name = own.to_string();
    let mut before = None;
    let mut out = TokenStream::new();
    let mut tokens = ty.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let after = punct(&token);
        match &token {
            TokenTree::Ident(ident)
                if (is_word(&token, "Self") || ident.to_string() == name)
                    && !matches!(before, Some(':' | '\''))
                    && !tokens.peek().is_some_and(|next| is_punct(next, ':')) =>
            {
                skip_arguments(&mut tokens);
                out.extend(stand_in.clone());
            }
            TokenTree::Group(group) => {
                let inner = without_own(&group.stream(), own, stand_in);
                out.extend([regroup(group, inner)]);
            }
            _ => out.extend([token]),
        }
        before = after;
    }
    out
}

/// The type as text that does not depend on how it was laid out.
pub(crate) fn text(ty: &TokenStream) -> String {
    let mut text = String::new();
    for token in ty.clone() {
        let piece = match &token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                format!("{open}{}{close}", self::text(&group.stream()))
            }
            token => token.to_string(),
        };
        let word = |ch: char| ch.is_alphanumeric() || ch == '_';
        if text.ends_with(word) && piece.starts_with(word) {
            text.push(' ');
        }
        text.push_str(&piece);
    }
    text
}

fn rewrite(ty: &TokenStream, change: &mut dyn FnMut(TokenTree) -> TokenTree) -> TokenStream {
    let each = ty.clone().into_iter().map(|token| match token {
        TokenTree::Group(group) => regroup(&group, rewrite(&group.stream(), change)),
        token => change(token),
    });
    each.collect()
}
