// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The derive macro behind `counters::Count`; documented there.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, GenericParam, Generics, Index,
    Member, Result, Type, Variant, parse_macro_input, parse_quote,
};

/// See `counters::Count`.
#[proc_macro_derive(Count, attributes(count))]
pub fn derive_count(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(input)
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

/// How a variant is counted.
enum Counter<'a> {
    Skip,
    /// By one counter.
    Own,
    /// By the counters of its field `member`, which has type `ty`.
    Children {
        member: Member,
        ty: &'a Type,
    },
}

fn expand(input: DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(
            &input.ident,
            "`Count` can be derived for enums only",
        ));
    };
    let name = &input.ident;
    let counts = format_ident!("{name}Counts");
    let vis = &input.vis;

    let mut fields = Vec::new();
    let mut news = Vec::new();
    let mut arms = Vec::new();
    let mut child_types = Vec::new();
    for variant in &data.variants {
        let ident = &variant.ident;
        match counter_of(variant)? {
            Counter::Skip => arms.push(quote! { Self::#ident { .. } => {} }),
            Counter::Own => {
                fields.push(quote! { pub #ident: counters::AtomicU32 });
                news.push(quote! { #ident: counters::AtomicU32::new(0) });
                arms.push(quote! {
                    Self::#ident { .. } => {
                        counters::Count::count(&(), &counters.#ident);
                    }
                });
            }
            Counter::Children { member, ty } => {
                fields.push(quote! {
                    pub #ident: <#ty as counters::Count>::Counters
                });
                news.push(quote! {
                    #ident: <#ty as counters::Count>::NEW_COUNTERS
                });
                arms.push(quote! {
                    Self::#ident { #member: child, .. } => {
                        counters::Count::count(child, &counters.#ident);
                    }
                });
                child_types.push(ty);
            }
        }
    }
    // A reference to an enum without variants still has to be matched on.
    let subject = if data.variants.is_empty() {
        quote!(*self)
    } else {
        quote!(self)
    };

    let own_generics = generics_of_counts(&input.generics, &child_types);
    let (_, own_args, own_where) = own_generics.split_for_impl();
    let impl_generics = with_count_bounds(input.generics.clone(), &child_types);
    let (params, args, where_clause) = impl_generics.split_for_impl();
    let own_params = &own_generics.params;
    let doc = format!("How often each variant of [`{name}`] was counted.");

    Ok(quote! {
        #[doc = #doc]
        #[allow(non_snake_case)]
        #vis struct #counts <#own_params> #own_where {
            #(#fields,)*
        }

        impl #params counters::Count for #name #args #where_clause {
            type Counters = #counts #own_args;

            #[allow(clippy::declare_interior_mutable_const)]
            const NEW_COUNTERS: Self::Counters = #counts {
                #(#news,)*
            };

            #[allow(unused_variables)]
            fn count(&self, counters: &Self::Counters) {
                match #subject {
                    #(#arms)*
                }
            }
        }
    })
}

fn counter_of(variant: &Variant) -> Result<Counter<'_>> {
    let mut skip = false;
    for attr in &variant.attrs {
        if attr.path().is_ident("count") {
            expect_option(attr, "skip", "a variant")?;
            skip = true;
        }
    }

    let mut children = None;
    for (index, field) in variant.fields.iter().enumerate() {
        for attr in &field.attrs {
            if !attr.path().is_ident("count") {
                continue;
            }
            expect_option(attr, "children", "a field")?;
            if skip {
                return Err(Error::new_spanned(
                    attr,
                    "this variant is not counted at all: it is marked \
                     `#[count(skip)]`",
                ));
            }
            let member = match &variant.fields {
                Fields::Named(_) => Member::from(
                    field.ident.clone().expect("a named field has a name"),
                ),
                _ => Member::from(Index::from(index)),
            };
            let ty = &field.ty;
            if children.replace(Counter::Children { member, ty }).is_some() {
                return Err(Error::new_spanned(
                    attr,
                    "one field of a variant at most can be marked \
                     `#[count(children)]`",
                ));
            }
        }
    }

    Ok(match children {
        _ if skip => Counter::Skip,
        Some(children) => children,
        None => Counter::Own,
    })
}

/// Checks that `attr` is `#[count(<option>)]`.
fn expect_option(attr: &Attribute, option: &str, place: &str) -> Result<()> {
    let given: Ident = attr.parse_args()?;
    if given == option {
        Ok(())
    } else {
        Err(Error::new_spanned(
            given,
            format!("expected `{option}`, the one option that {place} has"),
        ))
    }
}

/// Adds to `generics` that each of `child_types` implements `Count`.
fn with_count_bounds(
    mut generics: Generics,
    child_types: &[&Type],
) -> Generics {
    let params = generics.params.iter().map(name_of).collect();
    for ty in child_types {
        if mentions(ty, &params) {
            generics
                .make_where_clause()
                .predicates
                .push(parse_quote!(#ty: counters::Count));
        }
    }
    generics
}

/// The part of the enum's `generics` that the struct of counters needs, with
/// the bounds it needs: a parameter that no child type mentions would be unused.
fn generics_of_counts(generics: &Generics, child_types: &[&Type]) -> Generics {
    let mut own = Generics {
        params: generics
            .params
            .iter()
            .filter(|param| {
                let param = BTreeSet::from([name_of(param)]);
                child_types.iter().any(|ty| mentions(ty, &param))
            })
            .cloned()
            .collect(),
        ..Generics::default()
    };
    for param in own.type_params_mut() {
        param.eq_token = None;
        param.default = None;
    }
    with_count_bounds(own, child_types)
}

fn name_of(param: &GenericParam) -> String {
    match param {
        GenericParam::Type(param) => param.ident.to_string(),
        GenericParam::Const(param) => param.ident.to_string(),
        GenericParam::Lifetime(param) => param.lifetime.ident.to_string(),
    }
}

fn mentions(ty: &Type, names: &BTreeSet<String>) -> bool {
    fn any(tokens: TokenStream, names: &BTreeSet<String>) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => names.contains(&ident.to_string()),
            TokenTree::Group(group) => any(group.stream(), names),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    any(ty.to_token_stream(), names)
}

#[cfg(test)]
mod tests;
