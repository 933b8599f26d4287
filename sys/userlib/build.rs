// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Tells the source which variant of the M profile it is compiled for.

fn main() -> anyhow::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    build_util::expose_m_profile()
}
