// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Compiles what the other tests run for the processors it is meant for.

use std::path::Path;
use std::process::Command;

/// One with atomic operations and one without.
const TARGETS: [&str; 2] = ["thumbv7em-none-eabi", "thumbv6m-none-eabi"];

#[test]
fn code_compiles_for_firmware_in_both_editions_without_a_warning() {
    for target in TARGETS {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["check", "--package", "idol-target-check"])
            .args(["--package", "idol-target-check-2021"])
            .args(["--target", target, "--message-format", "short"]);
        if !has_core(target) {
            cargo.arg("-Zbuild-std=core").env("RUSTC_BOOTSTRAP", "1");
        }
        let output = cargo.output().expect("cargo");
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{target}\n{messages}");
        assert!(!messages.contains("warning"), "{target}\n{messages}");
    }
}

/// Whether the toolchain comes with `core` for `target`.
fn has_core(target: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .expect("rustc");
    Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
}
