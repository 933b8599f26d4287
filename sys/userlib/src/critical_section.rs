// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Critical sections for code that shares data with interrupt handlers.
//!
//! A task has one thread and no interrupt handlers, so it is always inside a
//! critical section.

/// The implementation registered with the `critical-section` crate.
pub struct HubrisCriticalSection;

critical_section::set_impl!(HubrisCriticalSection);

// SAFETY: nothing can run between two instructions of a task and touch its
// memory through Rust code, so there is nothing to keep out.
unsafe impl critical_section::Impl for HubrisCriticalSection {
    unsafe fn acquire() {}

    unsafe fn release((): ()) {}
}
