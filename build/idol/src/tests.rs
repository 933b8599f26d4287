// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

mod errors;
mod generator;
mod golden;

use std::collections::BTreeMap;

use crate::syntax::Interface;
use crate::{CounterSettings, Generator, client, server};

/// A generator whose stubs do not count.
fn uncounted() -> Generator {
    Generator::new().with_counters(
        CounterSettings::default()
            .with_client_counters(false)
            .with_server_counters(false),
    )
}

/// The text of an interface that consists of `ops`.
fn interface(ops: &str) -> String {
    format!("Interface(name: \"Gauge\", ops: {{ {ops} }})")
}

fn client_stub(generator: &Generator, text: &str) -> String {
    let iface: Interface = text.parse().unwrap();
    let stub = client::stub(generator, &iface).unwrap();
    generator.print(stub).unwrap()
}

fn server_stub(generator: &Generator, text: &str) -> String {
    restricted_server_stub(generator, text, &BTreeMap::new())
}

fn restricted_server_stub(
    generator: &Generator,
    text: &str,
    callers: &BTreeMap<String, Vec<usize>>,
) -> String {
    let iface: Interface = text.parse().unwrap();
    let stub = server::stub(generator, &iface, text, callers).unwrap();
    generator.print(stub).unwrap()
}
