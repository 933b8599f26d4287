// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Generated code, whole, for one feature at a time. That it compiles and works
//! is shown by `test/idol-host-harness`.

use super::*;

/// Compares both stubs of `ops` with the ones kept.
macro_rules! golden {
    ($generator:expr, $ops:expr) => {
        let text = interface($ops);
        insta::assert_snapshot!("client", client_stub(&$generator, &text));
        insta::assert_snapshot!("server", server_stub(&$generator, &text));
    };
}

/// Names the snapshots of this test `name`.
macro_rules! named {
    ($name:expr) => {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_suffix($name);
        settings.set_omit_expression(true);
        settings.set_prepend_module_to_snapshot(false);
        let _guard = settings.bind_to_scope();
    };
}

/// A generator whose stubs count, whatever the default is.
fn counted() -> Generator {
    Generator::new().with_counters(
        CounterSettings::default()
            .with_client_counters(true)
            .with_server_counters(true),
    )
}

#[test]
fn the_sample_of_the_specification() {
    named!("sample");
    let text = include_str!("../../../../test/gauge-api/idl/gauge.idol");
    let generator = counted();
    insta::assert_snapshot!("client", client_stub(&generator, text));
    insta::assert_snapshot!("server", server_stub(&generator, text));
}

#[test]
fn arguments_of_each_recv_strategy() {
    named!("recv");
    golden!(
        uncounted(),
        r#"
        "op": (
            args: {
                "a": "u32",
                "b": "bool",
                "c": (type: "Mode", recv: FromPrimitive("u8")),
                "d": (type: "Volts", recv: From("u16")),
                "e": (type: "Pin", recv: From("u8", Some("pin::from_byte"))),
            },
            reply: Simple((type: "Mode", recv: FromPrimitive("u8"))),
            idempotent: true,
        )
        "#
    );
}

#[test]
fn leases_of_each_kind() {
    named!("leases");
    golden!(
        uncounted(),
        r#"
        "op": (
            leases: {
                "a": (type: "Point", read: true),
                "b": (type: "[Point]", write: true),
                "c": (type: "[u8; 4]", read: true, write: true),
                "d": (type: "[u8]", read: true, write: true, max_len: Some(9)),
            },
            reply: Result(ok: "()", err: ServerDeath),
        )
        "#
    );
}

#[test]
fn replies_that_can_be_repeated() {
    named!("idempotent");
    golden!(
        uncounted(),
        r#"
        "simple": (reply: Simple("bool"), idempotent: true),
        "clike": (
            reply: Result(ok: "u8", err: CLike("GaugeError")),
            idempotent: true,
        ),
        "complex": (
            reply: Result(ok: "u8", err: Complex("GaugeError")),
            idempotent: true,
            encoding: Hubpack,
        ),
        "#
    );
}

#[test]
fn replies_that_cannot_be_repeated() {
    named!("not-idempotent");
    golden!(
        counted(),
        r#"
        "clike": (reply: Result(ok: "()", err: CLike("GaugeError"))),
        "complex": (
            reply: Result(ok: "()", err: Complex("Detailed")),
            encoding: Hubpack,
        ),
        "death": (reply: Result(ok: "u32", err: ServerDeath)),
        "#
    );
}

#[test]
fn the_other_encodings() {
    named!("encodings");
    golden!(
        uncounted().without_error_server(),
        r#"
        "ssmarshal": (
            args: { "a": "Option<u8>", "b": "bool" },
            leases: { "c": (type: "[u8]", read: true) },
            reply: Result(ok: "Shape", err: CLike("GaugeError")),
            encoding: Ssmarshal,
        ),
        "hubpack": (
            args: { "a": "Option<u8>", "b": "bool" },
            reply: Simple((type: "Shape", recv: From("RawShape", None))),
            encoding: Hubpack,
            idempotent: true,
        ),
        "#
    );
}

#[test]
fn a_server_with_everything() {
    named!("restricted");
    let text = interface(
        r#"
        "one": (
            args: { "x": "u8" },
            leases: { "out": (type: "[u8]", write: true) },
            reply: Result(ok: "()", err: CLike("GaugeError")),
        ),
        "two": (
            reply: Result(ok: "()", err: CLike("GaugeError")),
        ),
        "#,
    );
    let counters = CounterSettings::default()
        .with_server_counters(true)
        .combine_client_errors(true);
    let generator = Generator::new()
        .with_counters(counters)
        .with_error_server()
        .with_op_enum_derives(["Hash", "counters::Count"])
        .unwrap();
    let callers = BTreeMap::from([
        ("one".to_string(), vec![3, 1]),
        ("two".to_string(), vec![]),
    ]);
    insta::assert_snapshot!(
        "server",
        restricted_server_stub(&generator, &text, &callers)
    );
}
