// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Clock gates, resets and the cause of the last reset.
//!
//! The registers are reached by offset instead of through a PAC: the families
//! then differ in a table of numbers (which a host test compares with the PACs)
//! and not in code, and the task builds in a second instead of a minute.

use drv_stm32xx_sys_api::{Group, Peripheral, RccError};
use task_jefe_api::ResetReason;
use userlib::FromPrimitive;
use vcell::VolatileCell;

cfg_if::cfg_if! {
    if #[cfg(feature = "family-stm32wl5")] {
        #[path = "stm32wl5.rs"]
        mod family;
    } else if #[cfg(feature = "family-stm32wb")] {
        #[path = "stm32wb.rs"]
        mod family;
    } else if #[cfg(feature = "family-stm32mp1")] {
        #[path = "stm32mp1.rs"]
        mod family;
    }
}

#[cfg(all(
    feature = "family-stm32wl5",
    not(any(feature = "cpu1", feature = "cpu2"))
))]
compile_error!(
    "an STM32WL5 has a set of clock gates for each core: add feature `cpu1` \
     or `cpu2` to the sys task"
);
#[cfg(all(feature = "cpu1", feature = "cpu2"))]
compile_error!("choose one of the sys task's features `cpu1` and `cpu2`");

/// The RCC registers. One value of this type exists, in the task's `main`.
pub struct Rcc(());

/// A peripheral number that came in a message, taken apart.
#[derive(Copy, Clone)]
pub struct Gate {
    group: Group,
    bit: u32,
}

impl TryFrom<u32> for Gate {
    type Error = RccError;

    fn try_from(peripheral: u32) -> Result<Self, RccError> {
        let group = Group::from_u32(peripheral >> 5)
            .ok_or(RccError::NoSuchPeripheral)?;
        Ok(Self {
            group,
            bit: peripheral & 0x1F,
        })
    }
}

impl From<Peripheral> for Gate {
    fn from(peripheral: Peripheral) -> Self {
        Self {
            group: peripheral.group(),
            bit: u32::from(peripheral.bit_index()),
        }
    }
}

impl Rcc {
    /// Takes the registers over and turns on the clocks that this task needs.
    ///
    /// # Safety
    ///
    /// The RCC must be mapped, and nothing else on this core may use it from
    /// now on.
    pub unsafe fn new() -> Self {
        let rcc = Self(());
        for peripheral in family::OWN_CLOCKS {
            rcc.set_clock(peripheral.into(), true);
        }
        rcc
    }

    /// Turns a clock on or off.
    ///
    /// A peripheral needs two cycles before its first access (for example
    /// RM0453 §7.2.19); the reply to the client takes a hundred.
    pub fn set_clock(&self, gate: Gate, on: bool) {
        #[cfg(feature = "cpu2")]
        let core_offset = family::CPU2_ENABLE_OFFSET;
        #[cfg(not(feature = "cpu2"))]
        let core_offset = 0;
        let offset = family::enable_register(gate.group);
        self.write_bit(offset.wrapping_add(core_offset), gate.bit, on);
    }

    /// Puts a peripheral into reset or releases it.
    pub fn set_reset(&self, gate: Gate, on: bool) {
        self.write_bit(family::reset_register(gate.group), gate.bit, on);
    }

    /// Reads the register with the causes of the last reset, and clears them
    /// so that they are not taken for those of the next one.
    pub fn take_reset_flags(&self) -> u32 {
        let register = self.register(family::RESET_FLAGS);
        let flags = register.get();
        // CPU2 leaves them to CPU1, which may look at them later.
        if !cfg!(feature = "cpu2") {
            register.set(family::clear_reset_flags(flags));
        }
        flags
    }

    fn write_bit(&self, offset: usize, bit: u32, on: bool) {
        let mask = 1u32.wrapping_shl(bit);
        if family::SET_CLEAR_PAIRS {
            let clear = offset.wrapping_add(size_of::<u32>());
            self.register(if on { offset } else { clear }).set(mask);
        } else {
            let register = self.register(offset);
            let old = register.get();
            register.set(if on { old | mask } else { old & !mask });
        }
    }

    fn register(&self, offset: usize) -> &VolatileCell<u32> {
        // The sum cannot wrap, but the compiler cannot see that, either, and
        // would have it panic.
        let address = family::RCC.wrapping_add(offset);
        // SAFETY: the offsets all come from the tables of this family, so this
        // is a word-sized RCC register; `new` made sure that it is mapped and
        // ours alone.
        unsafe { &*(address as *const VolatileCell<u32>) }
    }
}

/// Tells what we understand of the causes of a reset.
pub fn reset_reason(flags: u32) -> ResetReason {
    family::RESET_CAUSES
        .iter()
        .find(|(flag, _)| flags & flag != 0)
        .map_or(ResetReason::Unknown, |&(_, reason)| reason)
}
