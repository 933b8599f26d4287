// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The settings of the generator, and files.

use std::path::Path;

use super::*;

const SIMPLE: &str = r#""op": (reply: Simple("u8"), idempotent: true)"#;
const CLIKE: &str = r#""op": (
    reply: Result(ok: "u8", err: CLike("E")),
    idempotent: true,
)"#;

#[test]
fn counters_are_on_unless_turned_off() {
    let text = interface(SIMPLE);
    let on = Generator::default();
    assert_eq!(on, Generator::new());
    let counts = |stub: String| stub.contains("counters::counters!");
    let expected = !cfg!(feature = "no-counters");
    assert_eq!(counts(client_stub(&on, &text)), expected);
    assert_eq!(counts(server_stub(&on, &text)), expected);

    let client_only = on.clone().with_counters(
        CounterSettings::default()
            .with_client_counters(true)
            .with_server_counters(false),
    );
    assert!(counts(client_stub(&client_only, &text)));
    assert!(!counts(server_stub(&client_only, &text)));
}

#[test]
fn an_uncounted_stub_does_not_name_the_counters_crate() {
    let ops = format!(
        r#"{CLIKE}, "death": (reply: Result(ok: "u8", err: ServerDeath))"#
    );
    let text = interface(&ops);
    let generator = uncounted();
    assert!(!client_stub(&generator, &text).contains("counters"));
    assert!(!server_stub(&generator, &text).contains("counters"));
}

#[test]
fn a_stub_names_the_crates_of_its_encodings_only() {
    let text = interface(
        r#""op": (
            args: { "a": "u8" },
            leases: { "b": (type: "[u8]", read: true) },
            reply: Simple("u8"),
            idempotent: true,
            encoding: Hubpack,
        )"#,
    );
    for stub in [
        client_stub(&uncounted(), &text),
        server_stub(&uncounted(), &text),
    ] {
        assert!(!stub.contains("zerocopy"));
        assert!(!stub.contains("ssmarshal"));
        assert!(stub.contains("hubpack"));
    }
    let client = client_stub(&uncounted(), &text);
    assert!(!client.contains("idol_runtime"));
}

#[test]
fn unformatted_code_is_the_same_code() {
    let generator = uncounted();
    let text = interface(SIMPLE);
    let formatted = client_stub(&generator, &text);
    let unformatted = client_stub(&generator.with_fmt(false), &text);
    assert_eq!(unformatted.lines().count(), 1);
    assert_eq!(
        prettyplease::unparse(&syn::parse_file(&unformatted).unwrap()),
        formatted
    );
}

#[test]
fn a_fail_server_is_there_if_it_can_be() {
    let has_one = |generator: &Generator, ops: &str| {
        server_stub(generator, &interface(ops)).contains("FailServer")
    };
    let default = Generator::new();
    let death = r#""op": (reply: Result(ok: "u8", err: ServerDeath))"#;
    let mixed = format!(
        r#"{CLIKE}, "other": (reply: Result(ok: "u8", err: CLike("F")))"#
    );
    let kinds = format!(
        r#"{CLIKE}, "other": (
            reply: Result(ok: "u8", err: Complex("E")),
            encoding: Hubpack,
        )"#
    );

    assert!(has_one(&default, CLIKE));
    assert!(has_one(&default.clone().with_error_server(), CLIKE));
    assert!(!has_one(&default.clone().without_error_server(), CLIKE));
    for impossible in [SIMPLE, death, &mixed, &kinds] {
        assert!(!has_one(&default, impossible));
    }
}

#[test]
fn a_server_does_not_mind_what_only_its_clients_rely_on() {
    for op in [
        r#""op": (reply: Simple("u8"))"#,
        r#""op": (
            reply: Result(ok: "u8", err: ServerDeath),
            idempotent: true,
        )"#,
        r#""op": (
            leases: { "a": (type: "[u8]", read: true, write: true) },
            reply: Simple("u8"),
            idempotent: true,
        )"#,
    ] {
        let text = interface(op);
        server_stub(&Generator::new(), &text);
        let iface = text.parse().unwrap();
        assert!(client::stub(&Generator::new(), &iface).is_err());
    }
}

