// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the driver's operations may cost, at most. `cargo xtask bench` prints
//! what they do cost.

use system_tests::cycles;
use system_tests::driver_cycles::{Costs, PATHS, Path};

/// Measures, and compares with the limits.
#[track_caller]
fn assert_within(path: &Path, limits: Costs) {
    let costs = path.measure();
    cycles::assert_within(path.name, &costs.rows(), &limits.rows());
}

#[test]
fn the_driver_is_quick_without_buffers() {
    let [from_cpu1, from_cpu2, ..] = PATHS;
    let limits = Costs {
        write: 3_990,
        read: 5_340,
        one_way: 7_550,
        one_way_short: 7_160,
        poll: 1_815,
    };
    assert_within(&from_cpu1, limits);
    let limits = Costs {
        write: 5_100,
        read: 4_200,
        one_way: 7_190,
        one_way_short: 6_800,
        poll: 2_420,
    };
    assert_within(&from_cpu2, limits);
}

#[test]
fn the_driver_is_quick_with_buffers() {
    let [.., from_cpu1, from_cpu2] = PATHS;
    let limits = Costs {
        write: 4_100,
        read: 7_490,
        one_way: 7_790,
        one_way_short: 7_400,
        poll: 1_770,
    };
    assert_within(&from_cpu1, limits);
    let limits = Costs {
        write: 5_240,
        read: 4_100,
        one_way: 7_440,
        one_way_short: 7_050,
        poll: 2_360,
    };
    assert_within(&from_cpu2, limits);
}
