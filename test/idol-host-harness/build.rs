// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Builds the stubs, for the host and (from `idol-target-check`) for firmware.

use std::collections::BTreeMap;

use idol::server::ServerStyle;
use idol::{CounterSettings, Generator};

type Result<T> =
    std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    let uncounted = CounterSettings::default()
        .with_client_counters(false)
        .with_server_counters(false);
    let counted = CounterSettings::default()
        .with_client_counters(true)
        .with_server_counters(true);
    let combined = counted.clone().combine_client_errors(true);

    let plain = Generator::new().with_counters(uncounted);
    let counted = Generator::new().with_counters(counted);
    let combined = Generator::new().with_counters(combined);

    build(&plain, "raw")?;
    build(&counted, "failing")?;
    build(&combined, "lending")?;
    build(&plain, "ssmarshal")?;
    build(&plain, "hubpack")?;
    build(&combined.clone().with_error_server(), "uniform")?;
    build(&plain, "uniform-complex")?;
    build(&counted, "empty")?;

    let derives = counted
        .clone()
        .with_op_enum_derives(["PartialOrd", "core::hash::Hash"])?;
    let callers = BTreeMap::from([
        ("sample".to_string(), vec![1, 2]),
        ("load".to_string(), vec![]),
    ]);
    let source = "../gauge-api/idl/gauge.idol";
    derives.build_client_stub(source, "gauge_client.rs")?;
    derives.build_restricted_server_support(
        source,
        "gauge_server.rs",
        ServerStyle::InOrder,
        &callers,
    )
}

/// Builds client and server of an interface.
fn build(generator: &Generator, name: &str) -> Result<()> {
    let source = format!("../idol-host-harness/idl/{name}.idol");
    generator.build_client_stub(&source, &format!("{name}_client.rs"))?;
    generator.build_server_support(
        &source,
        &format!("{name}_server.rs"),
        ServerStyle::InOrder,
    )
}
