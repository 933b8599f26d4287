// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! RCC registers of the STM32MP15 as its Cortex-M4 uses them (RM0436 §10.7).

use super::{Group, Peripheral, ResetReason};

pub const RCC: usize = 0x5000_0000;

/// A register to set bits is followed by one to clear them.
pub const SET_CLEAR_PAIRS: bool = true;

/// Offset of the register that turns clocks on, `RCC_MC_..ENSETR`.
pub const fn enable_register(group: Group) -> usize {
    match group {
        Group::Apb1 => 0xA80,
        Group::Apb2 => 0xA88,
        Group::Apb3 => 0xA90,
        Group::Apb4 => 0x280,
        Group::Apb5 => 0x288,
        Group::Ahb2 => 0xA98,
        Group::Ahb3 => 0xAA0,
        Group::Ahb4 => 0xAA8,
        Group::Ahb5 => 0x290,
        Group::Ahb6 => 0x298,
    }
}

/// Offset of the register that puts peripherals into reset, `RCC_..RSTSETR`.
pub const fn reset_register(group: Group) -> usize {
    match group {
        Group::Apb1 => 0x980,
        Group::Apb2 => 0x988,
        Group::Apb3 => 0x990,
        Group::Apb4 => 0x180,
        Group::Apb5 => 0x188,
        Group::Ahb2 => 0x998,
        Group::Ahb3 => 0x9A0,
        Group::Ahb4 => 0x9A8,
        Group::Ahb5 => 0x190,
        Group::Ahb6 => 0x198,
    }
}

/// Clocks that this task needs itself: the ports, and the block that has the
/// unique identifier.
pub const OWN_CLOCKS: [Peripheral; 12] = [
    Peripheral::GpioA,
    Peripheral::GpioB,
    Peripheral::GpioC,
    Peripheral::GpioD,
    Peripheral::GpioE,
    Peripheral::GpioF,
    Peripheral::GpioG,
    Peripheral::GpioH,
    Peripheral::GpioI,
    Peripheral::GpioJ,
    Peripheral::GpioK,
    Peripheral::Bsec,
];

/// Offset of the register with the causes of the Cortex-M4's last reset,
/// `RCC_MC_RSTSCLRR`.
pub const RESET_FLAGS: usize = 0xC00;

/// What to write over `flags` to clear them: a one clears a flag.
pub const fn clear_reset_flags(flags: u32) -> u32 {
    flags
}

/// The flags, the most telling first.
pub const RESET_CAUSES: [(u32, ResetReason); 11] = [
    (1 << 10, ResetReason::SystemWatchdog), // WWDG1RSTF
    (1 << 9, ResetReason::IndependentWatchdog), // IWDG2RSTF
    (1 << 8, ResetReason::IndependentWatchdog), // IWDG1RSTF
    (1 << 7, ResetReason::SystemCall),      // MCSYSRSTF, by this core
    (1 << 6, ResetReason::Other(1 << 6)),   // MPSYSRSTF, by the Cortex-A7
    (1 << 5, ResetReason::Other(1 << 5)),   // MCURSTF, this core only
    (1 << 4, ResetReason::Other(1 << 4)),   // VCORERSTF, core supply
    (1 << 3, ResetReason::Other(1 << 3)),   // HCSSRSTF, HSE failure
    (1 << 0, ResetReason::PowerOn),         // PORRSTF
    (1 << 1, ResetReason::Brownout),        // BORRSTF
    (1 << 2, ResetReason::Pin),             // PADRSTF
];
