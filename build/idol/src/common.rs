// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What client and server stubs have in common.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::syntax::{Encoding, Interface, Name, Operation, Ty};

/// Generates the enum of an interface's operations.
///
/// The values are the numbers that operations have in messages.
pub fn generate_op_enum(iface: &Interface) -> TokenStream {
    op_enum(iface, &[])
}

/// Generates the enum of operations, which also derives `derives`.
pub(crate) fn op_enum(iface: &Interface, derives: &[syn::Path]) -> TokenStream {
    let name = op_enum_name(iface);
    let doc = docs(&[&format!(
        "The operations of the interface `{}`.",
        iface.name
    )]);
    let ops = iface.ops.keys();
    let numbers = (1..=iface.ops.len()).map(Literal::usize_unsuffixed);
    quote! {
        #doc
        #[allow(non_camel_case_types)]
        #[derive(
            Copy, Clone, Debug, Eq, PartialEq, userlib::FromPrimitive,
            #(#derives,)*
        )]
        pub enum #name {
            #(#ops = #numbers,)*
        }
    }
}

/// Documentation of an item, line by line.
pub(crate) fn docs(lines: &[&str]) -> TokenStream {
    let lines = lines.iter().map(|line| match *line {
        "" => String::new(),
        line => format!(" {line}"),
    });
    quote!(#(#[doc = #lines])*)
}

pub(crate) fn op_enum_name(iface: &Interface) -> Ident {
    format_ident!("{}Operation", iface.name.0)
}

/// A name like `name` that no parameter of `op` has.
pub(crate) fn fresh(name: &str, op: &Operation) -> Ident {
    let mut name = name.to_string();
    while op.args.keys().chain(op.leases.keys()).any(|n| n.0 == name) {
        name.push('_');
    }
    format_ident!("{name}")
}

/// The name of the struct that the arguments of `op` are put in.
pub(crate) fn args_name(iface: &Interface, op: &Name) -> Ident {
    format_ident!("{}_{}_ARGS", iface.name.0, op.0)
}

/// Generates the enum of countable events, with one variant per operation, and
/// the static that holds its counters.
///
/// Nobody makes such an event: the code knows which one it is and counts it
/// where it belongs.
///
/// `error` gives the type of the errors to count with an operation, if any;
/// `more` consists of further variants.
pub(crate) fn counters(
    iface: &Interface,
    counters: &Ident,
    error: impl Fn(&Operation) -> Option<TokenStream>,
    more: TokenStream,
) -> TokenStream {
    let event = format_ident!("{}Event", iface.name.0);
    let doc = docs(&[&format!(
        "What is counted about the operations of the interface `{}`.",
        iface.name
    )]);
    let variants = iface.ops.iter().map(|(name, op)| match error(op) {
        None => quote!(#name),
        Some(error) => quote! {
            #name(
                #[count(children)]
                core::result::Result<(), #error>
            )
        },
    });
    quote! {
        #doc
        #[allow(dead_code, non_camel_case_types)]
        #[derive(counters::Count)]
        pub enum #event {
            #(#variants,)*
            #more
        }

        counters::counters!(#counters, #event);
    }
}

/// An expression for the size of the buffer that a value of type `ty` needs.
pub(crate) fn buffer_size(ty: &Ty, encoding: Encoding) -> TokenStream {
    match encoding {
        _ if ty.is_unit() => quote!(0),
        Encoding::Zerocopy | Encoding::Ssmarshal => {
            quote!(core::mem::size_of::<#ty>())
        }
        Encoding::Hubpack => {
            quote!(<#ty as hubpack::SerializedSize>::MAX_SIZE)
        }
    }
}

/// An expression for the largest of `sizes`.
pub(crate) fn max_of(sizes: impl Iterator<Item = TokenStream>) -> TokenStream {
    quote! {{
        let sizes: &[usize] = &[#(#sizes),*];
        let mut max = 0;
        let mut i = 0;
        while i < sizes.len() {
            if sizes[i] > max {
                max = sizes[i];
            }
            i += 1;
        }
        max
    }}
}
