// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What is said about interfaces that are not right.

use super::*;

/// The error that a client of the interface `text` meets, as a build script
/// shows it.
fn client_error(text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gauge.idol");
    std::fs::write(&path, text).unwrap();
    let error = Generator::new()
        .generate_client_stub_from_file(&path, Vec::new())
        .expect_err("an error");
    format!("{error:?}").replace(&format!("{}/", dir.path().display()), "")
}

/// The error that a server of the interface `text` meets.
fn server_error(generator: &Generator, text: &str, callers: &[&str]) -> String {
    let callers = callers
        .iter()
        .map(|name| (name.to_string(), vec![1]))
        .collect();
    let error = text
        .parse()
        .and_then(|iface| server::stub(generator, &iface, text, &callers))
        .expect_err("an error");
    let error = error.in_file(std::path::Path::new("gauge.idol"), text);
    format!("{error:?}")
}

/// An interface in which each operation starts on a line of its own, the first
/// one on line 4.
fn lines(ops: &[&str]) -> String {
    format!(
        "Interface(\n    name: \"Gauge\",\n    ops: {{\n{}\n    }},\n)\n",
        ops.join(",\n")
    )
}

const GOOD: &str =
    r#"        "good": (reply: Result(ok: "u8", err: CLike("E")))"#;

macro_rules! client_says {
    ($op:expr, @$expected:literal) => {
        insta::assert_snapshot!(client_error(&lines(&[GOOD, $op])), @$expected);
    };
}

macro_rules! server_says {
    ($op:expr, @$expected:literal) => {
        insta::assert_snapshot!(
            server_error(&Generator::new(), &lines(&[GOOD, $op]), &[]),
            @$expected
        );
    };
}

#[test]
fn repetition_of_an_operation_must_be_harmless_and_worthwhile() {
    client_says!(
        r#""bad": (
            leases: { "b": (type: "[u8]", read: true, write: true) },
            reply: Simple("()"),
            idempotent: true,
        )"#,
        @"gauge.idol:6: operation `bad`: lease `b`: expected either `read` or `write`: the operation is idempotent, but a repetition would read what the first attempt wrote"
    );
    client_says!(
        r#""bad": (
            reply: Result(ok: "()", err: ServerDeath),
            idempotent: true,
        )"#,
        @r#"
gauge.idol:5: operation `bad`: expected an error other than `ServerDeath`: the operation is idempotent, so the client repeats it when the server dies
  help: reply with `Simple` if the operation cannot fail
"#
    );
    client_says!(r#""bad": (reply: Simple("()"))"#, @r#"
gauge.idol:5: operation `bad`: expected a `Result` reply: the operation is not idempotent, so the client has to report when the server dies
  help: write `idempotent: true` if repeating the operation is harmless, or `Result(ok: ..., err: ServerDeath)`
"#);
}

#[test]
fn a_lease_must_be_good_for_something() {
    let op = r#""bad": (
        leases: { "b": (type: "[u8]") },
        reply: Simple("()"),
        idempotent: true,
    )"#;
    client_says!(op, @"gauge.idol:6: operation `bad`: lease `b`: expected `read: true`, `write: true`, or both");
    server_says!(op, @"gauge.idol:6: operation `bad`: lease `b`: expected `read: true`, `write: true`, or both");
}

#[test]
fn a_complex_error_needs_hubpack() {
    let op = r#""bad": (
        reply: Result(ok: "()", err: Complex("E")),
        encoding: Ssmarshal,
    )"#;
    client_says!(op, @"gauge.idol:5: operation `bad`: expected `encoding: Hubpack`, which a `Complex` error needs, but found Ssmarshal");
    server_says!(op, @"gauge.idol:5: operation `bad`: expected `encoding: Hubpack`, which a `Complex` error needs, but found Ssmarshal");
}

