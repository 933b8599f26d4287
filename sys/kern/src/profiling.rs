// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Hooks for measuring the kernel.
//!
//! An application can have functions of its own called when the kernel is
//! entered and left, for example to toggle pins. Without, the hooks cost
//! nothing on the way through a system call.

pub use crate::arch::EventsTable;

use crate::arch::{events, trace};

/// Has the functions in `table` called from now on.
pub fn configure_events_table(table: &'static EventsTable) {
    trace(table);
}

/// Reports that an interrupt handler begins. For handlers that the application
/// has written; the kernel reports its own.
pub fn event_isr_enter() {
    if let Some(events) = events() {
        (events.isr_enter)();
    }
}

/// Reports that an interrupt handler ends.
pub fn event_isr_exit() {
    if let Some(events) = events() {
        (events.isr_exit)();
    }
}
