// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What is fixed when the chip is put on the table: the kinds of the cores,
//! boot pins, option bytes and the seed.

/// What CPU1 sees at address 0 after a reset (BOOT0 and the option bits).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Boot {
    /// The flash array.
    #[default]
    Flash,
    /// The system flash, which has no boot loader here.
    SystemFlash,
    /// SRAM1.
    Sram,
}

impl Boot {
    /// The encoding of SYSCFG_MEMRMP.MEM_MODE.
    pub(crate) fn mem_mode(self) -> u32 {
        match self {
            Boot::Flash => 0,
            Boot::SystemFlash => 1,
            Boot::Sram => 3,
        }
    }
}

/// What the far end of the line does when the receiver has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputPacing {
    /// The next byte starts only when the receive FIFO has room for it, so
    /// nothing is ever lost. For terminals and files.
    #[default]
    WhenRoom,
    /// Bytes follow each other at the baud rate whether or not the guest
    /// reads them: the receiver overruns as on real hardware.
    BackToBack,
}

/// The part of the configuration that the peripherals need.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ChipConfig {
    pub boot: Boot,
    pub pacing: InputPacing,
    pub srrvr: Option<u32>,
    pub seed: u64,
}
