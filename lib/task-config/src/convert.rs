// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Conversion of TOML to Rust.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::Type;
use toml::Value;

/// An expression of type `ty` for `value`.
///
/// # Errors
/// What is wrong with `value`.
pub fn expression(ty: &Type, value: &Value) -> Result<TokenStream, String> {
    match ty {
        Type::Paren(inner) => expression(&inner.elem, value),
        Type::Group(inner) => expression(&inner.elem, value),
        // The source for a string is a reference already.
        Type::Reference(reference) if is_str(&reference.elem) => scalar(value),
        Type::Reference(reference) => {
            let referent = expression(&reference.elem, value)?;
            Ok(quote!(&#referent))
        }
        Type::Tuple(tuple) => {
            let values = elements(value, "a tuple")?;
            if values.len() != tuple.elems.len() {
                return Err(format!(
                    "expected {} values for a tuple, but found {}",
                    tuple.elems.len(),
                    values.len()
                ));
            }
            let values = tuple
                .elems
                .iter()
                .zip(values)
                .map(|(ty, value)| expression(ty, value))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(quote!((#(#values,)*)))
        }
        Type::Array(array) => list(&array.elem, value, "an array"),
        Type::Slice(slice) => list(&slice.elem, value, "a slice"),
        Type::Path(_) => scalar(value),
        _ => Err("expected a type that is a path, a reference, a tuple, an \
                  array or a slice"
            .to_string()),
    }
}

fn is_str(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("str"))
}

fn elements<'a>(value: &'a Value, target: &str) -> Result<&'a [Value], String> {
    match value {
        Value::Array(values) => Ok(values),
        other => Err(format!(
            "expected a TOML array for {target}, but found {}",
            described(other)
        )),
    }
}

fn list(
    element: &Type,
    value: &Value,
    target: &str,
) -> Result<TokenStream, String> {
    let values = elements(value, target)?
        .iter()
        .map(|value| expression(element, value))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(quote!([#(#values),*]))
}

fn scalar(value: &Value) -> Result<TokenStream, String> {
    match value {
        Value::Integer(n) => {
            let magnitude = Literal::u64_unsuffixed(n.unsigned_abs());
            Ok(if *n < 0 {
                quote!(-#magnitude)
            } else {
                quote!(#magnitude)
            })
        }
        Value::Float(x) if x.is_finite() => {
            let magnitude = Literal::f64_unsuffixed(x.abs());
            Ok(if x.is_sign_negative() {
                quote!(-#magnitude)
            } else {
                quote!(#magnitude)
            })
        }
        Value::Boolean(b) => Ok(quote!(#b)),
        Value::String(source) => {
            let expr: syn::Expr = syn::parse_str(source).map_err(|e| {
                format!(
                    "expected a Rust expression, but found \"{source}\": {e}; \
                     a string literal needs inner quotes, as in '\"text\"'"
                )
            })?;
            Ok(quote!(#expr))
        }
        other => Err(format!(
            "expected a number, a boolean or a string of Rust source, but \
             found {}",
            described(other)
        )),
    }
}

fn described(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) => "an integer",
        Value::Float(x) if x.is_finite() => "a number",
        Value::Float(_) => "infinity or no number",
        Value::Boolean(_) => "a boolean",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "an array",
        Value::Table(_) => "a table, which cannot be converted",
    }
}
