// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Bytes in memory shared with another core, which is not trusted.
//!
//! The other core can change any byte here at any moment: by design, because
//! it is its turn, or because it is broken. So this crate never makes a Rust
//! reference into the window. It copies through raw pointers, reads each
//! header word exactly once, and checks what it read before using it.
//!
//! Ordering is the doorbell's business: whoever sets or clears an ownership
//! flag puts a fence beside it. Only the control block, which no flag guards,
//! has fences of its own. The accesses here are volatile, which keeps
//! the compiler from tearing, repeating or dropping them.
//!
//! | Module | Holds |
//! |---|---|
//! | [`window`] | a span of shared memory, and copies in and out of it |
//! | [`slot`] | one message with its length word, as seen by each end |
//! | [`control`] | the block by which two drivers tell each other of restarts |

#![cfg_attr(not(any(test, feature = "host-memory")), no_std)]

pub mod control;
#[cfg(any(test, feature = "host-memory"))]
pub mod memory;
pub mod slot;
pub mod window;

pub use control::{ControlBlock, Hello};
pub use slot::{LengthError, RxSlot, TxSlot};
pub use window::{SharedBytes, Window};
