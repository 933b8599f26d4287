// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What surrounds the IPCC on the two-core microcontrollers: starting the
//! second core, and waking the first by a message.

use crate::Side;

/// Address of the power controller's registers.
pub const PWR_BASE: usize = 0x5800_0400;

/// Address of the extended interrupt controller's registers.
pub const EXTI_BASE: usize = 0x5800_0800;

// Bytes from the base address (RM0453 §6.6).
const PWR_CR4: usize = 0x0C;
const PWR_SR2: usize = 0x14;
const CR4_C2BOOT: u32 = 1 << 15;
const SR2_C2BOOTS: u32 = 1;

// Bytes from the base address (RM0453 §16.6). Line 36 is CPU1's IPCC, line 37
// CPU2's, and each core has a mask register for lines 32 and up.
const EXTI_C1IMR2: usize = 0x90;
const EXTI_C2IMR2: usize = 0xD0;
const LINE_36: u32 = 1 << 4;
const LINE_37: u32 = 1 << 5;

/// The switch that starts CPU2. It is CPU1's to throw.
///
/// There is no way to stop CPU2 again, or to reset it alone, short of a reset
/// of the whole chip.
#[derive(Debug)]
pub struct SecondCore {
    pwr: *mut u32,
}

impl SecondCore {
    /// Takes over the switch.
    ///
    /// # Safety
    ///
    /// `pwr` must be the address of the power controller's registers, mapped
    /// for device access, and nothing else in this core may write `PWR_CR4`.
    pub const unsafe fn new(pwr: *mut u32) -> Self {
        Self { pwr }
    }

    /// Whether somebody has already asked CPU2 to start since the last reset.
    pub fn is_requested(&self) -> bool {
        self.load(PWR_CR4) & CR4_C2BOOT != 0
    }

    /// Whether CPU2 has started because it was asked to.
    pub fn is_up(&self) -> bool {
        self.load(PWR_SR2) & SR2_C2BOOTS != 0
    }

    /// Starts CPU2 at the vector table that the option bytes name. Does
    /// nothing if it runs.
    pub fn start(&mut self) {
        let value = self.load(PWR_CR4) | CR4_C2BOOT;
        // SAFETY: inside the block that `new`'s caller promised to be mapped
        // and ours to write.
        unsafe { self.pwr.wrapping_byte_add(PWR_CR4).write_volatile(value) }
    }

    fn load(&self, register: usize) -> u32 {
        // SAFETY: as in `start`.
        unsafe { self.pwr.wrapping_byte_add(register).read_volatile() }
    }
}

/// Lets a message wake our core from Stop. The line is a direct one: there is
/// nothing to clear after it woke us.
///
/// # Safety
///
/// `exti` must be the address of the extended interrupt controller's
/// registers, mapped for device access, and nothing in this core may be in
/// the middle of changing our side's `IMR2`.
pub unsafe fn unmask_wake_up(exti: *mut u32, side: Side) {
    let (register, line) = match side {
        Side::Cpu1 => (EXTI_C1IMR2, LINE_36),
        Side::Cpu2 => (EXTI_C2IMR2, LINE_37),
    };
    let register = exti.wrapping_byte_add(register);
    // SAFETY: the register is inside the block that the caller promised to be
    // mapped, and the caller keeps others from changing it meanwhile.
    unsafe { register.write_volatile(register.read_volatile() | line) }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn starting_the_second_core_keeps_the_other_bits() {
        let mut block = [0u32; 16];
        block[PWR_CR4 / 4] = 0x15;
        // SAFETY: the array stands in for the registers.
        let mut core = unsafe { SecondCore::new(block.as_mut_ptr()) };
        assert!(!core.is_requested() && !core.is_up());
        core.start();
        assert!(core.is_requested());
        assert_eq!(block[PWR_CR4 / 4], 0x8015);
    }

    #[test]
    fn each_side_unmasks_its_own_line() {
        let mut block = [0u32; 64];
        for side in [Side::Cpu1, Side::Cpu2] {
            // SAFETY: the array stands in for the registers.
            unsafe { unmask_wake_up(block.as_mut_ptr(), side) };
        }
        assert_eq!(block[0x90 / 4], 1 << 4);
        assert_eq!(block[0xD0 / 4], 1 << 5);
    }
}
