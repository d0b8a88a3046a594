//! What can be told of a type from its tokens alone.

use std::iter::Peekable;

use proc_macro::{Delimiter, Ident, TokenStream, TokenTree};

use crate::tokens::{Angles, is_punct, is_word, punct, split_commas};

/// `&T` or `&mut T`.
pub(crate) struct Reference {
    pub(crate) mutable: bool,
    pub(crate) target: TokenStream,
}

pub(crate) fn as_reference(ty: &TokenStream) -> Option<Reference> {
    let tokens = visible(ty);
    let [TokenTree::Punct(and), rest @ ..] = tokens.as_slice() else { return None };
    if and.as_char() != '&' {
        return None;
    }
    let rest = match rest {
        [quote, _, rest @ ..] if is_punct(quote, '\'') => rest,
        rest => rest,
    };
    Some(match rest {
        [word, rest @ ..] if is_word(word, "mut") => {
            Reference { mutable: true, target: collect(rest) }
        }
        rest => Reference { mutable: false, target: collect(rest) },
    })
}

/// The element type of `[T]`; nothing for `[T; N]`.
pub(crate) fn as_slice(ty: &TokenStream) -> Option<TokenStream> {
    match visible(ty).as_slice() {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
            let fixed = group.stream().into_iter().any(|token| is_punct(&token, ';'));
            (!fixed).then(|| group.stream())
        }
        _ => None,
    }
}

/// Whether the type is this one word, such as `str`.
pub(crate) fn is(ty: &TokenStream, word: &str) -> bool {
    matches!(visible(ty).as_slice(), [token] if is_word(token, word))
}

/// Whether the type is a number, or a short array of them, as far as its name tells.
pub(crate) fn is_number(ty: &TokenStream) -> bool {
    const NUMBERS: [&str; 12] =
        ["u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128", "f32", "f64"];
    // A longer one is worth a block of its own.
    const SHORT: u32 = 16;

    match visible(ty).as_slice() {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
            match group.stream().into_iter().collect::<Vec<_>>().as_slice() {
                [number @ TokenTree::Ident(_), semicolon, TokenTree::Literal(len)] => {
                    is_punct(semicolon, ';')
                        && is_number(&number.clone().into())
                        && len.to_string().parse().is_ok_and(|len: u32| len <= SHORT)
                }
                _ => false,
            }
        }
        [TokenTree::Ident(name)] => NUMBERS.contains(&name.to_string().as_str()),
        _ => false,
    }
}

pub(crate) fn is_unit(ty: &TokenStream) -> bool {
    match visible(ty).as_slice() {
        [TokenTree::Group(group)] => {
            group.delimiter() == Delimiter::Parenthesis && group.stream().is_empty()
        }
        _ => false,
    }
}

/// What stands between the angle brackets of a path that ends in `name<..>`.
pub(crate) fn arguments(ty: &TokenStream, name: &str) -> Option<Vec<TokenStream>> {
    let tokens = visible(ty);
    let mut angles = Angles::default();
    let open = tokens.iter().position(|token| angles.inside(token) && is_punct(token, '<'))?;
    let (path, bracketed) = tokens.split_at(open);
    match (path, bracketed) {
        ([.., last], [_, inner @ .., close]) if is_word(last, name) && is_punct(close, '>') => {
            Some(split_commas(inner.iter().cloned()))
        }
        _ => None,
    }
}

/// Whether the last segment of the path is `name`, with or without arguments.
pub(crate) fn ends_in(ty: &TokenStream, name: &str) -> bool {
    arguments(ty, name).is_some() || visible(ty).last().is_some_and(|last| is_word(last, name))
}

/// Whether the word occurs anywhere in the tokens.
pub(crate) fn mentions(tokens: &TokenStream, word: &str) -> bool {
    any(tokens, &|token| is_word(token, word))
}

pub(crate) fn mentions_reference(ty: &TokenStream) -> bool {
    any(ty, &|token| is_punct(token, '&'))
}

/// All lifetimes in the tokens, without their quotes.
pub(crate) fn lifetimes(tokens: &TokenStream) -> Vec<Ident> {
    let mut found = Vec::new();
    let mut quote = false;
    for token in tokens.clone() {
        match &token {
            TokenTree::Ident(name) if quote => found.push(name.clone()),
            TokenTree::Group(group) => found.append(&mut lifetimes(&group.stream())),
            _ => {}
        }
        quote = is_punct(&token, '\'');
    }
    found
}

/// The `'static` of a `&'static T` or `Cow<'static, T>` in the type: the `&` or the `<` stands before
/// it. What is in a `PhantomData` is no value.
pub(crate) fn borrowed_for_ever(ty: &TokenStream) -> Option<Ident> {
    let mut before = [None, None];
    for token in ty.clone() {
        match (&before, &token) {
            (_, TokenTree::Ident(name)) if name.to_string() == "PhantomData" => return None,
            ([Some(opened), Some(quote)], TokenTree::Ident(name))
                if (is_punct(opened, '&') || is_word(opened, "Cow"))
                    && is_punct(quote, '\'')
                    && name.to_string() == "static" =>
            {
                return Some(name.clone());
            }
            (_, TokenTree::Group(group)) => {
                if let Some(found) = borrowed_for_ever(&group.stream()) {
                    return Some(found);
                }
            }
            _ => {}
        }
        // `Cow` and its `<` count as one.
        if !(is_punct(&token, '<') && before[1].as_ref().is_some_and(|last| is_word(last, "Cow"))) {
            before = [before[1].take(), Some(token)];
        }
    }
    None
}

/// Whether a value of the type may hold a value of the type parameter `name`.
pub(crate) fn holds(ty: &TokenStream, name: &str) -> bool {
    let mut before = None;
    let mut tokens = ty.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Ident(ident) if ident.to_string() == "PhantomData" => {
                skip_arguments(&mut tokens);
            }
            TokenTree::Ident(ident)
                if ident.to_string() == name && !matches!(before, Some(':' | '\'')) =>
            {
                return true;
            }
            TokenTree::Group(group) if holds(&group.stream(), name) => return true,
            _ => {}
        }
        before = punct(&token);
    }
    false
}

/// Leaves out `<..>` if it comes next.
pub(crate) fn skip_arguments(tokens: &mut Peekable<impl Iterator<Item = TokenTree>>) {
    let mut angles = Angles::default();
    while tokens.next_if(|token| angles.inside(token)).is_some() {}
}

/// The tokens of a type without the invisible group that `macro_rules!` may have put around it.
fn visible(ty: &TokenStream) -> Vec<TokenTree> {
    let tokens: Vec<_> = ty.clone().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
            visible(&group.stream())
        }
        _ => tokens,
    }
}

fn any(tokens: &TokenStream, found: &dyn Fn(&TokenTree) -> bool) -> bool {
    tokens.clone().into_iter().any(|token| {
        let inner = matches!(&token, TokenTree::Group(group) if any(&group.stream(), found));
        inner || found(&token)
    })
}

fn collect(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}
