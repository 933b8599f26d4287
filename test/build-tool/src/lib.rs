// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Runs the build tool for its tests.

#![forbid(unsafe_code)]

use std::process::Output;

/// The application that the tests are about.
pub const APP: &str = "test/build-features/app.toml";

/// Runs the tool in the root of the repository.
///
/// # Panics
///
/// If it cannot be started.
pub fn xtask(arguments: &[&str]) -> Output {
    let output = test_images::xtask().args(arguments).output();
    output.expect("running cargo xtask")
}

/// What the tool prints when all is well.
///
/// # Panics
///
/// If it does not succeed.
pub fn stdout(arguments: &[&str]) -> String {
    let output = xtask(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the tool says about a mistake.
///
/// # Panics
///
/// If it succeeds.
pub fn complaint(arguments: &[&str]) -> String {
    let output = xtask(arguments);
    assert!(!output.status.success(), "{arguments:?} succeeds");
    String::from_utf8_lossy(&output.stderr).into_owned()
}
