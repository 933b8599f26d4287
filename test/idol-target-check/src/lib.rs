// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The clients and servers that `idol-host-harness` runs on the host, compiled
//! for firmware: against the real `userlib`, with the counters and encodings of
//! a processor of 32 bits, perhaps without atomic operations. And the macros
//! that tasks use besides.
//!
//! `idol-target-check-2021` is the same in the edition before ours: what a
//! macro or the generator writes becomes part of crates of either edition.

#![no_std]

#[path = "../../idol-host-harness/src/empty.rs"]
pub mod empty;
#[path = "../../idol-host-harness/src/failing/mod.rs"]
pub mod failing;
#[path = "../../idol-host-harness/src/gauge.rs"]
pub mod gauge;
#[path = "../../idol-host-harness/src/lending/mod.rs"]
pub mod lending;
#[path = "../../idol-host-harness/src/raw/mod.rs"]
pub mod raw;
#[path = "../../idol-host-harness/src/serial.rs"]
pub mod serial;
pub mod task;
#[path = "../../idol-host-harness/src/uniform.rs"]
pub mod uniform;

// For `ringbuf_entry_root!`.
ringbuf::ringbuf!(u32, 4, 0);
ringbuf::ringbuf!(ROOT_RINGBUF, task::Op, 4, task::Op::Write);
