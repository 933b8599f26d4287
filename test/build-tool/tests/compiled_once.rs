// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What is compiled for the tool is not compiled again for the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use test_images::root;

type Features = BTreeSet<String>;

/// Packages that Cargo would compile, with all features asked for.
fn packages(arguments: &[&str]) -> BTreeMap<String, Features> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(root())
        .args(["tree", "--prefix", "none", "--format", "{p} [{f}]"])
        .args(arguments);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut packages = BTreeMap::<String, Features>::new();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let line = line.trim_end_matches(" (*)").trim_end_matches(']');
        let (package, features) = line.rsplit_once(" [").unwrap();
        let known = packages.entry(package.to_owned()).or_default();
        known.extend(features.split(',').map(str::to_owned));
    }
    packages
}

/// The verifier is what takes longest of the tool. Cargo compiles it, and all
/// it depends on, again for every other set of features.
#[test]
fn tests_ask_for_no_other_features_of_the_verifier_than_the_tool() {
    let of = |name| packages(&["--edges", "normal,build", "--package", name]);
    let (tool, tests) = (of("xtask"), packages(&[]));
    for package in of("debug-check").keys() {
        assert_eq!(
            tool[package], tests[package],
            "build/xtask/Cargo.toml: ask for what tests ask for of {package}"
        );
    }
}
