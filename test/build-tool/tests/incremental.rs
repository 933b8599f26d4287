// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What is built again after what.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::SystemTime;
use test_build_tool::{APP, xtask};
use test_images::root;

/// Builds the image, and returns its archive and the packages compiled.
fn build() -> (Vec<u8>, Vec<String>) {
    let output = xtask(&["dist", "--verbose", "--image-name", "a", APP]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let archive = String::from_utf8_lossy(&output.stdout);
    let archive = root().join(archive.trim_end());
    let compiled = said
        .lines()
        .filter_map(|line| line.strip_prefix("Compiling "))
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    (fs::read(archive).unwrap(), compiled)
}

fn source() -> PathBuf {
    root().join("test/build-features/src/main.rs")
}

#[test]
fn an_edit_of_a_task_compiles_that_task_and_nothing_else() {
    let (first, _) = build();
    let (second, compiled) = build();
    assert!(compiled.is_empty(), "nothing was edited: {compiled:?}");

    let source = File::options().write(true).open(source()).unwrap();
    source.set_modified(SystemTime::now()).unwrap();
    let (third, compiled) = build();
    // Two tasks are built from the package.
    assert_eq!(compiled, ["test-build-features"; 2]);

    assert!(first == second && second == third, "the archives differ");
}
