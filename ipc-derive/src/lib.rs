//! The macros of a typed RPC with a size contract: [`Encode`], [`Decode`] and [`macro@service`].
//!
//! Use them through `ipc-runtime`, which exports them beside the traits that they implement.
//!
//! The rooms, in reading order, each importing only those before it: tokens are looked at by
//! `tokens` and `cursor` and written by `template`; mistakes go to `report`; `types` and `rewrite`
//! know types by their tokens; `attr` reads options. An item then passes `model`, what the user
//! wrote, `check`, what is wrong with it, and `expand`, what is written in its place.
//!
//! There is no parser of Rust here: the compiler has parsed the item before a macro sees it, so it
//! is enough to find the parts, and types are handed on as they stand.
#![forbid(unsafe_code)]

mod tokens;

mod cursor;
mod template;

mod report;

mod types;

mod rewrite;

mod attr;

mod model;

mod check;

mod expand;

use proc_macro::TokenStream;

use crate::model::{Data, Service};
use crate::report::Report;
use crate::template::template;

/// Implements `Encode`: the fields in order, nothing between; in an enum, a tag before them.
///
/// Options are written in `#[ipc(..)]`, and are the same for `Encode` and `Decode`:
///
/// | on | option | |
/// |---|---|---|
/// | type | `name = "Old"` | what the type is called in its schema, if not by its name |
/// | | `bound = "T: Trait"` | replaces the bounds that are inferred, in both impls |
/// | | `crate = path::to` | where `ipc-runtime` is found, if not at `::ipc_runtime` |
/// | field | `name = "old"` | what the field is called in the schema |
/// | | `recursive` | its type leads back to this one by way of another: the schema holds the type's text and does not look inside |
/// | variant | `name = "Old"` | what the variant is called in the schema |
/// | | `tag = 3` | its number on the wire; those that follow go on counting |
///
/// A type may hold itself, as in `children: Vec<Node>`. Where two types hold each other the
/// compiler tells of a cycle in `SCHEMA`: mark one of the two fields `recursive`.
///
/// A renamed field or type changes the schema, and with it the signature of each method that it is
/// a part of; `name` keeps it as it was. A type parameter is bound by `Encode`, or `Decode`, where
/// a field holds a value of it.
#[proc_macro_derive(Encode, attributes(ipc))]
pub fn derive_encode(item: TokenStream) -> TokenStream {
    derive(item, check::data, expand::encode, expand::encode_stub)
}

/// Implements `Decode`; options as for [`Encode`].
///
/// A type with a lifetime borrows from the received bytes.
#[proc_macro_derive(Decode, attributes(ipc))]
pub fn derive_decode(item: TokenStream) -> TokenStream {
    derive(item, check::received, expand::decode, expand::decode_stub)
}

/// Makes the methods of a trait callable from another process.
///
/// The trait itself stays as it is. Beside a `trait Loader` there are then
///
/// - `LoaderService(handler)`, which a server adds to serve the calls, where the handler is any
///   implementation of the trait;
/// - `LoaderClient::new(&mut connection)`, with the methods of the trait. They return
///   `Result<T, CallError>`, or `Result<T, CallError<E>>` where the trait's return `Result<T, E>`.
///   By itself it has `missing()`, which asks the other side which of the methods it lacks, and
///   `LoaderClient::INTERFACE`, the trait as data; each gives way to a method of the trait of that
///   name;
/// - `LoaderCalls::new(&mut connection)`, with the same methods, which start calls and do not wait:
///   each returns a `Pending`, to be waited for later, or given what is to be done then.
///
/// The client and the starter hold nothing but the borrow of the connection: a program keeps that,
/// and makes one of them wherever it calls.
///
/// Arguments may be borrowed: `&str`, `&[u8]`, `&[T]`, `&T`, `Option<&str>`, and types that borrow.
/// What is returned is owned. A method is known on the wire by its name and its types, so methods
/// can be added, removed and reordered.
///
/// | on | option | |
/// |---|---|---|
/// | trait | `#[service(name = "Old")]` | what the service is called on the wire, if not by its name |
/// | | `#[service(crate = path::to)]` | where `ipc-runtime` is found, if not at `::ipc_runtime` |
/// | method | `#[ipc(name = "old")]` | what the method is called on the wire |
/// | | `#[ipc(oneway)]` | it is sent and not answered |
/// | | `#[ipc(deferred)]` | it answers through its last parameter, a `Reply<T>`, at any time; the client gets a `T` |
/// | | `#[ipc(idempotent)]` | to run it twice does what to run it once does |
/// | parameter | `#[ipc(peer)]` | a `&mut Peer<'_>`, which the server passes: the one that calls. The client has no such parameter |
/// | parameter | `#[ipc(peer)]` | a `PeerHandle`, the same to be kept, for events that are sent when the handler has returned |
#[proc_macro_attribute]
pub fn service(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut report = Report::default();
    // A program that only calls a service has no other use for its trait.
    let mut out =
        template!("#[allow(dead_code)] #item", item = attr::without_options(item.clone()));
    if let Some(mut service) = Service::read(args, item, &mut report) {
        check::service(&mut service, &mut report);
        out.extend(expand::service(&service));
    }
    out.extend(report.into_tokens());
    out
}

fn derive(
    item: TokenStream,
    check: fn(&Data, &mut Report),
    expand: fn(&Data) -> TokenStream,
    stub: fn(&Data) -> TokenStream,
) -> TokenStream {
    let mut report = Report::default();
    let Some(data) = Data::read(item, &mut report) else { return report.into_tokens() };
    check(&data, &mut report);
    if report.is_empty() {
        return expand(&data);
    }
    let mut out = report.into_tokens();
    out.extend(stub(&data));
    out
}
