// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! ST's inter-processor communication controller, as one of its two sides
//! sees it.
//!
//! The block has six channels with one flag in each direction, and a mask
//! register per core (RM0453 §37, RM0434 §37, RM0436 §12; all IPCC v1). It
//! moves no data. Three things about it are easily got wrong:
//!
//! - What CPU1 receives is announced in `C2TOC1SR`, CPU2's status register,
//!   and cleared through CPU1's own `C1SCR`.
//! - Interrupts are levels. "Tx free" is asserted by an idle channel, so it
//!   may be unmasked only while somebody waits for that channel.
//! - Either core can write the other's registers. We touch only our own, and
//!   read both status registers.
//!
//! Exactly one feature chooses the chip family, and only for the addresses.

#![cfg_attr(not(test), no_std)]

mod registers;
#[cfg(any(feature = "family-stm32wl5", feature = "family-stm32wb"))]
mod second_core;

pub use registers::{Ipcc, Side};
#[cfg(any(feature = "family-stm32wl5", feature = "family-stm32wb"))]
pub use second_core::{EXTI_BASE, PWR_BASE, SecondCore, unmask_wake_up};

/// Address of the IPCC's registers (RM0453 and RM0434, table "register
/// boundary addresses").
#[cfg(any(feature = "family-stm32wl5", feature = "family-stm32wb"))]
pub const IPCC_BASE: usize = 0x5800_0C00;

/// Address of the IPCC's registers (RM0436, table "register boundary
/// addresses").
#[cfg(feature = "family-stm32mp1")]
pub const IPCC_BASE: usize = 0x4C00_1000;
