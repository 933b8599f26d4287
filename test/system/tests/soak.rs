// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A short soak; `cargo xtask soak` runs longer ones.

use system_tests::soak::{Summary, soak};

#[test]
fn whatever_happens_every_byte_arrives_once_or_its_loss_is_told() {
    let mut total = Summary::default();
    for seed in 0..12 {
        match soak(seed, 2_000_000) {
            Ok(summary) => total += summary,
            Err(broken) => panic!("seed {seed}: {}", broken.what),
        }
    }
    println!("{total:#?}");
    // That it has come across everything.
    assert!(total.calls > 1000 && total.bytes > 10_000, "{total:?}");
    assert!(total.driver_crashes > 0 && total.client_crashes > 0);
}
