// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Tells the source which variant of the M profile it is compiled for.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for cfg in ["armv6m", "armv7m", "armv8m"] {
        println!("cargo::rustc-check-cfg=cfg({cfg})");
    }
    let target = std::env::var("TARGET").expect("cargo sets TARGET");
    if target.starts_with("thumbv6m") {
        println!("cargo::rustc-cfg=armv6m");
    } else if target.starts_with("thumbv7m") || target.starts_with("thumbv7em")
    {
        println!("cargo::rustc-cfg=armv7m");
    } else if target.starts_with("thumbv8m") {
        println!("cargo::rustc-cfg=armv8m");
    }
}
