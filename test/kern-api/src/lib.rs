// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the tasks of the kernel's conformance suite have in common.
//!
//! A case runs in the suite task. What it needs another task to do it writes
//! down as a *script*: a few [`Step`]s, mostly system calls with every argument
//! register spelled out. A helper task (or the supervisor, which is a helper
//! too) acknowledges the script, executes it, and keeps the results. So one
//! small program can be the sender, the receiver, the lender, the borrower or
//! the culprit of any case, and a case reads as a whole in one place.

#![no_std]

pub mod call;
pub mod data;
pub mod engine;
#[cfg(target_abi = "eabihf")]
pub mod floating;
pub mod journal;
pub mod memory;
pub mod mischief;
pub mod runner;
mod step;
pub mod svc;

pub use step::{Special, Step};
pub use svc::Registers;
