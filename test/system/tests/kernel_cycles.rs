// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the kernel's services may cost, at most. `cargo xtask bench` prints
//! what they do cost; the limits leave room for another compiler, not for
//! another algorithm.

use system_tests::cycles;
use system_tests::kernel_cycles::{Costs, PROCESSORS, Processor};

/// Measures, and compares with the limits.
#[track_caller]
fn assert_within(processor: &Processor, limits: Costs) {
    let costs = processor.measure();
    cycles::assert_within(processor.name, &costs.rows(), &limits.rows());
}

#[test]
fn the_kernel_is_quick_on_a_cortex_m4() {
    let [m4, _, _] = PROCESSORS;
    let limits = Costs {
        cheapest_call: 97,
        round_trip: 697,
        round_trip_64: 805,
        round_trip_1024: 1_400,
        borrow_read_256: 425,
        interrupt: 310,
        tick: 75,
    };
    assert_within(&m4, limits);
}

#[test]
fn the_kernel_is_quick_on_a_cortex_m4_with_fpu() {
    let [_, m4f, _] = PROCESSORS;
    let limits = Costs {
        cheapest_call: 98,
        round_trip: 840,
        round_trip_64: 950,
        round_trip_1024: 1_550,
        borrow_read_256: 425,
        interrupt: 385,
        tick: 75,
    };
    assert_within(&m4f, limits);
}

#[test]
fn the_kernel_is_quick_on_a_cortex_m0_plus() {
    let [_, _, m0plus] = PROCESSORS;
    let limits = Costs {
        cheapest_call: 132,
        round_trip: 890,
        round_trip_64: 1_030,
        round_trip_1024: 1_720,
        borrow_read_256: 570,
        interrupt: 370,
        tick: 75,
    };
    assert_within(&m0plus, limits);
}
