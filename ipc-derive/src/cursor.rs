//! A place in a run of tokens: looks one token ahead, takes what it is asked for, leaves the rest.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::tokens::{Angles, is_punct, is_word};

pub(crate) struct Cursor {
    /// What is left, the next token last.
    rest: Vec<TokenTree>,
    /// The token taken last: what is missing is reported behind it.
    last: Span,
}

impl Cursor {
    /// `at` is where an error is shown as long as no token has been taken.
    pub(crate) fn new(tokens: TokenStream, at: Span) -> Self {
        let mut rest: Vec<_> = tokens.into_iter().collect();
        rest.reverse();
        Cursor { rest, last: at }
    }

    /// A cursor over what a group holds.
    pub(crate) fn within(group: &Group) -> Self {
        Cursor::new(group.stream(), group.span())
    }

    /// The next token. The invisible groups that `macro_rules!` puts around what it fills in are
    /// opened here, and left closed by [`Cursor::until`], where they may hold an expression.
    pub(crate) fn peek(&mut self) -> Option<&TokenTree> {
        while let Some(TokenTree::Group(group)) = self.rest.last() {
            if group.delimiter() != Delimiter::None {
                break;
            }
            let mut opened: Vec<_> = group.stream().into_iter().collect();
            opened.reverse();
            self.rest.pop();
            self.rest.append(&mut opened);
        }
        self.rest.last()
    }

    pub(crate) fn next(&mut self) -> Option<TokenTree> {
        self.peek();
        let token = self.rest.pop()?;
        self.last = token.span();
        Some(token)
    }

    pub(crate) fn is_empty(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Where the next token stands, or the last one if there is none.
    pub(crate) fn here(&mut self) -> Span {
        let last = self.last;
        self.peek().map_or(last, TokenTree::span)
    }

    pub(crate) fn at_punct(&mut self, ch: char) -> bool {
        self.peek().is_some_and(|token| is_punct(token, ch))
    }

    /// Takes the next token if it is this one punctuation character.
    pub(crate) fn punct(&mut self, ch: char) -> Option<TokenTree> {
        if self.at_punct(ch) { self.next() } else { None }
    }

    /// Takes the next token if it is this one word.
    pub(crate) fn word(&mut self, word: &str) -> Option<Ident> {
        if self.peek().is_some_and(|token| is_word(token, word)) { self.ident() } else { None }
    }

    pub(crate) fn ident(&mut self) -> Option<Ident> {
        let Some(TokenTree::Ident(ident)) = self.peek().cloned() else { return None };
        self.next();
        Some(ident)
    }

    pub(crate) fn group(&mut self, delimiter: Delimiter) -> Option<Group> {
        let Some(TokenTree::Group(group)) = self.peek().cloned() else { return None };
        if group.delimiter() != delimiter {
            return None;
        }
        self.next();
        Some(group)
    }

    /// Takes tokens as they stand up to the first one outside of angle brackets that `stop` is true of.
    pub(crate) fn until(&mut self, mut stop: impl FnMut(&TokenTree) -> bool) -> TokenStream {
        let mut angles = Angles::default();
        let mut taken = TokenStream::new();
        while let Some(token) = self.rest.last() {
            if !angles.inside(token) && stop(token) {
                break;
            }
            self.last = token.span();
            taken.extend(self.rest.pop());
        }
        taken
    }

    /// Takes a type, or anything else that ends at a comma.
    pub(crate) fn until_comma(&mut self) -> TokenStream {
        self.until(|token| is_punct(token, ','))
    }

    /// Takes and drops tokens up to and including the first one of this character, which is not
    /// looked for in groups. Angle brackets count for nothing: this is for expressions.
    pub(crate) fn skip_past(&mut self, ch: char) {
        while self.next().is_some_and(|token| !is_punct(&token, ch)) {}
    }
}
