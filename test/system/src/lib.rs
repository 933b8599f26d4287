// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Whole images of both cores on the simulated chip.
//!
//! A test boots a [`Board`], and then either types on the console of the demo
//! or moves puppets: client tasks that make the calls the test wants, and no
//! others. Where the test wants to be CPU2 itself, it is a [`PlainPeer`].

#![forbid(unsafe_code)]

mod board;
pub mod cycles;
pub mod driver_cycles;
mod images;
pub mod kernel_cycles;
mod peer;
mod puppet;
pub mod soak;
mod supervisor;

pub use board::{Board, CONSOLE};
pub use images::{image, image_path};
pub use peer::PlainPeer;
pub use puppet::{
    ALICE, BOB, CAROL, Call, DAVE, ERIN, FOR_EVER, GRAFFITI, MALLORY, NOW,
    Puppet,
};
pub use sim::{CoreId, Span, ms, us};
pub use supervisor::{CONSOLE_TASK, IPCC, JEFE, SYS, is_running};
pub use test_puppet_api::{Failure, RawLease, events};

/// The first core.
pub const CPU1: CoreId = CoreId::Cpu1;

/// The second core.
pub const CPU2: CoreId = CoreId::Cpu2;
