// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The soak: clients on both cores do whatever the driver allows, at random
//! times and with random arguments, while clients and drivers crash.
//!
//! The soak knows what each answer can be. Every byte that was acknowledged
//! arrives, once and in order, unless a driver has crashed, and then everybody
//! whom that concerns is told, once.
//!
//! There is no way to restart CPU2 alone, short of a reset of the chip. What
//! comes closest is that its driver and all its clients die together.

mod client;
mod judge;
mod random;
mod run;
mod stream;
mod trouble;

pub use run::{Broken, Summary, soak};
