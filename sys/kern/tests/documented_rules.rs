// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Keeps `doc/src/kernel.md` honest.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"))
}

/// Panics unless a cell of the table names a test in that folder, or none.
fn assert_exists(cell: &str, folder: &str) {
    let name = cell.trim().trim_matches('`');
    let Some((module, test)) = name.split_once("::") else {
        return;
    };
    let code = read(&format!("{folder}/{module}.rs"));
    assert!(code.contains(&format!("fn {test}(")), "{name} in {folder}");
}

#[test]
fn every_test_that_the_documentation_names_exists() {
    let page = read("doc/src/kernel.md");
    let mut rules = 0;
    for row in page.lines() {
        let cells: Vec<&str> = row.split('|').collect();
        let [_, _, host, processors, _] = cells[..] else {
            continue;
        };
        assert_exists(host, "sys/kern/src/tests");
        assert_exists(processors, "test/kern-suite/src/cases");
        rules += usize::from(row.contains("::"));
    }
    assert!(rules > 50, "the table is gone");
}