#[test]
fn a_client_does_not_mind_what_only_its_server_relies_on() {
    for op in [
        r#""op": (
            args: { "a": (type: "E", recv: FromPrimitive("u8")) },
            reply: Simple("u8"),
            encoding: Hubpack,
            idempotent: true,
        )"#,
        r#""op": (
            leases: { "a": (type: "u32", read: true, max_len: Some(4)) },
            reply: Simple("u8"),
            idempotent: true,
        )"#,
    ] {
        let text = interface(op);
        client_stub(&Generator::new(), &text);
        let iface = text.parse().unwrap();
        let callers = BTreeMap::new();
        let server = server::stub(&Generator::new(), &iface, &text, &callers);
        assert!(server.is_err());
    }
}

#[test]
fn a_derive_that_is_no_path_is_refused() {
    assert!(
        Generator::new()
            .with_op_enum_derives(["a::B", "1"])
            .is_err()
    );
}

#[test]
fn the_enum_of_operations_is_available_by_itself() {
    let iface = interface(SIMPLE).parse().unwrap();
    let tokens = crate::common::generate_op_enum(&iface).to_string();
    assert!(tokens.contains("pub enum GaugeOperation { op = 1 , }"));
}

#[test]
fn a_client_can_be_generated_from_a_file_or_an_interface() {
    let text = interface(SIMPLE);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gauge.idol");
    std::fs::write(&path, &text).unwrap();

    let mut from_file = Vec::new();
    client::generate_client_stub_from_file(&path, &mut from_file).unwrap();
    let mut from_interface = Vec::new();
    let iface = text.parse().unwrap();
    client::generate_client_stub(&iface, &mut from_interface).unwrap();

    assert_eq!(from_file, from_interface);
    assert_eq!(
        String::from_utf8(from_file).unwrap(),
        client_stub(&Generator::new(), &text)
    );
}

#[test]
fn interfaces_are_read_as_ron_reads_them() {
    let plain: Interface = interface(
        r#""op": (args: { "a": "u8" }, reply: Simple("u8"), idempotent: true)"#,
    )
    .parse()
    .unwrap();
    let adorned: Interface = r##"
        // A comment.
        (
            future: [Thing(1), "x", { 'c': None }],
            name: "Gauge", /* and another */
            ops: {
                r"op": (
                    args: {
                        "a": (type: "u8", doc: Some("text"), recv: FromBytes),
                    },
                    leases: {},
                    reply: Simple((type: "u8", unit: Volts)),
                    idempotent: true,
                    encoding: Zerocopy,
                    since: 3,
                ),
            },
        )
    "##
    .parse()
    .unwrap();
    assert_eq!(plain, adorned);
}

#[test]
fn every_part_may_have_its_name_and_fields_of_no_meaning() {
    let plain: Interface = interface(
        r#""op": (
            args: { "a": "u8" },
            leases: { "b": (type: "[u8]", read: true, max_len: Some(8)) },
            reply: Result(ok: "u8", err: CLike("E")),
        )"#,
    )
    .parse()
    .unwrap();
    let adorned: Interface = r#"
        #![enable(implicit_some)]
        Interface(
            name: "Gauge",
            doc: "text",
            ops: {
                "op": Operation(
                    description: "text",
                    args: { "a": AttributedTy(type: "u8", unit: None) },
                    leases: {
                        "b": Lease(
                            doc: "text", type: "[u8]", read: true, max_len: 8,
                        ),
                    },
                    reply: Result(
                        ok: (type: "u8", doc: "text"),
                        doc: "text",
                        err: CLike("E"),
                    ),
                ),
            },
        )
    "#
    .parse()
    .unwrap();
    assert_eq!(plain, adorned);
}

#[test]
fn operations_keep_their_order() {
    let text = interface(
        r#"
        "zebra": (reply: Simple("u8"), idempotent: true),
        "ant": (reply: Simple("u8"), idempotent: true),
        "monkey": (reply: Simple("u8"), idempotent: true),
        "#,
    );
    let stub = client_stub(&uncounted(), &text);
    for op in ["zebra = 1", "ant = 2", "monkey = 3", "operation: ant (1)"] {
        assert!(stub.contains(op), "{op}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let path = Path::new("no/such/gauge.idol");
    let error = client::generate_client_stub_from_file(path, Vec::new())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("no/such/gauge.idol: cannot read this file: "));
}
