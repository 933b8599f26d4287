// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One inter-processor channel: what lies between a driver's clients and the
//! controller that carries its messages.
//!
//! ```text
//!  server        clients, leases, pending calls, poll waiters
//!    |
//!  Channel       rx and tx buffers, overflow, back-pressure
//!    |
//!  Controller    the seam: read, write, listen, cleanup
//!    |
//!  Slots         message slots in shared memory ... or Loopback, or yours
//!    |
//!  Doorbell      the flags and interrupt masks of one side
//! ```
//!
//! Nothing here knows tasks, the kernel or registers, and nothing waits:
//! every operation does what can be done now and says how far it came. The
//! same code runs on the chip and in host tests.
//!
//! A controller of another kind comes in at one of two places: one that has
//! flags and interrupt masks per channel implements [`Doorbell`] and uses
//! [`Slots`]; one that moves bytes in another way implements [`Controller`].

#![cfg_attr(not(any(test, feature = "host-pair")), no_std)]
#![forbid(unsafe_code)]

mod channel;
mod controller;
mod loopback;
mod order;
#[cfg(any(test, feature = "host-pair"))]
pub mod pair;
mod ring;
mod session;
mod slots;
mod status;
mod transfer;

pub use channel::{Channel, Received};
pub use controller::{Asserted, Controller, Listen, ReadError, Taken};
pub use loopback::Loopback;
pub use mailbox::{
    ControlBlock, LengthError, RxSlot, SharedBytes, TxSlot, Window, control,
};
pub use ring::Ring;
pub use session::{News, Sessions};
pub use slots::{Discipline, Doorbell, Port, Slots};
pub use status::{ChannelStatus, Events, Flags, Statistics};
pub use transfer::{Gone, Sink, Source};
