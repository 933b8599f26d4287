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
        write: 3_640,
        read: 4_890,
        one_way: 6_770,
        one_way_short: 6_385,
        poll: 1_576,
    };
    assert_within(&from_cpu1, limits);
    let limits = Costs {
        write: 4_645,
        read: 3_850,
        one_way: 6_410,
        one_way_short: 6_020,
        poll: 2_095,
    };
    assert_within(&from_cpu2, limits);
}

#[test]
fn the_driver_is_quick_with_buffers() {
    let [.., from_cpu1, from_cpu2] = PATHS;
    let limits = Costs {
        write: 3_825,
        read: 7_115,
        one_way: 7_185,
        one_way_short: 6_800,
        poll: 1_535,
    };
    assert_within(&from_cpu1, limits);
    let limits = Costs {
        write: 4_890,
        read: 3_830,
        one_way: 6_830,
        one_way_short: 6_440,
        poll: 2_040,
    };
    assert_within(&from_cpu2, limits);
}
