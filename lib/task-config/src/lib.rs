// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Makes a task's configuration in the application file into a constant.
//!
//! With this in the application file,
//!
//! ```toml
//! [tasks.blinky.config]
//! count = 3
//! names = ['"red"', '"green"']
//! pins = [["Port::A.pin(5)", true]]
//! ```
//!
//! and this in the task,
//!
//! ```ignore
//! task_config::task_config! {
//!     /// How many lights there are.
//!     count: usize,
//!     names: &'static [&'static str],
//!     pins: &'static [(PinSet, bool)],
//! }
//! ```
//!
//! there is a `struct Config` with these fields, and a constant `TASK_CONFIG`
//! of that type. The types of the fields guide the conversion: tuples, arrays
//! and slices are given as arrays, everything else as a number, a boolean or a
//! string. **A string is Rust source**, so that any constant expression can be
//! given; a string literal needs quotes of its own. Tables cannot be
//! converted.
//!
//! With [`optional_task_config!`] the constant is an `Option`, which is `None`
//! if the task has no configuration at all.
//!
//! Each module can use one of the macros once. The configuration is read when
//! the macro is expanded, from the environment variable `HUBRIS_TASK_CONFIG`.

#![forbid(unsafe_code)]

mod convert;

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Ident, Result, Token, Type, parse_macro_input};
use toml::{Table, Value};

/// Defines `TASK_CONFIG`; see the crate's documentation.
///
/// It is an error if the task has no configuration, or not all of it.
#[proc_macro]
pub fn task_config(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand_with_environment(
        parse_macro_input!(input as Fields),
        Presence::Required,
    )
}

/// Defines `TASK_CONFIG` as an `Option`; see the crate's documentation.
///
/// It is an error if the task has a configuration, but not all of it.
#[proc_macro]
pub fn optional_task_config(
    input: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    expand_with_environment(
        parse_macro_input!(input as Fields),
        Presence::Optional,
    )
}

/// Whether a task has to be configured.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

/// The fields of the configuration.
struct Fields(Punctuated<Field, Token![,]>);

/// A field: `name: Type`, perhaps documented.
struct Field {
    attrs: Vec<Attribute>,
    name: Ident,
    ty: Type,
}

impl Parse for Fields {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Punctuated::parse_terminated(input).map(Self)
    }
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        Ok(Self { attrs, name, ty })
    }
}

fn expand_with_environment(
    fields: Fields,
    presence: Presence,
) -> proc_macro::TokenStream {
    std::env::var(VARIABLE)
        .map_err(|_| {
            error(format!(
                "the environment variable {VARIABLE} is not set: tasks are \
                 built by `cargo xtask`"
            ))
        })
        .and_then(|table| expand(&fields, presence, &table))
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

/// Holds the task's table in the application file, as TOML.
const VARIABLE: &str = "HUBRIS_TASK_CONFIG";

fn expand(
    fields: &Fields,
    presence: Presence,
    table: &str,
) -> Result<TokenStream> {
    let table: Table = table
        .parse()
        .map_err(|e| error(format!("{VARIABLE} is not TOML: {e}")))?;
    let config = match table.get("config") {
        Some(Value::Table(config)) => Some(config),
        Some(_) => return Err(error("`config` of the task is not a table")),
        None => None,
    };

    let value = config.map(|config| value(fields, config)).transpose()?;
    let constant = match (presence, value) {
        (Presence::Required, None) => {
            return Err(error(
                "the task has no `config` in the application file",
            ));
        }
        (Presence::Required, Some(value)) => {
            quote! { const TASK_CONFIG: Config = #value; }
        }
        (Presence::Optional, None) => quote! {
            const TASK_CONFIG: core::option::Option<Config> =
                core::option::Option::None;
        },
        (Presence::Optional, Some(value)) => quote! {
            const TASK_CONFIG: core::option::Option<Config> =
                core::option::Option::Some(#value);
        },
    };

    let definitions = fields
        .0
        .iter()
        .map(|Field { attrs, name, ty }| quote!(#(#attrs)* #name: #ty));
    Ok(quote! {
        struct Config {
            #(#definitions,)*
        }

        #constant

        // The compiler notes that this module depends on the variable, so that
        // cargo builds it again when the variable changes.
        mod _hidden {
            const _: core::option::Option<&str> = option_env!(#VARIABLE);
        }
    })
}

/// An expression for the struct that has the values in `config`.
fn value(fields: &Fields, config: &Table) -> Result<TokenStream> {
    let values = fields
        .0
        .iter()
        .map(|Field { name, ty, .. }| {
            let key = name.to_string();
            let key = key.strip_prefix("r#").unwrap_or(&key);
            let value = config.get(key).ok_or_else(|| {
                Error::new_spanned(
                    name,
                    format!(
                        "the task's `config` in the application file has no \
                         `{key}`"
                    ),
                )
            })?;
            let value = convert::expression(ty, value).map_err(|problem| {
                Error::new_spanned(ty, format!("`config.{key}`: {problem}"))
            })?;
            Ok(quote!(#name: #value))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        Config {
            #(#values,)*
        }
    })
}

fn error(message: impl std::fmt::Display) -> Error {
    Error::new(proc_macro2::Span::call_site(), message)
}

#[cfg(test)]
mod tests;
