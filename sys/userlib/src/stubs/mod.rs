// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The system call instructions.
//!
//! The kernel takes arguments in r4 to r10 and the call number in r11, and
//! leaves results from r4 on; everything else survives a call. So a stub moves
//! its C arguments to the callee-saved registers it has pushed, executes
//! `svc`, and moves the results back.
//!
//! Debuggers unwind through a stub by looking at its code: they expect one
//! small function per system call in which straight-line pushes come before
//! the `svc`, and the return address still in lr at the `svc`.

#[cfg(armv6m)]
mod armv6m;
#[cfg(armv6m)]
pub(crate) use armv6m::*;

#[cfg(any(armv7m, armv8m))]
mod armv7m;
#[cfg(any(armv7m, armv8m))]
pub(crate) use armv7m::*;

/// What RECV leaves in r5 to r9.
#[repr(C)]
pub(crate) struct RawRecvMessage {
    pub sender: u32,
    pub operation: u32,
    pub message_len: usize,
    pub response_capacity: usize,
    pub lease_count: usize,
}

/// What GET_TIMER leaves in r4 to r9.
#[repr(C)]
pub(crate) struct RawTimerState {
    pub now_lo: u32,
    pub now_hi: u32,
    pub is_set: u32,
    pub deadline_lo: u32,
    pub deadline_hi: u32,
    pub on_dl: u32,
}

/// What BORROW_INFO leaves in r4 to r6.
#[repr(C)]
pub(crate) struct RawBorrowInfo {
    pub code: u32,
    pub attributes: u32,
    pub len: usize,
}
