// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Counts what the kernel reports to its profiling hooks. The host reads it:
//! `test/kern-conformance/tests/profiling.rs`.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use kern::profiling::{EventsTable, configure_events_table};

/// System calls that have begun, by number; the last is for all unknown ones.
#[used]
static PROFILE_SYSCALLS: [AtomicU32; 15] = [const { AtomicU32::new(0) }; 15];

/// Beginnings and ends of system calls, deferred switches, interrupt handlers
/// and ticks, in this order.
#[used]
static PROFILE_PAIRS: [AtomicU32; 8] = [const { AtomicU32::new(0) }; 8];

/// How many switches there have been.
#[used]
static PROFILE_SWITCHES: AtomicU32 = AtomicU32::new(0);

/// The address of the control block that the last switch led to.
#[used]
static PROFILE_TASK: AtomicU32 = AtomicU32::new(0);

/// The handlers do not interrupt each other, so this need not be atomic as a
/// whole; ARMv6-M could not do it.
fn count(counter: Option<&AtomicU32>) {
    if let Some(counter) = counter {
        counter.store(counter.load(Relaxed).wrapping_add(1), Relaxed);
    }
}

fn count_in_pairs<const N: usize>() {
    count(PROFILE_PAIRS.get(N));
}

fn syscall_enter(number: u32) {
    let known = PROFILE_SYSCALLS.len() - 1;
    count(PROFILE_SYSCALLS.get(known.min(number as usize)));
    count_in_pairs::<0>();
}

fn context_switch(task: usize) {
    count(Some(&PROFILE_SWITCHES));
    PROFILE_TASK.store(task as u32, Relaxed);
}

static EVENTS: EventsTable = EventsTable {
    syscall_enter,
    syscall_exit: count_in_pairs::<1>,
    secondary_syscall_enter: count_in_pairs::<2>,
    secondary_syscall_exit: count_in_pairs::<3>,
    isr_enter: count_in_pairs::<4>,
    isr_exit: count_in_pairs::<5>,
    timer_isr_enter: count_in_pairs::<6>,
    timer_isr_exit: count_in_pairs::<7>,
    context_switch,
};

/// Counts from now on.
pub fn start() {
    configure_events_table(&EVENTS);
}
