// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `#[derive(IdolError)]` makes an enum usable as a `CLike` error of an Idol
//! operation.
//!
//! ```ignore
//! use userlib::FromPrimitive;
//!
//! #[derive(Copy, Clone, Debug, Eq, PartialEq, FromPrimitive, IdolError)]
//! enum GaugeError {
//!     Busy = 1,
//!     Timeout,
//!     #[idol(server_death)]
//!     ServerRestarted,
//! }
//! ```
//!
//! The enum has no fields; its discriminants are in 1..=0xFFFF, since 0 means
//! success and an error travels as 16 bits. It also derives `FromPrimitive`,
//! and the trait of that name is in scope.
//!
//! What this generates is `From<GaugeError>` for `u16` and `u32`, and
//! `TryFrom<u32>` for `GaugeError`. The variant marked as `server_death`, if
//! there is one, stands for every response code that the kernel makes up when
//! the server restarts; a crate with such an enum depends on `idol-runtime`.

#![forbid(unsafe_code)]

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{
    Data, DataEnum, DeriveInput, Error, Expr, ExprLit, Fields, Lit, Result,
    Variant, parse_macro_input, spanned::Spanned,
};

/// The lowest response code that the kernel makes up for a dead server, as in
/// `abi`. Generated code cannot name `abi`: its user may not depend on it.
const FIRST_DEAD_CODE: u32 = 0xFFFF_FF00;

/// See the crate's documentation.
#[proc_macro_derive(IdolError, attributes(idol))]
pub fn derive_idol_error(
    input: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(input)
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

fn expand(input: DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(
            name,
            "`IdolError` can be derived for enums only",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "`IdolError` cannot be derived for a generic enum",
        ));
    }
    check_discriminants(data)?;

    let (dead_code, considered) = match server_death(data)? {
        None => (None, None),
        Some(variant) => (
            Some(quote! {
                if code >= #FIRST_DEAD_CODE {
                    return core::result::Result::Ok(Self::#variant);
                }
            }),
            Some(quote! {
                impl idol_runtime::IHaveConsideredServerDeathWithThisErrorType
                    for #name
                {
                }
            }),
        ),
    };

    Ok(quote! {
        impl core::convert::From<#name> for u16 {
            fn from(error: #name) -> Self {
                error as u16
            }
        }

        impl core::convert::From<#name> for u32 {
            fn from(error: #name) -> Self {
                error as u32
            }
        }

        impl core::convert::TryFrom<u32> for #name {
            type Error = ();

            fn try_from(code: u32) -> core::result::Result<Self, ()> {
                #dead_code
                Self::from_u32(code).ok_or(())
            }
        }

        #considered
    })
}

/// Checks that each discriminant is known here and fits a response code.
fn check_discriminants(data: &DataEnum) -> Result<()> {
    let mut previous = None;
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(
                &variant.fields,
                "an `IdolError` cannot carry data: it travels as a response \
                 code; use a `Complex` error instead",
            ));
        }
        let value = discriminant(variant, previous)?;
        if !(1..=0xFFFF).contains(&value) {
            return Err(Error::new(
                variant.span(),
                format!(
                    "`{}` is {value}, but a response code is in 1..=65535{}",
                    variant.ident,
                    if value == 0 { "; 0 means success" } else { "" },
                ),
            ));
        }
        previous = Some(value);
    }
    Ok(())
}

/// The value of `variant`, which follows one of value `previous`.
fn discriminant(variant: &Variant, previous: Option<u128>) -> Result<u128> {
    match &variant.discriminant {
        Some((_, expr)) => match ungrouped(expr) {
            Expr::Lit(ExprLit {
                lit: Lit::Int(value),
                ..
            }) => value.base10_parse(),
            other => Err(Error::new_spanned(
                other,
                "expected an integer literal from 1 to 65535",
            )),
        },
        None => match previous {
            Some(previous) => Ok(previous + 1),
            None => Err(Error::new_spanned(
                variant,
                format!(
                    "`{0}` is 0, which means success; write `{0} = 1`",
                    variant.ident
                ),
            )),
        },
    }
}

/// `expr` without the invisible groups that `macro_rules!` puts around an
/// argument.
fn ungrouped(mut expr: &Expr) -> &Expr {
    while let Expr::Group(group) = expr {
        expr = &group.expr;
    }
    expr
}

/// The variant marked `#[idol(server_death)]`.
fn server_death(data: &DataEnum) -> Result<Option<&Ident>> {
    let mut found = None;
    for variant in &data.variants {
        for attr in &variant.attrs {
            if !attr.path().is_ident("idol") {
                continue;
            }
            let option: Ident = attr.parse_args()?;
            if option != "server_death" {
                return Err(Error::new_spanned(
                    option,
                    "expected `server_death`, the one option there is",
                ));
            }
            if found.replace(&variant.ident).is_some() {
                return Err(Error::new_spanned(
                    attr,
                    "one variant at most can stand for the server's death",
                ));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
