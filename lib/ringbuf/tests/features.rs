// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Runs the tests of the macros with the combinations of features that are not
//! the default.

use std::process::Command;

#[test]
fn the_macros_work_with_every_combination_of_features() {
    const COMBINATIONS: [&str; 5] = [
        "counters,disabled",
        "counters,counters-disabled",
        "counters,disabled,counters-disabled",
        "disabled",
        "counters-disabled",
    ];
    for features in COMBINATIONS {
        let output = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["test", "--no-default-features", "--features", features])
            .args(["--test", "macros"])
            .output()
            .expect("cargo");
        assert!(
            output.status.success(),
            "{features}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
