//! A struct or enum that is to be sent.

use proc_macro::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};

use super::Generics;
use crate::attr::{self, Attribute, Options, Place};
use crate::cursor::Cursor;
use crate::report::Report;
use crate::tokens::unraw;

pub(crate) struct Data {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) options: Options,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    Struct(Vec<Field>),
    Enum(Vec<Variant>),
}

pub(crate) struct Field {
    pub(crate) options: Options,
    /// `name`, or the index of a tuple's field: both may stand in `Type { field: value }`.
    pub(crate) member: TokenTree,
    pub(crate) ty: TokenStream,
}

pub(crate) struct Variant {
    pub(crate) options: Options,
    pub(crate) name: Ident,
    pub(crate) fields: Vec<Field>,
    /// The number on the wire: as in Rust, one more than the variant before unless given.
    /// Nothing if that is more than a tag can be.
    pub(crate) tag: Option<u32>,
}

const UNION: &str =
    "a union cannot be sent, as nothing says which of its fields is set: use an enum";

impl Data {
    /// Reads an item. Nothing comes back, and a report of why, when not even its name is clear.
    pub(crate) fn read(item: TokenStream, report: &mut Report) -> Option<Data> {
        let mut cursor = Cursor::new(item, Span::call_site());
        let attributes = Attribute::take(&mut cursor);
        let options = attr::options(&attributes, Place::Type, report);
        take_visibility(&mut cursor);
        let (keyword, name) = (cursor.ident(), cursor.ident());
        let (Some(keyword), Some(name)) = (keyword, name) else {
            report.error(cursor.here(), "only a struct or an enum can be sent");
            return None;
        };
        let mut generics = Generics::take(&mut cursor, report);
        generics.take_where(&mut cursor);
        let shape = match keyword.to_string().as_str() {
            "enum" => Shape::Enum(take_variants(&mut cursor, report)),
            "struct" => Shape::Struct(take_fields(&mut cursor, report)),
            _ => {
                report.error(&keyword, UNION);
                Shape::Struct(Vec::new())
            }
        };
        generics.take_where(&mut cursor);
        Some(Data { attributes, options, name, generics, shape })
    }

    /// What the type is called in its schema.
    pub(crate) fn wire_name(&self) -> String {
        self.options.name().unwrap_or_else(|| unraw(&self.name))
    }

    /// All fields, of all variants.
    pub(crate) fn fields(&self) -> Vec<&Field> {
        match &self.shape {
            Shape::Struct(fields) => fields.iter().collect(),
            Shape::Enum(variants) => variants.iter().flat_map(|variant| &variant.fields).collect(),
        }
    }
}

impl Field {
    pub(crate) fn wire_name(&self) -> String {
        self.options.name().unwrap_or_else(|| match &self.member {
            TokenTree::Ident(name) => unraw(name),
            index => index.to_string(),
        })
    }

    pub(crate) fn is_recursive(&self) -> bool {
        self.options.has("recursive")
    }
}

impl Variant {
    pub(crate) fn wire_name(&self) -> String {
        self.options.name().unwrap_or_else(|| unraw(&self.name))
    }
}

/// Takes `pub`, `pub(..)` or nothing.
pub(super) fn take_visibility(cursor: &mut Cursor) -> TokenStream {
    let mut visibility = TokenStream::new();
    if let Some(word) = cursor.word("pub") {
        visibility.extend([TokenTree::Ident(word)]);
        // In `pub (u8, u16)` the parentheses belong to a tuple field's type.
        if cursor.peek().is_some_and(is_restriction) {
            visibility.extend(cursor.next());
        }
    }
    visibility
}

fn is_restriction(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let first = group.stream().into_iter().next().map(|token| token.to_string());
    let restricts = matches!(first.as_deref(), Some("crate" | "self" | "super" | "in"));
    restricts && group.delimiter() == Delimiter::Parenthesis
}

/// Takes the fields of a struct or variant: in braces, in parentheses, or none.
fn take_fields(cursor: &mut Cursor, report: &mut Report) -> Vec<Field> {
    if let Some(group) = cursor.group(Delimiter::Brace) {
        fields_of(&group, true, report)
    } else if let Some(group) = cursor.group(Delimiter::Parenthesis) {
        fields_of(&group, false, report)
    } else {
        Vec::new()
    }
}

fn fields_of(group: &Group, named: bool, report: &mut Report) -> Vec<Field> {
    let mut cursor = Cursor::within(group);
    let mut fields = Vec::new();
    while !cursor.is_empty() {
        let options = attr::options(&Attribute::take(&mut cursor), Place::Field, report);
        take_visibility(&mut cursor);
        let name = if named { cursor.ident() } else { None };
        if name.is_some() {
            cursor.punct(':');
        }
        let index = Literal::usize_unsuffixed(fields.len());
        let member = name.map_or(index.into(), TokenTree::Ident);
        fields.push(Field { options, member, ty: cursor.until_comma() });
        cursor.punct(',');
    }
    fields
}

fn take_variants(cursor: &mut Cursor, report: &mut Report) -> Vec<Variant> {
    let Some(body) = cursor.group(Delimiter::Brace) else { return Vec::new() };
    let mut cursor = Cursor::within(&body);
    let mut variants = Vec::new();
    let mut next_tag = Some(0_u32);
    while !cursor.is_empty() {
        let options = attr::options(&Attribute::take(&mut cursor), Place::Variant, report);
        take_visibility(&mut cursor);
        let Some(name) = cursor.ident() else {
            report.error(cursor.here(), "expected the name of a variant");
            return variants;
        };
        let fields = take_fields(&mut cursor, report);
        // Rust's own discriminant, an expression, is not what is sent.
        cursor.skip_past(',');
        let tag = options.tag().or(next_tag);
        next_tag = tag.and_then(|tag| tag.checked_add(1));
        variants.push(Variant { options, name, fields, tag });
    }
    variants
}
