// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Plays the build tool: sets the environment that the macros read.

fn main() {
    let config = r#"config = { count = 3, edge = "Edge::Rising", names = ['"red"', '"green"'], pins = [["1 << 4", true]], scale = -1.5 }"#;
    println!("cargo::rustc-env=HUBRIS_TASK_CONFIG={config}");
    println!("cargo::rerun-if-changed=build.rs");
}
