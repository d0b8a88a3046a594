//! What no message can hold.

use proc_macro::{TokenStream, TokenTree};

use crate::report::Extent;
use crate::tokens::{is_punct, is_word};

/// The first part of the type that no message can hold, and why it cannot.
pub(crate) fn unsendable(ty: &TokenStream) -> Option<(Extent, &'static str)> {
    let tokens: Vec<_> = ty.clone().into_iter().collect();
    let mut rest = tokens.as_slice();
    while let [token, after @ ..] = rest {
        if let Some(reason) = reason_against(token, after) {
            return Some((token.into(), reason));
        }
        if let TokenTree::Group(group) = token
            && let Some(found) = unsendable(&group.stream())
        {
            return Some(found);
        }
        rest = after;
    }
    None
}

fn reason_against(token: &TokenTree, after: &[TokenTree]) -> Option<&'static str> {
    if let TokenTree::Ident(word) = token {
        return match word.to_string().as_str() {
            "impl" => Some(
                "the other side must know the type: write a concrete one in place of `impl Trait`",
            ),
            "dyn" => Some(
                "a trait object cannot be sent: name the concrete type, or an enum of those it can be",
            ),
            "fn" => Some(
                "a function cannot be sent: let the method return the value, \
                 or call the other side's own service",
            ),
            "Self" => Some(
                "`Self` is not known to the client, which never sees the implementation: \
                 write a concrete type",
            ),
            _ => None,
        };
    }
    let mutable = match after {
        [quote, _, next, ..] if is_punct(quote, '\'') => is_word(next, "mut"),
        [next, ..] => is_word(next, "mut"),
        [] => false,
    };
    if is_punct(token, '&') && mutable {
        return Some(
            "what the other side changes does not come back through `&mut`: \
             take the value, and return the new one",
        );
    }
    if is_punct(token, '*') && (mutable || after.first().is_some_and(|next| is_word(next, "const")))
    {
        return Some("a pointer means nothing in another process: send what it points to");
    }
    let ends = after.first().is_none_or(|next| matches!(next, TokenTree::Punct(_)));
    if is_punct(token, '!') && ends {
        return Some(
            "a call that never returns is never answered: return `()`, or mark it `#[ipc(oneway)]`",
        );
    }
    None
}
