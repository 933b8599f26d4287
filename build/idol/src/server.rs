// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Generation of server stubs.

mod fail;
mod handler;
mod message;

use std::collections::BTreeMap;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::syntax::{Error, Interface, Lease, Operation, Reply};
use crate::{Generator, Result, check, common};

/// How a server goes about its requests.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ServerStyle {
    /// One after the other: a request is answered before the next is received.
    InOrder,
}

/// Generates the server support for the interface in the file `source`,
/// relative to the crate being built, as the file `stub_name` in `OUT_DIR`.
///
/// Uses the default [`Generator`].
///
/// # Errors
/// If a file cannot be read or written, or the interface is not valid.
pub fn build_server_support(
    source: &str,
    stub_name: &str,
    style: ServerStyle,
) -> Result<()> {
    Generator::default().build_server_support(source, stub_name, style)
}

/// Like [`build_server_support`], but each operation in `allowed_callers` can
/// be used by the tasks given there, by index, and by no others.
///
/// # Errors
/// Also if `allowed_callers` names an operation that the interface lacks.
pub fn build_restricted_server_support(
    source: &str,
    stub_name: &str,
    style: ServerStyle,
    allowed_callers: &BTreeMap<String, Vec<usize>>,
) -> Result<()> {
    Generator::default().build_restricted_server_support(
        source,
        stub_name,
        style,
        allowed_callers,
    )
}

/// The text of the server support for `iface`, which was read from `text`.
pub(crate) fn stub(
    generator: &Generator,
    iface: &Interface,
    text: &str,
    allowed_callers: &BTreeMap<String, Vec<usize>>,
) -> std::result::Result<TokenStream, crate::Error> {
    check::server(iface)?;
    check::allowed_callers(iface, allowed_callers.keys())?;

    let op_enum = common::op_enum(iface, &generator.op_enum_derives);
    let messages = message::generate(iface);
    let server_op = server_op(iface);
    let server_trait = server_trait(iface);
    let counters = generator
        .counters
        .server
        .then(|| handler::counters(generator, iface));
    let handler = handler::generate(generator, iface, allowed_callers);
    let fail_server = fail::generate(generator, iface)?;
    let debug_section = debug_section(iface, text);

    Ok(quote! {
        #[allow(unused_imports)]
        use userlib::UnwrapLite;

        #op_enum
        #messages
        #server_op
        #server_trait
        #counters
        #handler
        #fail_server
        #debug_section
    })
}

fn trait_name(iface: &Interface) -> Ident {
    format_ident!("InOrder{}Impl", iface.name.0)
}

fn server_op(iface: &Interface) -> TokenStream {
    let op_enum = common::op_enum_name(iface);
    let ops: Vec<_> = iface.ops.keys().collect();
    let reply_sizes = ops.iter().map(|op| message::reply_size_name(op));
    let lease_counts = iface
        .ops
        .values()
        .map(|op| Literal::usize_unsuffixed(op.leases.len()));
    quote! {
        impl idol_runtime::ServerOp for #op_enum {
            fn max_reply_size(self) -> usize {
                match self {
                    #(Self::#ops => #reply_sizes,)*
                }
            }

            fn required_lease_count(self) -> usize {
                match self {
                    #(Self::#ops => #lease_counts,)*
                }
            }
        }
    }
}

fn server_trait(iface: &Interface) -> TokenStream {
    let name = trait_name(iface);
    let doc = common::docs(&[&format!(
        "A server of the interface `{}`, one request at a time.",
        iface.name
    )]);
    let methods = iface.ops.iter().map(|(name, op)| {
        let args = op.args.iter().map(|(name, arg)| {
            let ty = &arg.ty;
            quote!(#name: #ty)
        });
        let leases = op.leases.iter().map(|(name, lease)| {
            let ty = lease_type(lease);
            quote!(#name: #ty)
        });
        let result = result_type(op);
        let bound = error_bound(op);
        let msg = common::fresh("msg", op);
        quote! {
            fn #name(
                &mut self,
                #msg: &userlib::RecvMessage,
                #(#args,)*
                #(#leases,)*
            ) -> #result
            #bound;
        }
    });
    quote! {
        #doc
        #[allow(clippy::too_many_arguments)]
        pub trait #name: idol_runtime::NotificationHandler {
            #[doc = " The one task to receive from, or `None` to receive from all."]
            fn recv_source(&self) -> core::option::Option<userlib::TaskId> {
                None
            }

            #[doc = " Called when the task in `recv_source` has died."]
            fn closed_recv_fail(&mut self) {
                panic!()
            }

            #(#methods)*
        }
    }
}

/// The type by which a server has access to `lease`.
fn lease_type(lease: &Lease) -> TokenStream {
    let access = match (lease.read, lease.write) {
        (true, true) => quote!(RW),
        (false, true) => quote!(W),
        _ => quote!(R),
    };
    let ty = &lease.ty;
    let leased = quote!(idol_runtime::Leased<idol_runtime::#access, #ty>);
    match lease.max_len {
        None => leased,
        Some(max_len) => {
            let max_len = Literal::u32_unsuffixed(max_len.get());
            quote!(idol_runtime::LenLimit<#leased, #max_len>)
        }
    }
}

/// The type of the errors that a server can report.
fn error_type(reply: &Reply) -> TokenStream {
    match reply {
        Reply::Result {
            err: Error::CLike(ty) | Error::Complex(ty),
            ..
        } => quote!(#ty),
        Reply::Simple(_)
        | Reply::Result {
            err: Error::ServerDeath,
            ..
        } => quote!(core::convert::Infallible),
    }
}

fn result_type(op: &Operation) -> TokenStream {
    let ok = &op.reply.ok().ty;
    let error = error_type(&op.reply);
    quote! {
        core::result::Result<#ok, idol_runtime::RequestError<#error>>
    }
}

/// What is asked of the error type of an operation that is not idempotent: that
/// it can express the death of the server.
fn error_bound(op: &Operation) -> TokenStream {
    match &op.reply {
        _ if op.idempotent => TokenStream::new(),
        Reply::Result {
            err: Error::CLike(ty),
            ..
        } => quote! {
            where
                #ty: idol_runtime::IHaveConsideredServerDeathWithThisErrorType
        },
        Reply::Result {
            err: Error::Complex(ty),
            ..
        } => quote! {
            where
                #ty: core::convert::From<idol_runtime::ServerDeath>
        },
        _ => TokenStream::new(),
    }
}

/// The definition of the interface, for debuggers.
fn debug_section(iface: &Interface, text: &str) -> TokenStream {
    let name = format_ident!("_{}_IDOL_DEFINITION", iface.name.to_uppercase());
    let len = Literal::usize_unsuffixed(text.len());
    let text = Literal::byte_string(text.as_bytes());
    quote! {
        #[used]
        #[unsafe(link_section = ".idolatry")]
        static #name: [u8; #len] = *#text;
    }
}
