//! `#[derive(Decode)]`

use proc_macro::{Ident, Punct, Spacing, Span, TokenStream, TokenTree};

use super::runs::{self, bound};
use super::{joined, place_of, predicates, scoped};
use crate::model::{Data, Field, Shape, Variant};
use crate::rewrite;
use crate::template::template;
use crate::types;

pub(crate) fn decode(data: &Data) -> TokenStream {
    let de = received(data);
    let mut bounds = outlives(data, &de);
    bounds.extend(predicates(data, |param| template!("#param: __rt::Decode<#de>,", param, de)));

    let value = match &data.shape {
        Shape::Struct(fields) => {
            let (decoded, fields) = decode_fields(data, fields, &de);
            template!("#decoded let value = Self { #fields };", decoded, fields)
        }
        Shape::Enum(variants) => {
            template!("let value = #value;", value = decode_enum(data, variants, &de))
        }
    };
    // A level of nesting is counted by whoever has a level below.
    let body = if data.fields().is_empty() {
        template!("#value __rt::Ok(value)", value)
    } else {
        template!("r.enter()?; #value r.leave(); __rt::Ok(value)", value)
    };
    implement(data, &de, &bounds, &min_len(data, &de), &body)
}

/// Stands in for an impl that cannot be written, so that using the type gives no further error.
pub(crate) fn decode_stub(data: &Data) -> TokenStream {
    let de = received(data);
    let mut bounds = outlives(data, &de);
    bounds.extend(data.generics.predicates.clone());
    implement(data, &de, &bounds, &template!("0"), &template!("::core::unreachable!()"))
}

fn implement(
    data: &Data,
    de: &TokenStream,
    bounds: &TokenStream,
    min_len: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let item = template!(
        "#[automatically_derived]
        #[allow(deprecated)]
        impl<#de, #declarations> __rt::Decode<#de> for #name<#arguments> where #bounds {
            const MIN_LEN: usize = #min_len;

            fn decode(r: &mut __rt::Reader<#de>) -> __rt::Result<Self, __rt::DecodeError> {
                #body
            }
        }",
        declarations = data.generics.declarations(),
        arguments = data.generics.arguments(),
        name = data.name,
        de,
        bounds,
        min_len,
        body,
    );
    scoped(&data.options, &item)
}

/// The lifetime of the received bytes: `'de`, or that with as many underscores behind it as it
/// takes to differ from the user's own.
fn received(data: &Data) -> TokenStream {
    let mut taken = types::lifetimes(&data.generics.declarations());
    taken.extend(types::lifetimes(&data.generics.predicates));
    taken.extend(data.fields().iter().flat_map(|field| types::lifetimes(&field.ty)));
    let mut name = String::from("de");
    while taken.iter().any(|other| other.to_string() == name) {
        name.push('_');
    }
    let quote = TokenTree::Punct(Punct::new('\'', Spacing::Joint));
    [quote, Ident::new(&name, Span::mixed_site()).into()].into_iter().collect()
}

/// What is borrowed is borrowed from the received bytes.
fn outlives(data: &Data, de: &TokenStream) -> TokenStream {
    joined(data.generics.lifetimes().map(|own| template!("#de: #own,", de, own)))
}

fn decode_enum(data: &Data, variants: &[Variant], de: &TokenStream) -> TokenStream {
    let arms = variants.iter().map(|variant| {
        let Variant { name, tag, fields, .. } = variant;
        let (decoded, fields) = decode_fields(data, fields, de);
        if decoded.is_empty() {
            template!("#tag => Self::#name { #fields },", tag, name, fields)
        } else {
            template!("#tag => { #decoded Self::#name { #fields } }", tag, name, decoded, fields)
        }
    });
    template!(
        "match r.tag()? {
            #arms
            _ => return __rt::Err(__rt::DecodeError::UnknownTag),
        }",
        arms = joined(arms),
    )
}

/// What decodes fields that have to be there before the value is made, and what makes the value.
fn decode_fields(data: &Data, fields: &[Field], de: &TokenStream) -> (TokenStream, TokenStream) {
    let decode = |field: &Field| {
        let ty = decoded_as(data, &field.ty);
        template!(place_of(&ty), "<#ty as __rt::Decode<#de>>::decode(r)?", ty, de)
    };
    let with = |value: &dyn Fn(&Field) -> TokenStream| {
        joined(fields.iter().map(|field| {
            template!("#member: #value,", member = field.member, value = value(field))
        }))
    };
    if runs::split(fields).all(|run| run.len() == 1) {
        // In place, which is up to 50 bytes less.
        return (TokenStream::new(), with(&decode));
    }
    let decoded = runs::split(fields).map(|run| match run {
        [field] => template!("let #name = #value;", name = bound(field), value = decode(field),),
        run => {
            let each = |part: fn(&Field) -> TokenStream| joined(run.iter().map(part));
            template!(
                "let (#names) = r.take_run::<(#types)>()?;",
                names = each(|field| template!("#name,", name = bound(field))),
                types = each(|field| template!("#ty,", ty = field.ty)),
            )
        }
    });
    (joined(decoded), with(&|field| template!("#name", name = bound(field))))
}

/// The fewest bytes of any value. Enums are taken to have no fields: that is where a type that
/// holds itself comes to an end.
fn min_len(data: &Data, de: &TokenStream) -> TokenStream {
    let Shape::Struct(fields) = &data.shape else { return template!("1") };
    let lens = fields.iter().map(|Field { ty, .. }| {
        let ty = decoded_as(data, ty);
        template!(place_of(&ty), " + <#ty as __rt::Decode<#de>>::MIN_LEN", ty, de)
    });
    joined([template!("0"), joined(lens)])
}

/// The type with the type's own lifetimes left to inference: what is decoded lives as long as the
/// received bytes, and may be asked to live shorter.
fn decoded_as(data: &Data, ty: &TokenStream) -> TokenStream {
    rewrite::elide_lifetimes(ty, &data.generics.lifetime_names())
}
