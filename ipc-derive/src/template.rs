//! Rust text with holes, made into tokens.

use proc_macro::{Group, Ident, Literal, Span, TokenStream, TokenTree};

/// Makes tokens of Rust text in which `#name` stands for a value: the local variable `name`, or
/// what `name = ...` gives. Values keep their spans, so that errors in the user's tokens are shown
/// where the user wrote them. The template's own tokens are hygienic as those of `macro_rules!`
/// are: its local variables cannot meet the user's, all else is looked up where the macro is used.
///
/// A span in front places the template's own tokens there, for what may fail because of the user.
macro_rules! template {
    ($text:literal $($values:tt)*) => {
        $crate::template::template!(proc_macro::Span::mixed_site(), $text $($values)*)
    };
    ($at:expr, $text:literal $(, $hole:ident $(= $value:expr)?)* $(,)?) => {
        $crate::template::fill($at, $text, &[
            $((stringify!($hole), $crate::template::template!(@value $hole $(= $value)?))),*
        ])
    };
    (@value $hole:ident) => { &$hole };
    (@value $hole:ident = $value:expr) => { &$value };
}
pub(crate) use template;

/// What can stand in a hole.
pub(crate) trait Value {
    fn append_to(&self, out: &mut TokenStream);
}

impl Value for TokenStream {
    fn append_to(&self, out: &mut TokenStream) {
        out.extend(self.clone());
    }
}

impl Value for TokenTree {
    fn append_to(&self, out: &mut TokenStream) {
        out.extend([self.clone()]);
    }
}

impl Value for Ident {
    fn append_to(&self, out: &mut TokenStream) {
        out.extend([TokenTree::Ident(self.clone())]);
    }
}

/// A text is filled in as a string literal.
impl Value for str {
    fn append_to(&self, out: &mut TokenStream) {
        out.extend([TokenTree::Literal(Literal::string(self))]);
    }
}

impl Value for String {
    fn append_to(&self, out: &mut TokenStream) {
        self.as_str().append_to(out);
    }
}

/// A number is filled in without a type suffix.
impl Value for u32 {
    fn append_to(&self, out: &mut TokenStream) {
        out.extend([TokenTree::Literal(Literal::u32_unsuffixed(*self))]);
    }
}

impl<V: Value + ?Sized> Value for &V {
    fn append_to(&self, out: &mut TokenStream) {
        (**self).append_to(out);
    }
}

/// Nothing fills a hole with nothing.
impl<V: Value> Value for Option<V> {
    fn append_to(&self, out: &mut TokenStream) {
        if let Some(value) = self {
            value.append_to(out);
        }
    }
}

/// The worker behind [`template!`].
pub(crate) fn fill(at: Span, text: &str, holes: &[(&str, &dyn Value)]) -> TokenStream {
    #[expect(clippy::expect_used, reason = "a template is part of this crate, and each is tested")]
    let tokens: TokenStream = text.parse().expect("a template is well-formed");
    // Resolved as in `macro_rules!`, wherever it is shown to be.
    substitute(tokens, Span::mixed_site().located_at(at), holes)
}

fn substitute(tokens: TokenStream, span: Span, holes: &[(&str, &dyn Value)]) -> TokenStream {
    let mut out = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(mut token) = tokens.next() {
        if let (TokenTree::Punct(punct), Some(TokenTree::Ident(name))) = (&token, tokens.peek()) {
            let name = name.to_string();
            let hole = holes.iter().find(|(hole, _)| punct.as_char() == '#' && *hole == name);
            if let Some((_, value)) = hole {
                value.append_to(&mut out);
                tokens.next();
                continue;
            }
        }
        if let TokenTree::Group(group) = &token {
            let inner = substitute(group.stream(), span, holes);
            token = Group::new(group.delimiter(), inner).into();
        }
        token.set_span(span);
        out.extend([token]);
    }
    out
}
