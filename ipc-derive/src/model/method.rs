//! A method of a service.

use proc_macro::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

use super::Generics;
use crate::attr::{self, Attribute, Options, Place};
use crate::cursor::Cursor;
use crate::report::Report;
use crate::tokens::{is_brace, is_punct, is_word, unraw};
use crate::{rewrite, types};

pub(crate) struct Method {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) options: Options,
    /// `async`, `unsafe`: what stands before `fn`.
    pub(crate) qualifiers: Vec<Ident>,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) receiver: Receiver,
    pub(crate) params: Vec<Param>,
    /// What stands behind the arrow; nothing for `()`.
    pub(crate) returns: Option<TokenStream>,
    /// Whether `check` found nothing wrong with it.
    pub(crate) sound: bool,
}

pub(crate) enum Receiver {
    /// `&self`
    Shared,
    /// `&mut self`
    Exclusive,
    /// Any other `self`.
    Other(TokenStream),
    None,
}

/// A parameter behind the receiver.
pub(crate) struct Param {
    pub(crate) attributes: Vec<Attribute>,
    /// Its name, or what stands in place of one.
    pub(crate) pattern: TokenStream,
    pub(crate) ty: TokenStream,
    pub(crate) role: Role,
}

/// Where the value of a parameter comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// From the caller, over the wire.
    Argument,
    /// From the connection: `#[ipc(peer)]`, a `Peer`.
    Peer,
    /// From the connection, to be kept: `#[ipc(peer)]`, a `PeerHandle`.
    Handle,
    /// From the connection: where a deferred method answers.
    Reply,
}

/// What may stand before `fn`.
pub(super) const QUALIFIERS: &[&str] = &["const", "async", "unsafe", "extern", "gen", "default"];

impl Method {
    /// Takes what is behind `fn`.
    pub(super) fn read(
        cursor: &mut Cursor,
        attributes: Vec<Attribute>,
        qualifiers: Vec<Ident>,
        report: &mut Report,
    ) -> Option<Method> {
        let options = attr::options(&attributes, Place::Method, report);
        let name = cursor.ident()?;
        let mut generics = Generics::take(cursor, report);
        let (receiver, mut params) = read_params(&cursor.group(Delimiter::Parenthesis)?, report);
        let mut returns = None;
        if cursor.punct('-').is_some() {
            cursor.punct('>');
            let ty = cursor
                .until(|token| is_brace(token) || is_punct(token, ';') || is_word(token, "where"));
            returns = Some(ty).filter(|ty| !types::is_unit(ty));
        }
        generics.take_where(cursor);
        if cursor.group(Delimiter::Brace).is_none() {
            cursor.punct(';');
        }
        if options.has("deferred")
            && let Some(last) = params.iter_mut().rfind(|param| param.role == Role::Argument)
        {
            last.role = Role::Reply;
        }
        let sound = false;
        Some(Method {
            attributes,
            options,
            qualifiers,
            name,
            generics,
            receiver,
            params,
            returns,
            sound,
        })
    }

    /// What the method is called on the wire.
    pub(crate) fn wire_name(&self) -> String {
        self.options.name().unwrap_or_else(|| unraw(&self.name))
    }

    /// Whether the two have one name, under no condition that might keep them apart.
    pub(super) fn repeats(&self, other: &Method) -> bool {
        self.name.to_string() == other.name.to_string() && !self.has_cfg() && !other.has_cfg()
    }

    pub(crate) fn is_oneway(&self) -> bool {
        self.options.has("oneway")
    }

    pub(crate) fn is_deferred(&self) -> bool {
        self.options.has("deferred")
    }

    /// Whether it is there under a condition only.
    pub(crate) fn has_cfg(&self) -> bool {
        self.attributes.iter().any(|attribute| attribute.is("cfg"))
    }

    /// A parameter's type as it can be written outside of the trait: the lifetimes that the method
    /// declares are left to inference.
    pub(crate) fn type_of(&self, param: &Param) -> TokenStream {
        rewrite::elide_lifetimes(&param.ty, &self.generics.lifetime_names())
    }

    /// The parameters that cross the wire, each with its place among all.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = (usize, &Param)> {
        self.params.iter().enumerate().filter(|(_, param)| param.role == Role::Argument)
    }

    pub(crate) fn params_of(&self, role: Role) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(move |param| param.role == role)
    }

    /// The type that crosses the wire as the answer. That of a deferred method is what its
    /// `Reply` is of.
    pub(crate) fn answer(&self) -> Option<TokenStream> {
        if !self.is_deferred() {
            return self.returns.clone();
        }
        let reply = self.params_of(Role::Reply).next()?;
        types::arguments(&reply.ty, "Reply")?.pop().filter(|answer| !types::is_unit(answer))
    }
}

impl Param {
    /// Its name, unless a pattern stands in place of one.
    pub(crate) fn name(&self) -> Option<Ident> {
        let mut tokens = self.pattern.clone().into_iter();
        let first = tokens.next().filter(|token| !is_word(token, "mut")).or_else(|| tokens.next());
        match (first, tokens.next()) {
            (Some(TokenTree::Ident(name)), None) => Some(name),
            _ => None,
        }
    }
}

/// The receiver, and the parameters behind it.
fn read_params(list: &Group, report: &mut Report) -> (Receiver, Vec<Param>) {
    let mut cursor = Cursor::within(list);
    let mut receiver = Receiver::None;
    let mut params = Vec::new();
    while !cursor.is_empty() {
        let attributes = Attribute::take(&mut cursor);
        let pattern = take_pattern(&mut cursor);
        cursor.punct(':');
        let ty = cursor.until_comma();
        cursor.punct(',');
        if pattern.clone().into_iter().any(|token| is_word(&token, "self")) {
            attr::options(&attributes, Place::Nowhere, report);
            receiver = Receiver::of(pattern, ty);
            continue;
        }
        let options = attr::options(&attributes, Place::Argument, report);
        let role = match options.has("peer") {
            true if types::ends_in(&ty, "PeerHandle") => Role::Handle,
            true => Role::Peer,
            false => Role::Argument,
        };
        params.push(Param { attributes, pattern, ty, role });
    }
    (receiver, params)
}

impl Receiver {
    /// `ty` is empty in the short forms: for them, `&self` is read as the type `&Self` is.
    fn of(pattern: TokenStream, ty: TokenStream) -> Receiver {
        let (written, target) = if ty.is_empty() { (pattern, "self") } else { (ty, "Self") };
        match types::as_reference(&written) {
            Some(reference) if !types::is(&reference.target, target) => Receiver::Other(written),
            Some(reference) if reference.mutable => Receiver::Exclusive,
            Some(_) => Receiver::Shared,
            None => Receiver::Other(written),
        }
    }
}

/// Takes what stands before the colon of a parameter, which is not one of a `::`.
fn take_pattern(cursor: &mut Cursor) -> TokenStream {
    let mut joined = false;
    cursor.until(|token| {
        let TokenTree::Punct(punct) = token else {
            joined = false;
            return false;
        };
        let ends = punct.as_char() == ','
            || punct.as_char() == ':' && !joined && punct.spacing() == Spacing::Alone;
        joined = punct.as_char() == ':';
        ends
    })
}
