// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::*;

fn expand_text(
    fields: TokenStream,
    presence: Presence,
    table: &str,
) -> Result<String> {
    let expanded = expand(&syn::parse2(fields)?, presence, table)?;
    Ok(prettyplease::unparse(&syn::parse2(expanded).unwrap()))
}

/// The error for a field of type `ty` with the TOML value `value`.
fn error_for(ty: TokenStream, value: &str) -> String {
    let table = format!("[config]\nfield = {value}");
    expand_text(quote!(field: #ty), Presence::Required, &table)
        .unwrap_err()
        .to_string()
}

/// The expression for a field of type `ty` with the TOML value `value`.
fn expression_for(ty: TokenStream, value: &str) -> String {
    let table: Table = format!("field = {value}").parse().unwrap();
    let ty = syn::parse2(ty).unwrap();
    convert::expression(&ty, &table["field"])
        .unwrap()
        .to_string()
        .replace(' ', "")
}

#[test]
fn a_configuration_becomes_a_constant() {
    let fields = quote! {
        /// How many lights there are.
        count: usize,
        names: &'static [&'static str],
        pins: &'static [(PinSet, bool)],
    };
    let table = r#"
        name = "drv-user-leds"
        priority = 2

        [config]
        count = 3
        names = ['"red"', '"green"']
        pins = [["Port::A.pin(5)", true], ["Port::B.pin(6)", false]]
        for-the-build-script = { x = 1 }
    "#;
    let text = expand_text(fields, Presence::Required, table).unwrap();
    insta::assert_snapshot!(text, @r#"
struct Config {
    /// How many lights there are.
    count: usize,
    names: &'static [&'static str],
    pins: &'static [(PinSet, bool)],
}
const TASK_CONFIG: Config = Config {
    count: 3,
    names: &["red", "green"],
    pins: &[(Port::A.pin(5), true), (Port::B.pin(6), false)],
};
mod _hidden {
    const _: core::option::Option<&str> = option_env!("HUBRIS_TASK_CONFIG");
}
"#);
}

#[test]
fn an_optional_configuration_may_be_missing_but_not_incomplete() {
    let expand = |table| {
        expand_text(quote!(led: usize), Presence::Optional, table)
            .map_err(|e| e.to_string())
    };
    let constant = |table| {
        let text = expand(table).unwrap();
        let (_, constant) = text.split_once("const TASK_CONFIG: ").unwrap();
        constant.split(';').next().unwrap().to_string()
    };
    insta::assert_snapshot!(constant("priority = 1"), @"core::option::Option<Config> = core::option::Option::None");
    insta::assert_snapshot!(constant("config.led = 7"), @r#"
core::option::Option<Config> = core::option::Option::Some(Config {
    led: 7,
})
"#);
    insta::assert_snapshot!(expand("[config]").unwrap_err(), @"the task's `config` in the application file has no `led`");
}

#[test]
fn a_required_configuration_must_be_there() {
    let expand = |table| {
        expand_text(quote!(led: usize), Presence::Required, table)
            .unwrap_err()
            .to_string()
    };
    insta::assert_snapshot!(expand("priority = 1"), @"the task has no `config` in the application file");
    insta::assert_snapshot!(expand("[config]"), @"the task's `config` in the application file has no `led`");
    insta::assert_snapshot!(expand("config = 1"), @"`config` of the task is not a table");
}

#[test]
fn scalars_are_written_as_rust() {
    assert_eq!(expression_for(quote!(u32), "7"), "7");
    assert_eq!(expression_for(quote!(i32), "-7"), "-7");
    let min = "-9223372036854775808";
    assert_eq!(expression_for(quote!(i64), min), min);
    assert_eq!(expression_for(quote!(f32), "-1.5"), "-1.5");
    assert_eq!(expression_for(quote!(f32), "2.0"), "2.0");
    assert_eq!(expression_for(quote!(bool), "true"), "true");
}

#[test]
fn strings_are_rust_source() {
    let expr = |source| expression_for(quote!(Edge), source);
    assert_eq!(expr("'Edge::Rising'"), "Edge::Rising");
    assert_eq!(expr("'1 << 4'"), "1<<4");
    assert_eq!(
        expression_for(quote!(&'static str), r#"'"text"'"#),
        "\"text\""
    );
}

#[test]
fn the_type_decides_what_an_array_becomes() {
    assert_eq!(expression_for(quote!([u8; 2]), "[1, 2]"), "[1,2]");
    assert_eq!(expression_for(quote!(&'static [u8]), "[]"), "&[]");
    assert_eq!(expression_for(quote!((u8, bool)), "[1, true]"), "(1,true,)");
    assert_eq!(expression_for(quote!((u8,)), "[1]"), "(1,)");
    assert_eq!(
        expression_for(quote!(&[([u8; 1], &[&str])]), r#"[[[1], ['"a"']]]"#),
        "&[([1],&[\"a\"],)]"
    );
    assert_eq!(expression_for(quote!(&u8), "1"), "&1");
}

#[test]
fn a_value_that_does_not_fit_its_type_is_named() {
    insta::assert_snapshot!(error_for(quote!(u8), "{ a = 1 }"), @"`config.field`: expected a number, a boolean or a string of Rust source, but found a table, which cannot be converted");
    insta::assert_snapshot!(error_for(quote!(u8), "[1]"), @"`config.field`: expected a number, a boolean or a string of Rust source, but found an array");
    insta::assert_snapshot!(error_for(quote!(&[u8]), "1"), @"`config.field`: expected a TOML array for a slice, but found an integer");
    insta::assert_snapshot!(error_for(quote!((u8, u8)), "[1]"), @"`config.field`: expected 2 values for a tuple, but found 1");
    insta::assert_snapshot!(error_for(quote!(&str), "'two words'"), @r#"`config.field`: expected a Rust expression, but found "two words": unexpected token; a string literal needs inner quotes, as in '"text"'"#);
    insta::assert_snapshot!(error_for(quote!(Date), "1979-05-27"), @"`config.field`: expected a number, a boolean or a string of Rust source, but found a date");
    insta::assert_snapshot!(error_for(quote!(f32), "nan"), @"`config.field`: expected a number, a boolean or a string of Rust source, but found infinity or no number");
    insta::assert_snapshot!(error_for(quote!(fn()), "1"), @"`config.field`: expected a type that is a path, a reference, a tuple, an array or a slice");
}
