//! Fields that stand side by side and are numbers, which come as one block: the check that there are
//! bytes once for all of them.

use proc_macro::{Ident, Span};

use crate::model::Field;
use crate::types;

/// As many fields `ipc-core` takes at once.
const LONGEST: usize = 8;

/// Splits fields, in order, into runs and fields by themselves. A `bool` may be
/// refused, and what is behind it has then not been read: a run ends with it.
pub(super) fn split(fields: &[Field]) -> impl Iterator<Item = &[Field]> {
    fields
        .chunk_by(|a, b| {
            types::is_number(&a.ty) && (types::is_number(&b.ty) || types::is(&b.ty, "bool"))
        })
        .flat_map(|run| run.chunks(LONGEST))
}

/// What a field's value is bound to.
pub(super) fn bound(field: &Field) -> Ident {
    let member = field.member.to_string();
    let name = member.strip_prefix("r#").unwrap_or(&member);
    Ident::new(&format!("f_{name}"), Span::mixed_site())
}