#[test]
fn arguments_are_converted_by_one_means_only() {
    server_says!(
        r#""bad": (
            args: {
                "a": "u8",
                "b": (type: "E", recv: FromPrimitive("u8")),
            },
            reply: Simple("()"),
            encoding: Ssmarshal,
        )"#,
        @"gauge.idol:8: operation `bad`: argument `b`: expected no `recv` but `FromBytes`: the encoding Ssmarshal converts arguments by itself"
    );
}

#[test]
fn only_a_slice_can_have_a_limit() {
    server_says!(
        r#""bad": (
            leases: { "b": (type: "u32", read: true, max_len: Some(4)) },
            reply: Simple("()"),
        )"#,
        @r#"
gauge.idol:6: operation `bad`: lease `b`: expected no `max_len`: the type has a fixed size
  help: a lease of varying length has a type like "[u8]"
"#
    );
}

#[test]
fn parameters_need_different_names() {
    client_says!(
        r#""bad": (
            args: { "x": "u8" },
            leases: { "x": (type: "[u8]", read: true) },
            reply: Simple("()"),
            idempotent: true,
        )"#,
        @"gauge.idol:7: operation `bad`: lease `x`: expected another name: an argument of the operation has this one"
    );
}

#[test]
fn restricted_operations_must_exist() {
    insta::assert_snapshot!(
        server_error(&Generator::new(), &lines(&[GOOD]), &["good", "bad"]),
        @r#"
gauge.idol: the allowed callers are given for an operation `bad`, which does not exist
  help: the operations are `good`
"#
    );
}

