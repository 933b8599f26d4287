// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Measuring in cycles of the simulated processors.
//!
//! They have memory without wait states: compare the numbers with each other,
//! and do not promise them.

use sim::{CoreId, Soc};

/// How often to try to measure something before the clock ticks.
const TRIES: usize = 8;

/// Compares costs with limits, which have the same names.
///
/// # Panics
///
/// If one is more than its limit.
#[track_caller]
pub fn assert_within(
    what: &str,
    costs: &[(&str, u64)],
    limits: &[(&str, u64)],
) {
    for ((name, cycles), (_, limit)) in costs.iter().zip(limits) {
        assert!(
            cycles <= limit,
            "{what}: {name} takes {cycles} cycles, more than {limit}"
        );
    }
}

/// The address of a function.
///
/// # Panics
///
/// If the task has none of this name.
pub(crate) fn function(soc: &Soc, core: CoreId, task: &str, name: &str) -> u32 {
    match soc.image(core).symbol(task, name) {
        Some(symbol) => symbol.addr,
        None => panic!("{task} has no {name}"),
    }
}

/// The address of the `svc` instruction of one of userlib's stubs. A system
/// call begins with it, and ends with the arrival at the next one.
///
/// # Panics
///
/// If there is none.
pub(crate) fn svc(soc: &Soc, core: CoreId, task: &str, stub: &str) -> u32 {
    const SVC_0: [u8; 2] = [0x00, 0xDF];
    let start = function(soc, core, task, stub);
    let code = soc.read_memory(start, 64).unwrap_or_default();
    match code.chunks(2).position(|code| code == SVC_0) {
        Some(halfwords) => start + 2 * halfwords as u32,
        None => panic!("{stub} makes no system call"),
    }
}

/// How often the clock of a core has ticked.
pub(crate) fn ticks(soc: &Soc, core: CoreId) -> Option<Vec<u8>> {
    soc.read_symbol(core, "TICKS")
}

/// Measures until the clock has not ticked meanwhile.
pub(crate) fn undisturbed<T>(measure: impl FnMut() -> Option<T>) -> T {
    let mut tries = std::iter::repeat_with(measure).take(TRIES);
    match tries.find_map(|cycles| cycles) {
        Some(cycles) => cycles,
        None => panic!("the clock ticks all the time"),
    }
}
