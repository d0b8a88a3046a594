//! `#[derive(Encode)]`

use proc_macro::TokenStream;

use super::runs::{self, bound};
use super::{joined, place_of, predicates, scoped};
use crate::model::{Data, Field, Shape, Variant};
use crate::rewrite;
use crate::template::template;

pub(crate) fn encode(data: &Data) -> TokenStream {
    let bounds = predicates(data, |param| template!("#param: __rt::Encode,", param));
    let body = match &data.shape {
        Shape::Enum(variants) => encode_enum(data, variants),
        Shape::Struct(fields) => {
            encode_fields(fields, &|field| template!("self.#member", member = field.member))
        }
    };
    implement(data, &bounds, &schema(data), &body)
}

/// Stands in for an impl that cannot be written, so that using the type gives no further error.
pub(crate) fn encode_stub(data: &Data) -> TokenStream {
    let schema = template!("__rt::Schema::product(\"\")");
    implement(data, &data.generics.predicates, &schema, &template!("::core::unreachable!()"))
}

fn implement(
    data: &Data,
    bounds: &TokenStream,
    schema: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let item = template!(
        "#[automatically_derived]
        #[allow(deprecated)]
        impl<#declarations> __rt::Encode for #name<#arguments> where #bounds {
            const SCHEMA: __rt::Schema = #schema;

            fn encode(&self, w: &mut __rt::Writer) {
                #body
            }
        }",
        declarations = data.generics.declarations(),
        arguments = data.generics.arguments(),
        name = data.name,
        bounds,
        schema,
        body,
    );
    scoped(&data.options, &item)
}

/// The tag in one place and not in each arm, which is 50 bytes less for each variant.
fn encode_enum(data: &Data, variants: &[Variant]) -> TokenStream {
    let tags = variants
        .iter()
        .map(|Variant { name, tag, .. }| template!("Self::#name { .. } => #tag,", name, tag));
    let tag = template!("w.tag(match self { #tags });", tags = joined(tags));
    if data.fields().is_empty() {
        return tag;
    }
    let arms = variants.iter().map(|variant| {
        let Variant { name, fields, .. } = variant;
        let pattern = joined(fields.iter().map(|field| {
            template!("#member: #value,", member = field.member, value = bound(field))
        }));
        let body = encode_fields(fields, &|field| template!("*#value", value = bound(field)));
        template!("Self::#name { #pattern } => { #body }", name, pattern, body)
    });
    template!("#tag match self { #arms }", tag, arms = joined(arms))
}

/// So many numbers side by side are written as one block. Fewer take less code one by one.
const WORTH_A_BLOCK: usize = 3;

/// `place` is where a field's value is.
fn encode_fields(fields: &[Field], place: &dyn Fn(&Field) -> TokenStream) -> TokenStream {
    joined(runs::split(fields).map(|run| {
        if run.len() < WORTH_A_BLOCK {
            return joined(run.iter().map(|field| encode_field(field, &place(field))));
        }
        template!(
            "w.put_run::<{ <(#types) as __rt::Fixed>::WIDTH }>(&(#values));",
            types = joined(run.iter().map(|field| template!("#ty,", ty = field.ty))),
            values = joined(run.iter().map(|field| template!("#value,", value = place(field)))),
        )
    }))
}

fn encode_field(field: &Field, value: &TokenStream) -> TokenStream {
    let ty = &field.ty;
    template!(place_of(ty), "<#ty as __rt::Encode>::encode(&#value, w);", ty, value)
}

fn schema(data: &Data) -> TokenStream {
    let name = data.wire_name();
    match &data.shape {
        Shape::Enum(variants) => {
            let parts = variants.iter().map(|variant| {
                let part = template!(
                    ".variant(#name, #tag)",
                    name = variant.wire_name(),
                    tag = variant.tag
                );
                joined([part, schema_fields(data, &variant.fields)])
            });
            template!("__rt::Schema::sum(#name) #parts", name, parts = joined(parts))
        }
        Shape::Struct(fields) => {
            let parts = schema_fields(data, fields);
            template!("__rt::Schema::product(#name) #parts", name, parts)
        }
    }
}

fn schema_fields(data: &Data, fields: &[Field]) -> TokenStream {
    // A type's shape cannot hold itself: inside, its name is an end.
    let own = template!("__rt::Recursive");
    let parts = fields.iter().map(|field| {
        let of = if field.is_recursive() {
            template!("__rt::Schema::product(#text)", text = rewrite::text(&field.ty))
        } else {
            let ty = rewrite::without_own(&field.ty, &data.name, &own);
            template!(place_of(&field.ty), "<#ty as __rt::Encode>::SCHEMA", ty)
        };
        template!(".field(#name, #of)", name = field.wire_name(), of)
    });
    joined(parts)
}
