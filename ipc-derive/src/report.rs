//! The mistakes found in one item. They are gathered, so that all are told in one go.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::template::template;

#[derive(Default)]
pub(crate) struct Report {
    errors: TokenStream,
    count: usize,
}

impl Report {
    /// Adds a mistake: what is wrong, and after a colon or semicolon what to do.
    pub(crate) fn error(&mut self, at: impl Into<Extent>, message: &str) {
        self.errors.extend(compile_error(at.into(), message));
        self.count += 1;
    }

    /// How many mistakes there are so far. A check tells by it whether its part is sound.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One `compile_error!` for each mistake.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.errors
    }
}

/// A stretch of the user's source, from one token to another.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    first: Span,
    last: Span,
}

impl From<Span> for Extent {
    fn from(span: Span) -> Self {
        Extent { first: span, last: span }
    }
}

impl From<&Ident> for Extent {
    fn from(ident: &Ident) -> Self {
        ident.span().into()
    }
}

impl From<&TokenTree> for Extent {
    fn from(token: &TokenTree) -> Self {
        token.span().into()
    }
}

impl From<&TokenStream> for Extent {
    fn from(tokens: &TokenStream) -> Self {
        let mut spans = tokens.clone().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        Extent { first, last: spans.last().unwrap_or(first) }
    }
}

/// The compiler underlines a macro call from its path to its closing brace: the path takes the
/// span of the first token at fault, the rest that of the last. These are the user's own spans,
/// not ours placed there: two derives that tell the same mistake then tell it once.
fn compile_error(at: Extent, message: &str) -> TokenStream {
    let mut text = Literal::string(message);
    text.set_span(at.last);
    let mut braces = Group::new(Delimiter::Brace, TokenTree::from(text).into());
    braces.set_span(at.last);
    let mut bang = Punct::new('!', Spacing::Alone);
    bang.set_span(at.last);
    let path = template!("::core::compile_error").into_iter().map(|mut token| {
        token.set_span(at.first);
        token
    });
    path.chain([TokenTree::Punct(bang), TokenTree::Group(braces)]).collect()
}
