// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Calls the sample server of the interface specification, one operation after
//! the other, and leaves the results where the host looks for them:
//! `test/kern-conformance/tests/skeleton.rs`.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use drv_gauge_api::{Channel, Gauge, GaugeError};
use userlib::{hl, task_slot};

task_slot!(GAUGE, gauge);

/// How many results there are.
#[used]
static GAUGE_STEPS: AtomicU32 = AtomicU32::new(0);

/// The results. Errors are their codes with the upper half set.
#[used]
static GAUGE_RESULTS: [AtomicU32; 7] = [const { AtomicU32::new(0) }; 7];

fn leave(result: u32) {
    let steps = GAUGE_STEPS.load(Relaxed);
    if let Some(place) = GAUGE_RESULTS.get(steps as usize) {
        place.store(result, Relaxed);
        GAUGE_STEPS.store(steps.wrapping_add(1), Relaxed);
    }
}

fn code(result: Result<u32, GaugeError>) -> u32 {
    result.unwrap_or_else(|error| 0xFFFF_0000 | u32::from(error))
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let gauge = Gauge::from(GAUGE.get_task_id());
    let table: [u16; 64] = core::array::from_fn(|n| 1000 + n as u16);

    leave(u32::from(gauge.load(&table).is_ok()));
    // Nothing is ready: the server's timer ends this.
    leave(code(gauge.sample(Channel::A, false)));
    // The host has the interrupt happen, twice.
    leave(code(gauge.sample(Channel::A, false)));
    leave(code(gauge.sample(Channel::B, true)));
    let mut count = [0xFF; 6];
    leave(gauge.snapshot(&mut count) as u32);
    let [a, b, c, d, e, f] = count;
    leave(u32::from_le_bytes([a, b, c, d]));
    leave(u32::from_le_bytes([e, f, 0, 0]));

    loop {
        hl::sleep_for(1000);
    }
}
