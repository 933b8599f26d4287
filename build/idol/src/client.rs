// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Generation of client stubs.

mod method;

use std::io::Write;
use std::path::Path;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use self::method::Method;
use crate::syntax::{Error, Interface, Reply};
use crate::{Generator, Result, check, common};

/// Generates the client stub of the interface in the file `source`, relative to
/// the crate being built, as the file `stub_name` in `OUT_DIR`.
///
/// Uses the default [`Generator`].
///
/// # Errors
/// If a file cannot be read or written, or the interface is not valid.
pub fn build_client_stub(source: &str, stub_name: &str) -> Result<()> {
    Generator::default().build_client_stub(source, stub_name)
}

/// Generates the client stub of the interface in the file `source`.
///
/// Uses the default [`Generator`].
///
/// # Errors
/// If the file cannot be read, the interface is not valid, or writing fails.
pub fn generate_client_stub_from_file(
    source: impl AsRef<Path>,
    out: impl Write,
) -> Result<()> {
    Generator::default().generate_client_stub_from_file(source, out)
}

/// Generates the client stub of `iface`.
///
/// Uses the default [`Generator`].
///
/// # Errors
/// If the interface is not valid, or writing fails.
pub fn generate_client_stub(iface: &Interface, out: impl Write) -> Result<()> {
    Generator::default().generate_client_stub(iface, out)
}

/// The text of the client stub of `iface`.
pub(crate) fn stub(
    generator: &Generator,
    iface: &Interface,
) -> std::result::Result<TokenStream, crate::Error> {
    check::client(iface)?;

    let name = &iface.name;
    let op_enum = common::op_enum(iface, &generator.op_enum_derives);
    let counters = generator.counters.client.then(|| {
        common::counters(
            iface,
            &counters_name(iface),
            |op| error_type(&op.reply),
            TokenStream::new(),
        )
    });
    let methods = (0..iface.ops.len()).map(|index| {
        Method::new(iface, index, generator.counters.client).generate()
    });
    let doc = common::docs(&[
        &format!("A client of the interface `{name}`."),
        "",
        "Holds the id of the server, and follows the server across restarts.",
    ]);

    // Without an operation, nobody asks for the server's id.
    let allowed = iface.ops.is_empty().then(|| quote!(#[allow(dead_code)]));

    Ok(quote! {
        #[allow(unused_imports)]
        use userlib::UnwrapLite;

        #op_enum

        #counters

        #doc
        #[derive(Clone, Debug)]
        pub struct #name {
            #allowed
            current_id: core::cell::Cell<userlib::TaskId>,
        }

        impl core::convert::From<userlib::TaskId> for #name {
            fn from(id: userlib::TaskId) -> Self {
                Self {
                    current_id: core::cell::Cell::new(id),
                }
            }
        }

        // A reply of bytes is transmuted to what it is.
        #[allow(clippy::too_many_arguments, clippy::useless_transmute)]
        impl #name {
            #(#methods)*
        }
    })
}

fn counters_name(iface: &Interface) -> Ident {
    let name = iface.name.to_uppercase();
    format_ident!("__{name}_CLIENT_COUNTERS")
}

/// The type of the errors that a client is told.
fn error_type(reply: &Reply) -> Option<TokenStream> {
    match reply {
        Reply::Simple(_) => None,
        Reply::Result { err, .. } => Some(match err {
            Error::CLike(ty) | Error::Complex(ty) => quote!(#ty),
            Error::ServerDeath => quote!(idol_runtime::ServerDeath),
        }),
    }
}
