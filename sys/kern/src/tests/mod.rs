// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What tasks can observe, one fact per test.

// Most tests do not care who runs next.
#![allow(unused_must_use)]

mod borrow;
#[cfg(feature = "dump")]
mod dump;
mod fault;
mod irq;
mod kipc;
mod memory;
mod random;
mod recv;
mod reply;
mod restart;
mod schedule;
mod send;
mod timer;
mod world;
