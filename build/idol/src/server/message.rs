// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Messages as the server sees them: their sizes, types and readers.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::common;
use crate::syntax::{
    AttributedTy, Encoding, Interface, Name, Operation, RecvStrategy, Reply,
};

pub fn generate(iface: &Interface) -> TokenStream {
    let ops = iface
        .ops
        .iter()
        .map(|(name, op)| operation(iface, name, op));
    let sizes = iface.ops.keys().map(|name| {
        let size = message_size_name(name);
        quote!(#size)
    });
    let incoming = common::max_of(sizes);
    quote! {
        #(#ops)*

        #[doc = " Size of the largest message."]
        #[allow(dead_code)]
        pub const INCOMING_SIZE: usize = #incoming;
    }
}

pub fn message_size_name(op: &Name) -> Ident {
    format_ident!("{}_MSG_SIZE", op.to_uppercase())
}

pub fn reply_size_name(op: &Name) -> Ident {
    format_ident!("{}_REPLY_SIZE", op.to_uppercase())
}

pub fn reader_name(op: &Name) -> Ident {
    format_ident!("read_{}_msg", op.0)
}

/// The name of an argument's field, which tells whether it is converted.
pub fn field_name(name: &Name, arg: &AttributedTy) -> Ident {
    if arg.ty.is_bool() || arg.recv != RecvStrategy::FromBytes {
        format_ident!("raw_{}", name.0)
    } else {
        name.0.clone()
    }
}

fn operation(iface: &Interface, name: &Name, op: &Operation) -> TokenStream {
    let message_size_name = message_size_name(name);
    let args_name = common::args_name(iface, name);
    let message_size = match op.encoding {
        _ if op.args.is_empty() => quote!(0),
        Encoding::Zerocopy | Encoding::Ssmarshal => {
            quote!(core::mem::size_of::<#args_name>())
        }
        Encoding::Hubpack => {
            quote!(<#args_name as hubpack::SerializedSize>::MAX_SIZE)
        }
    };
    let reply_size_name = reply_size_name(name);
    let reply_size = common::buffer_size(&op.reply.ok().ty, op.encoding);

    let args = args_struct(iface, name, op);
    let reader = reader(iface, name, op);
    let reply = reply_struct(iface, name, op);
    quote! {
        #[allow(dead_code)]
        pub const #message_size_name: usize = #message_size;
        #[allow(dead_code)]
        pub const #reply_size_name: usize = #reply_size;
        #args
        #reader
        #reply
    }
}

fn args_struct(iface: &Interface, name: &Name, op: &Operation) -> TokenStream {
    let args_name = common::args_name(iface, name);
    let attrs = match op.encoding {
        Encoding::Zerocopy => quote! {
            #[derive(
                Copy, Clone,
                zerocopy_derive::FromBytes,
                zerocopy_derive::Immutable,
                zerocopy_derive::KnownLayout,
            )]
            #[repr(C, packed)]
        },
        Encoding::Ssmarshal => quote! {
            #[derive(Copy, Clone, serde::Deserialize)]
        },
        Encoding::Hubpack => quote! {
            #[derive(
                Copy, Clone, serde::Deserialize, hubpack::SerializedSize,
            )]
        },
    };
    let fields = op.args.iter().map(|(name, arg)| {
        let field = field_name(name, arg);
        let wire = arg.wire();
        if wire.is_bool() {
            quote!(pub #field: u8)
        } else {
            quote!(pub #field: #wire)
        }
    });
    quote! {
        #[allow(non_camel_case_types)]
        #attrs
        pub struct #args_name {
            #(#fields,)*
        }
    }
}

fn reader(iface: &Interface, name: &Name, op: &Operation) -> TokenStream {
    let reader = reader_name(name);
    let args_name = common::args_name(iface, name);
    match op.encoding {
        Encoding::Zerocopy => quote! {
            pub fn #reader(
                bytes: &[u8],
            ) -> core::option::Option<&#args_name> {
                zerocopy::FromBytes::ref_from_bytes(bytes).ok()
            }
        },
        Encoding::Ssmarshal => quote! {
            pub fn #reader(bytes: &[u8]) -> core::option::Option<#args_name> {
                ssmarshal::deserialize(bytes).ok().map(|(args, _)| args)
            }
        },
        Encoding::Hubpack => quote! {
            pub fn #reader(bytes: &[u8]) -> core::option::Option<#args_name> {
                hubpack::deserialize(bytes).ok().map(|(args, _)| args)
            }
        },
    }
}

/// A struct that shows debuggers what the bytes of a reply mean.
///
/// No code uses it. The static, which takes no space, keeps it in the debug
/// information. Where the type of a reply has a name, and there is no error
/// besides, debuggers find it by that.
fn reply_struct(
    iface: &Interface,
    name: &Name,
    op: &Operation,
) -> Option<TokenStream> {
    let ok = match &op.reply {
        Reply::Result { ok, .. } => ok,
        Reply::Simple(ok) if ok.ty.is_unit() => return None,
        Reply::Simple(ok) if matches!(ok.ty.0, syn::Type::Path(_)) => {
            return None;
        }
        Reply::Simple(ok) => ok,
    };
    if op.encoding != Encoding::Zerocopy {
        return None;
    }
    let struct_name = format_ident!("{}_{}_REPLY", iface.name.0, name.0);
    let static_name =
        format_ident!("_{}", struct_name.to_string().to_uppercase());
    let ty = &ok.ty;
    Some(quote! {
        #[allow(dead_code, non_camel_case_types)]
        #[repr(C, packed)]
        struct #struct_name {
            value: #ty,
        }

        #[used]
        static #static_name: [#struct_name; 0] = [];
    })
}
