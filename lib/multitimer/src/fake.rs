// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Time that passes when it is told to, for tests on the host.
//!
//! Each thread has its own time and its own task timer.

use std::cell::Cell;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(0) };
    static TIMER: Cell<(Option<u64>, u32)> = const { Cell::new((None, 0)) };
}

/// Sets the current time, in ticks.
pub fn set_now(now: u64) {
    NOW.set(now);
}

/// The deadline that the task's timer is set to, and the notifications it will
/// post.
pub fn timer() -> (Option<u64>, u32) {
    TIMER.get()
}

pub(crate) struct TimerState {
    pub now: u64,
}

pub(crate) fn sys_get_timer() -> TimerState {
    TimerState { now: NOW.get() }
}

pub(crate) fn sys_set_timer(deadline: Option<u64>, notifications: u32) {
    TIMER.set((deadline, notifications));
}
