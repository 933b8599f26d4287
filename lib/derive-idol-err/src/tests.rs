// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::*;

fn error_for(input: TokenStream) -> String {
    let input = syn::parse2(input).unwrap();
    expand(input).unwrap_err().to_string()
}

fn expansion_of(input: TokenStream) -> String {
    let expanded = expand(syn::parse2(input).unwrap()).unwrap();
    prettyplease::unparse(&syn::parse2(expanded).unwrap())
}

#[test]
fn a_dead_code_maps_to_the_variant_that_stands_for_it() {
    let input = quote! {
        enum GaugeError {
            Busy = 0x1_u32,
            Timeout,
            #[idol(server_death)]
            ServerRestarted = 65535,
        }
    };
    insta::assert_snapshot!(expansion_of(input));
}

#[test]
fn without_server_death_nothing_outside_of_core_is_named() {
    let input = quote! { enum RccError { NoSuchPeripheral = 1 } };
    insta::assert_snapshot!(expansion_of(input));
}

#[test]
fn zero_is_refused_because_it_means_success() {
    insta::assert_snapshot!(
        error_for(quote! { enum E { A = 0 } }),
        @"`A` is 0, but a response code is in 1..=65535; 0 means success"
    );
    insta::assert_snapshot!(
        error_for(quote! { enum E { A, B } }),
        @"`A` is 0, which means success; write `A = 1`"
    );
}

#[test]
fn a_value_beyond_16_bits_is_refused() {
    insta::assert_snapshot!(
        error_for(quote! { enum E { A = 0xFFFF, B } }),
        @"`B` is 65536, but a response code is in 1..=65535"
    );
}

#[test]
fn a_value_that_is_not_a_literal_is_refused() {
    insta::assert_snapshot!(
        error_for(quote! { enum E { A = OTHER } }),
        @"expected an integer literal from 1 to 65535"
    );
    insta::assert_snapshot!(
        error_for(quote! { enum E { A = -1 } }),
        @"expected an integer literal from 1 to 65535"
    );
}

#[test]
fn a_literal_may_come_out_of_a_macro() {
    let value =
        proc_macro2::Group::new(proc_macro2::Delimiter::None, quote!(0x10));
    expansion_of(quote! { enum E { A = #value } });
}

#[test]
fn only_fieldless_enums_are_accepted() {
    insta::assert_snapshot!(
        error_for(quote! { struct S; }),
        @"`IdolError` can be derived for enums only"
    );
    insta::assert_snapshot!(
        error_for(quote! { enum E<T> { A = 1 } }),
        @"`IdolError` cannot be derived for a generic enum"
    );
    insta::assert_snapshot!(
        error_for(quote! { enum E { A(u8) } }),
        @"an `IdolError` cannot carry data: it travels as a response code; use a `Complex` error instead"
    );
}

#[test]
fn one_variant_at_most_stands_for_server_death() {
    insta::assert_snapshot!(
        error_for(quote! {
            enum E {
                #[idol(server_death)]
                A = 1,
                #[idol(server_death)]
                B,
            }
        }),
        @"one variant at most can stand for the server's death"
    );
    insta::assert_snapshot!(
        error_for(quote! { enum E { #[idol(dead)] A = 1 } }),
        @"expected `server_death`, the one option there is"
    );
}
