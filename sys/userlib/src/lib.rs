// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The task side of the kernel interface.
//!
//! A task links exactly one copy of this library, because it provides the
//! entry point (`_start`), the panic handler and, by default, the
//! implementation of `critical-section`. The task itself provides
//!
//! ```ignore
//! #[unsafe(export_name = "main")]
//! fn main() -> ! { .. }
//! ```
//!
//! The root of the crate has one function per system call. [`hl`] has safer
//! ways to receive, reply and sleep, [`kipc`] the services of the kernel that
//! are reached by message, and [`task_slot!`] names other tasks.

#![no_std]

#[cfg(not(target_os = "none"))]
compile_error!(
    "userlib only works inside a task, so it cannot be compiled for a hosted \
     target; build with `cargo xtask`"
);

#[cfg(all(feature = "panic-messages", feature = "no-panic"))]
compile_error!(
    "the features panic-messages and no-panic exclude each other: there is no \
     message to format if nothing may panic"
);

pub mod hl;
pub mod kipc;
pub mod task_slot;

#[cfg(feature = "critical-section")]
pub mod critical_section;

mod lease;
mod notification;
mod panic;
mod start;
mod stubs;
mod syscalls;

pub use abi::*;
pub use lease::Lease;
pub use notification::NotificationBits;
pub use num_derive::{FromPrimitive, ToPrimitive};
pub use num_traits::{FromPrimitive, ToPrimitive};
pub use panic::PANIC_MESSAGE_MAX_LEN;
pub use syscalls::{
    BorrowInfo, ClosedRecvError, RecvMessage, TimerState, set_timer_relative,
    sys_borrow_info, sys_borrow_read, sys_borrow_write, sys_get_timer,
    sys_irq_control, sys_irq_control_clear_pending, sys_irq_status, sys_panic,
    sys_post, sys_recv, sys_recv_closed, sys_recv_notification, sys_recv_open,
    sys_refresh_task_id, sys_reply, sys_reply_fault, sys_send, sys_set_timer,
};
pub use unwrap_lite::UnwrapLite;
pub use userlib_units as units;

/// Crates that expansions of our macros need.
pub mod macros {
    pub use bstringify;
    pub use paste;
}