#[test]
fn a_fail_server_that_is_asked_for_must_be_possible() {
    let generator = Generator::new().with_error_server();
    let error = |op| server_error(&generator, &lines(&[GOOD, op]), &[]);
    insta::assert_snapshot!(
        error(r#""bad": (reply: Simple("()"))"#),
        @"gauge.idol:5: operation `bad`: a `FailServer` needs operations that all have the same error type, but this operation cannot fail"
    );
    insta::assert_snapshot!(
        error(r#""bad": (reply: Result(ok: "()", err: ServerDeath))"#),
        @"gauge.idol:5: operation `bad`: a `FailServer` needs operations that all have the same error type, but this operation fails by the server's death alone"
    );
    insta::assert_snapshot!(
        error(r#""bad": (reply: Result(ok: "()", err: CLike("F")))"#),
        @"gauge.idol:5: operation `bad`: a `FailServer` needs operations that all have the same error type, but this operation has an error type unlike those before it"
    );
    insta::assert_snapshot!(
        server_error(&generator, &lines(&[]), &[]),
        @"gauge.idol: a `FailServer` needs operations"
    );
}

#[test]
fn keys_must_be_unique() {
    client_says!(
        r#""good": (reply: Simple("u8"), idempotent: true)"#,
        @"gauge.idol:5:7: operation `good`: duplicate key `good`"
    );
    client_says!(
        r#""bad": (
            args: {
                "a": "u8",
                "a": "u16",
            },
            reply: Simple("u8"),
        )"#,
        @"gauge.idol:8:20: operation `bad`: duplicate key `a`"
    );
    client_says!(
        r#""bad": (reply: Simple("u8"), idempotent: true, reply: Simple("u8"))"#,
        @"gauge.idol:5:53: operation `bad`: duplicate key `reply`"
    );
}

#[test]
fn fields_must_be_there() {
    client_says!(
        r#""bad": (
            idempotent: true,
        )"#,
        @"gauge.idol:7:9: operation `bad`: expected a field `reply`, which is missing"
    );
    client_says!(
        r#""bad": (
            leases: { "b": (read: true) },
            reply: Simple("u8"),
        )"#,
        @"gauge.idol:6:39: operation `bad`: expected a field `type`, which is missing"
    );
    client_says!(r#""bad": (reply: Result(ok: "u8"))"#, @"gauge.idol:5:31: operation `bad`: expected a field `err`, which is missing");
    insta::assert_snapshot!(client_error("Interface(name: \"G\")"), @"gauge.idol:1:20: expected a field `ops`, which is missing");
}

#[test]
fn names_and_types_must_be_rust() {
    client_says!(r#""not-bad": (reply: Simple("u8"))"#, @r#"gauge.idol:5:10: operation `not-bad`: expected a Rust identifier, but found "not-bad": unexpected token"#);
    client_says!(r#""fn": (reply: Simple("u8"))"#, @r#"gauge.idol:5:5: operation `fn`: expected a Rust identifier, but found "fn": expected identifier, found keyword `fn`"#);
    client_says!(r#""bad": (reply: Simple("u8 u8"))"#, @r#"gauge.idol:5:30: operation `bad`: expected a Rust type, but found "u8 u8": unexpected token"#);
    client_says!(
        r#""bad": (args: { "a": (type: "[u8") }, reply: Simple("u8"))"#,
        @r#"gauge.idol:5:34: operation `bad`: expected a Rust type, but found "[u8": cannot parse string into token stream"#
    );
    client_says!(
        r#""bad": (
            args: { "a": (type: "E", recv: From("u8", Some("f()"))) },
            reply: Simple("u8"),
        )"#,
        @r#"gauge.idol:6:65: operation `bad`: expected the path of a Rust function, but found "f()": unexpected token"#
    );
    client_says!(
        r#""bad": (
            args: { "a": (type: "E", recv: FromPrimitive("bool")) },
            reply: Simple("u8"),
        )"#,
        @"gauge.idol:6:64: operation `bad`: expected a primitive type, one of u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, but found `bool`"
    );
}

#[test]
fn values_must_be_of_the_right_kind() {
    client_says!(
        r#""bad": (
            leases: { "b": (type: "[u8]", read: true, max_len: 4) },
            reply: Simple("u8"),
        )"#,
        @r#"
gauge.idol:6:64: operation `bad`: expected option
  help: optional values are written `Some(...)` or `None`
"#
    );
    client_says!(
        r#""bad": (
            leases: { "b": (type: "[u8]", read: true, max_len: Some(0)) },
            reply: Simple("u8"),
        )"#,
        @"gauge.idol:6:70: operation `bad`: expected a nonzero u32 but found the unsigned integer `0` instead"
    );
    client_says!(
        r#""bad": (reply: Simple("u8"), encoding: Json)"#,
        @"gauge.idol:5:44: operation `bad`: expected one of Zerocopy, Ssmarshal, Hubpack, but found `Json`"
    );
    client_says!(r#""bad": (args: { "a": 8 }, reply: Simple("u8"))"#, @r#"gauge.idol:5:23: operation `bad`: expected a type: "..." or (type: "...", recv: ...) but found the unsigned integer `8` instead"#);
    client_says!(r#""bad": (reply: "u8")"#, @"gauge.idol:5:16: operation `bad`: expected `Simple(...)` or `Result(ok: ..., err: ...)`");
    client_says!(r#""bad": (reply: Simple("u8"), idempotent: 1)"#, @"gauge.idol:5:42: operation `bad`: expected boolean");
    client_says!(r#""bad": (reply: Result(ok: "u8", err: "E"))"#, @"gauge.idol:5:38: operation `bad`: expected `CLike(...)`, `Complex(...)` or `ServerDeath`");
    client_says!(
        r#""bad": (
            args: { "a": (type: "E", recv: "u8") },
            reply: Simple("u8"),
        )"#,
        @"gauge.idol:6:44: operation `bad`: expected `FromBytes`, `FromPrimitive(...)` or `From(...)`"
    );
    client_says!(r#""bad": (reply: Simple("u8"), encoding: 1)"#, @"gauge.idol:5:40: operation `bad`: found invalid std identifier `1`, try the raw identifier `r#1` instead");
    client_says!(r#""bad": (reply: Either("u8"))"#, @"gauge.idol:5:22: operation `bad`: expected one of Simple, Result, but found `Either`");
}

#[test]
fn values_must_have_the_right_shape() {
    client_says!(r#""bad": (leases: { "b": "[u8]" }, reply: Simple("u8"))"#, @"gauge.idol:5:24: operation `bad`: expected opening `(` for struct `Lease`");
    client_says!(r#""bad": {reply: Simple("u8")}"#, @"gauge.idol:5:8: operation `bad`: expected opening `(` for struct `Operation`");
    client_says!(r#""bad": (reply: Simple("u8", "u16"))"#, @"gauge.idol:5:29: operation `bad`: expected closing `)`");
    client_says!(r#""bad": (reply: Simple(u8))"#, @r#"gauge.idol:5:25: operation `bad`: expected a type: "..." or (type: "...", recv: ...) but found a unit value instead"#);
    client_says!(r#""bad": (reply: Result("u8", CLike("E")))"#, @"gauge.idol:5:23: operation `bad`: expected `Simple(...)` or `Result(ok: ..., err: ...)`");
    client_says!(r#""bad": (reply: Result(ok: "u8", err: CLike("E", "F")))"#, @"gauge.idol:5:49: operation `bad`: expected closing `)`");
    client_says!(r#""bad": (reply: Result(ok: "u8", err: ServerDeath("E")))"#, @"gauge.idol:5:49: operation `bad`: expected comma");
    client_says!(
        r#""bad": (
            args: { "a": (type: "E", recv: FromPrimitive) },
            reply: Simple("u8"),
        )"#,
        @"gauge.idol:6:57: operation `bad`: expected opening `(`"
    );
    client_says!(
        r#""bad": (
            args: { "a": (type: "E", recv: From("u8", "f")) },
            reply: Simple("u8"),
        )"#,
        @r#"
gauge.idol:6:55: operation `bad`: expected option
  help: optional values are written `Some(...)` or `None`
"#
    );
    client_says!(
        r#""bad": (
            leases: {
                "b": (type: "[u8]", read: true, max_len: Some(0x1_0000_0000)),
            },
            reply: Simple("u8"),
        )"#,
        @"gauge.idol:7:76: operation `bad`: integer is out of bounds"
    );
    insta::assert_snapshot!(client_error("Server(name: \"G\", ops: {})"), @"gauge.idol:1:7: expected struct `Interface` but found `Server`");
    insta::assert_snapshot!(client_error("(name: G, ops: {})"), @"gauge.idol:1:8: expected string");
    insta::assert_snapshot!(client_error("(name: \"G\", ops: [])"), @"gauge.idol:1:18: expected opening `{`");
    insta::assert_snapshot!(client_error("(name: \"G\", ops: {}) (more: 1)"), @"gauge.idol:1:22: non-whitespace trailing characters");
}

#[test]
fn the_text_must_be_ron() {
    client_says!(r#""bad": (reply: Simple("u8")"#, @"gauge.idol:6:5: operation `bad`: expected comma");
    client_says!(r#"bad: (reply: Simple("u8"))"#, @"gauge.idol:5:1: operation `bad`: expected string");
    client_says!(r#""bad": (reply Simple("u8"))"#, @"gauge.idol:5:15: operation `bad`: expected colon");
    insta::assert_snapshot!(client_error(""), @"gauge.idol:1:1: expected opening `(` for struct `Interface`");
    insta::assert_snapshot!(client_error("Interface(name: \"G"), @"gauge.idol:1:18: expected end of string");
}

#[test]
fn an_error_without_a_file_names_what_it_is_about() {
    let text = lines(&[GOOD, r#""bad": (reply: Simple("()"))"#]);
    let iface = text.parse().unwrap();
    let error = client::generate_client_stub(&iface, Vec::new()).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @r#"
operation `bad`: expected a `Result` reply: the operation is not idempotent, so the client has to report when the server dies
  help: write `idempotent: true` if repeating the operation is harmless, or `Result(ok: ..., err: ServerDeath)`
"#);
    let error = "(name: 1)".parse::<Interface>().unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"1:8: expected string");
}
