// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! How large the kernel's tables are. In firmware the build script computes it
//! from `HUBRIS_KCONFIG`.

#[cfg(target_os = "none")]
include!(concat!(env!("OUT_DIR"), "/sizes.rs"));

/// Words in a set of tasks. More than one, so that tests see that case.
#[cfg(not(target_os = "none"))]
pub const SET_WORDS: usize = 2;
