//! A trait that is to be called from another process.

use proc_macro::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};

use super::Generics;
use super::data::take_visibility;
use crate::attr::{self, Attribute, Options, Place};
use crate::cursor::Cursor;
use crate::report::Report;
use crate::tokens::{is_punct, is_word, unraw};
use crate::{rewrite, types};

pub(crate) struct Service {
    pub(crate) attributes: Vec<Attribute>,
    /// What stands in `#[service(..)]`.
    pub(crate) options: Options,
    pub(crate) visibility: TokenStream,
    /// `unsafe`, `auto`: what stands before `trait`.
    pub(crate) qualifiers: Vec<Ident>,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) methods: Vec<Method>,
    /// What else stands in the body, by the word it begins with: `type`, `const`, a macro's name.
    pub(crate) others: Vec<Ident>,
}

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
    /// From the connection: `#[ipc(peer)]`.
    Peer,
    /// From the connection: where a deferred method answers.
    Reply,
}

const TRAIT_QUALIFIERS: &[&str] = &["unsafe", "auto", "const"];
const FN_QUALIFIERS: &[&str] = &["const", "async", "unsafe", "extern", "gen", "default"];

impl Service {
    /// Reads an item. Nothing comes back, and a report of why, when it is no trait.
    pub(crate) fn read(args: TokenStream, item: TokenStream, report: &mut Report) -> Option<Self> {
        let mut options = Options::default();
        options.take(Cursor::new(args, Span::call_site()), Place::Service, report);

        let mut cursor = Cursor::new(item, Span::call_site());
        let attributes = Attribute::take(&mut cursor);
        let visibility = take_visibility(&mut cursor);
        let qualifiers = take_words(&mut cursor, TRAIT_QUALIFIERS);
        let at = cursor.here();
        let name = cursor.word("trait").and_then(|_| cursor.ident());
        let Some(name) = name else {
            report.error(at, "`#[service]` belongs on a trait, whose methods become calls");
            return None;
        };
        let generics = Generics::take(&mut cursor, report);
        cursor.until(is_brace);
        let body = cursor.group(Delimiter::Brace)?;
        let (methods, others) = read_body(&body, report);
        Some(Service {
            attributes,
            options,
            visibility,
            qualifiers,
            name,
            generics,
            methods,
            others,
        })
    }

    /// The methods that can be called.
    pub(crate) fn sound_methods(&self) -> impl Iterator<Item = &Method> {
        self.methods.iter().filter(|method| method.sound)
    }

    /// What the service is called on the wire.
    pub(crate) fn wire_name(&self) -> String {
        self.options.name().unwrap_or_else(|| unraw(&self.name))
    }
}

impl Method {
    /// What the method is called on the wire.
    pub(crate) fn wire_name(&self) -> String {
        self.options.name().unwrap_or_else(|| unraw(&self.name))
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

fn read_body(body: &Group, report: &mut Report) -> (Vec<Method>, Vec<Ident>) {
    let mut cursor = Cursor::within(body);
    let (mut methods, mut others) = (Vec::new(), Vec::new());
    while !cursor.is_empty() {
        let attributes = Attribute::take(&mut cursor);
        take_visibility(&mut cursor);
        let qualifiers = take_words(&mut cursor, FN_QUALIFIERS);
        if cursor.word("fn").is_some() {
            methods.extend(read_method(&mut cursor, attributes, qualifiers, report));
        } else if let Some(word) = qualifiers.into_iter().next().or_else(|| cursor.ident()) {
            others.push(word);
            skip_item(&mut cursor);
        } else {
            cursor.next();
        }
    }
    (methods, others)
}

/// Takes what is behind `fn`.
fn read_method(
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
        let role = if options.has("peer") { Role::Peer } else { Role::Argument };
        params.push(Param { pattern, ty, role });
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

/// Takes as many of these words as there are; `extern` with its ABI.
fn take_words(cursor: &mut Cursor, words: &[&str]) -> Vec<Ident> {
    let mut taken = Vec::new();
    while let Some(word) = words.iter().find_map(|word| cursor.word(word)) {
        taken.push(word);
        if matches!(cursor.peek(), Some(TokenTree::Literal(_))) {
            cursor.next();
        }
    }
    taken
}

/// Leaves out the rest of an item that is no method.
fn skip_item(cursor: &mut Cursor) {
    if cursor.punct('!').is_some() && cursor.group(Delimiter::Brace).is_some() {
        return;
    }
    cursor.skip_past(';');
}

fn is_brace(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}
