// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! RCC registers of the STM32WB55 (RM0434 §8.4), as CPU1 uses them.

use super::{Group, Peripheral, ResetReason};

pub const RCC: usize = 0x5800_0000;

/// A register is changed by reading, changing and writing it.
pub const SET_CLEAR_PAIRS: bool = false;

/// Offset of the clock enable register.
pub const fn enable_register(group: Group) -> usize {
    match group {
        Group::Ahb1 => 0x048,
        Group::Ahb2 => 0x04C,
        Group::Ahb3 => 0x050,
        Group::Apb1R1 => 0x058,
        Group::Apb1R2 => 0x05C,
        Group::Apb2 => 0x060,
    }
}

/// Offset of the reset register.
pub const fn reset_register(group: Group) -> usize {
    match group {
        Group::Ahb1 => 0x028,
        Group::Ahb2 => 0x02C,
        Group::Ahb3 => 0x030,
        Group::Apb1R1 => 0x038,
        Group::Apb1R2 => 0x03C,
        Group::Apb2 => 0x040,
    }
}

/// Clocks that this task needs itself.
pub const OWN_CLOCKS: [Peripheral; 6] = [
    Peripheral::GpioA,
    Peripheral::GpioB,
    Peripheral::GpioC,
    Peripheral::GpioD,
    Peripheral::GpioE,
    Peripheral::GpioH,
];

/// Offset of the register with the causes of the last reset, `RCC_CSR`.
pub const RESET_FLAGS: usize = 0x094;

/// What to write over `flags` to clear them: the register also has settings,
/// which stay, and `RMVF`.
pub const fn clear_reset_flags(flags: u32) -> u32 {
    flags | 1 << 23
}

/// The flags, the most telling first: every reset also pulls the reset pin, and
/// a power-on reset counts as a brown-out.
pub const RESET_CAUSES: [(u32, ResetReason); 7] = [
    (1 << 31, ResetReason::LowPowerSecurity), // LPWRRSTF
    (1 << 30, ResetReason::SystemWatchdog),   // WWDGRSTF
    (1 << 29, ResetReason::IndependentWatchdog), // IWDGRSTF
    (1 << 28, ResetReason::SystemCall),       // SFTRSTF
    (1 << 25, ResetReason::Other(1 << 25)),   // OBLRSTF, option bytes
    (1 << 27, ResetReason::PowerOn),          // BORRSTF
    (1 << 26, ResetReason::Pin),              // PINRSTF
];
