//! Mistakes in a struct or enum.

use proc_macro::Ident;

use crate::model::{Data, Field, Shape, Variant};
use crate::report::{Extent, Report};
use crate::types;

pub(crate) fn data(data: &Data, report: &mut Report) {
    match &data.shape {
        Shape::Enum(variants) if variants.is_empty() => report.error(
            &data.name,
            "an enum without variants has no value to send: add a variant, or use `()`",
        ),
        Shape::Enum(variants) => {
            variant_names(variants, report);
            variant_tags(variants, report);
            variants.iter().for_each(|variant| field_names(&variant.fields, report));
        }
        Shape::Struct(fields) => field_names(fields, report),
    }
    layout(data, report);
}

/// Mistakes in what is to be received.
pub(crate) fn received(data: &Data, report: &mut Report) {
    self::data(data, report);
    let fields: Vec<&Field> = match &data.shape {
        Shape::Enum(variants) => variants.iter().flat_map(|variant| &variant.fields).collect(),
        Shape::Struct(fields) => fields.iter().collect(),
    };
    for lifetime in fields.into_iter().filter_map(|field| types::borrowed_for_ever(&field.ty)) {
        report.error(
            &lifetime,
            "what is received is borrowed from the bytes that came: give the type a lifetime, as in \
             `struct Mod<'a> { id: &'a str }`, or hold a value of your own, such as a `String`",
        );
    }
}

/// Generated code borrows each field, which a packed struct forbids.
fn layout(data: &Data, report: &mut Report) {
    for repr in data.attributes.iter().filter(|attribute| attribute.is("repr")) {
        let packed = repr.content().to_string().contains("packed");
        if packed {
            report.error(
                &repr.content(),
                "fields of a packed type cannot be borrowed to be encoded: \
                 drop `packed`, which does nothing for the bytes on the wire",
            );
        }
    }
}

fn variant_names(variants: &[Variant], report: &mut Report) {
    for (i, variant) in variants.iter().enumerate() {
        let name = variant.wire_name();
        if variants.iter().take(i).any(|earlier| earlier.wire_name() == name) {
            report.error(
                place(&variant.name, variant.options.find("name")),
                &taken(&name, "variant"),
            );
        }
    }
}

fn field_names(fields: &[Field], report: &mut Report) {
    for (i, field) in fields.iter().enumerate() {
        let name = field.wire_name();
        if fields.iter().take(i).any(|earlier| earlier.wire_name() == name) {
            let own = Extent::from(&field.member);
            report.error(
                field.options.find("name").map_or(own, Extent::from),
                &taken(&name, "field"),
            );
        }
    }
}

fn taken(name: &str, what: &str) -> String {
    format!("another {what} is called \"{name}\" in the schema already: choose another name")
}

fn variant_tags(variants: &[Variant], report: &mut Report) {
    for (i, variant) in variants.iter().enumerate() {
        let at = place(&variant.name, variant.options.find("tag"));
        let Some(tag) = variant.tag else {
            report.error(
                at,
                "the tag would be above 4294967295: give this variant one with `#[ipc(tag = ..)]`",
            );
            continue;
        };
        let Some(first) = variants.iter().take(i).find(|earlier| earlier.tag == variant.tag) else {
            continue;
        };
        let (one, other) = (&first.name, &variant.name);
        report.error(
            place(&first.name, first.options.find("tag")),
            &format!("tag {tag} is given to `{one}` here, and to `{other}` below"),
        );
        report.error(
            at,
            &format!(
                "`{other}` has tag {tag}, which is taken by `{one}`: \
                 give it one of its own with `#[ipc(tag = ..)]`"
            ),
        );
    }
}

/// The option at fault if there is one, else the thing itself.
fn place(own: &Ident, option: Option<&Ident>) -> Extent {
    option.unwrap_or(own).into()
}
