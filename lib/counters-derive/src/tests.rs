// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::*;

fn error_for(input: TokenStream) -> String {
    let input = syn::parse2(input).unwrap();
    expand(input).unwrap_err().to_string()
}

#[test]
fn structs_are_refused() {
    insta::assert_snapshot!(
        error_for(quote! { struct S; }),
        @"`Count` can be derived for enums only"
    );
}

#[test]
fn options_are_named_when_misspelt_or_misplaced() {
    insta::assert_snapshot!(
        error_for(quote! { enum E { #[count(children)] A } }),
        @"expected `skip`, the one option that a variant has"
    );
    insta::assert_snapshot!(
        error_for(quote! { enum E { A(#[count(skip)] u8) } }),
        @"expected `children`, the one option that a field has"
    );
}

#[test]
fn a_variant_has_the_counters_of_one_field_at_most() {
    insta::assert_snapshot!(
        error_for(quote! {
            enum E { A(#[count(children)] X, #[count(children)] Y) }
        }),
        @"one field of a variant at most can be marked `#[count(children)]`"
    );
    insta::assert_snapshot!(
        error_for(quote! { enum E { #[count(skip)] A(#[count(children)] X) } }),
        @"this variant is not counted at all: it is marked `#[count(skip)]`"
    );
}

#[test]
fn generated_code_names_nothing_but_the_counters_crate() {
    let input = quote! {
        pub(crate) enum Event<'a, T, U: Copy> {
            Plain,
            Tuple(U, &'a u8),
            #[count(skip)]
            Skipped { by: u8 },
            Nested(u8, #[count(children)] Result<(), T>),
            Named { id: u8, #[count(children)] result: Inner },
        }
    };
    let expanded = expand(syn::parse2(input).unwrap()).unwrap();
    let file = syn::parse2(expanded).unwrap();
    insta::assert_snapshot!(prettyplease::unparse(&file));
}
