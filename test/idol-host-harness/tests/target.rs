// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Compiles what the other tests run for the processors it is meant for.

use std::process::Command;

/// One with atomic operations and one without.
const TARGETS: [&str; 2] = ["thumbv7em-none-eabi", "thumbv6m-none-eabi"];

#[test]
fn code_compiles_for_firmware_in_both_editions_without_a_warning() {
    for target in TARGETS {
        // The build tool knows where a compiler for the targets is.
        let output = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["xtask", "cargo", "check"])
            .args(["--package", "idol-target-check"])
            .args(["--package", "idol-target-check-2021"])
            .args(["--target", target, "--message-format", "short"])
            .output()
            .expect("cargo");
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{target}\n{messages}");
        assert!(!messages.contains("warning"), "{target}\n{messages}");
    }
}
