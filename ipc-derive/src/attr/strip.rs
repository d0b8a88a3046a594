//! A trait as written, without our options: the compiler knows no attribute `ipc` outside derives.

use proc_macro::{Delimiter, TokenStream, TokenTree};

use super::is_ours;
use crate::tokens::{is_punct, regroup};

/// Takes away the options on the trait, on its methods and on their parameters. Bodies of methods
/// are left alone, as what they hold may be a derive's.
pub(crate) fn without_options(item: TokenStream) -> TokenStream {
    inside(without_attributes(item), Delimiter::Brace, |items| {
        inside(without_attributes(items), Delimiter::Parenthesis, without_attributes)
    })
}

/// The tokens with a change to what is in each group of this kind.
fn inside(
    tokens: TokenStream,
    delimiter: Delimiter,
    change: impl Fn(TokenStream) -> TokenStream,
) -> TokenStream {
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == delimiter => {
            regroup(&group, change(group.stream()))
        }
        token => token,
    });
    each.collect()
}

/// The tokens without those of our attributes that stand in no group.
fn without_attributes(tokens: TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let ours = |next: &TokenTree| {
            matches!(next, TokenTree::Group(group)
                if group.delimiter() == Delimiter::Bracket && is_ours(&group.stream()))
        };
        if is_punct(&token, '#') && tokens.next_if(ours).is_some() {
            continue;
        }
        out.extend([token]);
    }
    out
}
