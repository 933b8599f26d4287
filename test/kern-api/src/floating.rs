// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Floating point registers with known contents.
//!
//! Naked functions name the FPU: with link-time optimisation, the assembler has
//! not been told what the processor has.

use crate::Registers;
use core::arch::naked_asm;

/// Number of single precision registers.
pub const REGISTERS: usize = 32;

/// The contents of floating point registers, in their integer form.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(C)]
pub struct Floating {
    pub s: [u32; REGISTERS],
    pub fpscr: u32,
}

impl Floating {
    /// Different numbers in all registers, which follow from `seed`, and a
    /// status register that says so, too: rounding towards zero, flags set.
    pub fn pattern(seed: u32) -> Self {
        let mut s = [0; REGISTERS];
        for (n, register) in s.iter_mut().enumerate() {
            *register = seed.wrapping_mul(0x0101_0001).wrapping_add(n as u32);
        }
        Self {
            s,
            fpscr: 0xF0C0_0000 | seed & 0x1F,
        }
    }

    /// How many registers differ, and [`STATUS`] if the status register does.
    pub fn differences(&self, other: &Self) -> u32 {
        let pairs = self.s.iter().zip(&other.s);
        let different = pairs.filter(|(a, b)| a != b).count() as u32;
        match self.fpscr == other.fpscr {
            true => different,
            false => different | STATUS,
        }
    }
}

/// Says that the status register differs.
pub const STATUS: u32 = 1 << 31;

/// What [`fill`] puts into the registers.
pub const FILL_SEED: u32 = 0x17;

/// Puts a known pattern into all floating point registers and leaves it there,
/// so it is of use only right before an instruction that does not return.
pub fn fill() {
    let pattern = Floating::pattern(FILL_SEED);
    // SAFETY: nobody relies on any of the registers: the caller does not
    // return, and does not use the unit.
    unsafe { load(&pattern) };
}

#[unsafe(naked)]
unsafe extern "C" fn load(registers: *const Floating) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "vldm r0!, {{s0-s31}}",
        "ldr r1, [r0]",
        "vmsr fpscr, r1",
        "bx lr",
    )
}

/// Makes a system call with all floating point registers in use. Returns which
/// have changed, as [`Floating::differences`].
///
/// # Safety
///
/// As for [`svc`](crate::svc::svc).
pub unsafe fn call(mut registers: Registers) -> u32 {
    let before = Floating::pattern(registers.r11);
    let mut after = before;
    // SAFETY: the stub loads from `after` and stores to it.
    unsafe { stub(&mut registers, &mut after) };
    before.differences(&after)
}

/// Keeps a pattern in all registers for a certain number of turns of a loop,
/// without system calls. Returns which registers have changed, as
/// [`Floating::differences`].
pub fn hold(pattern: &Floating, turns: u32) -> u32 {
    let mut after = *pattern;
    // SAFETY: the stub loads from `after` and stores to it.
    unsafe { hold_stub(&mut after, turns) };
    pattern.differences(&after)
}

/// Which registers are not zero, as [`Floating::differences`].
pub fn count() -> u32 {
    let mut now = Floating {
        s: [0; REGISTERS],
        fpscr: 0,
    };
    let zero = now;
    // SAFETY: stores to `now`, nothing more.
    unsafe { store(&mut now) };
    zero.differences(&now)
}

#[unsafe(naked)]
unsafe extern "C" fn store(registers: *mut Floating) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "vstm r0!, {{s0-s31}}",
        "vmrs r1, fpscr",
        "str r1, [r0]",
        "bx lr",
    )
}

#[unsafe(naked)]
unsafe extern "C" fn hold_stub(floating: *mut Floating, turns: u32) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "vpush {{s16-s31}}",
        "mov r2, r0",
        "vldm r2!, {{s0-s31}}",
        "ldr r3, [r2]",
        "vmsr fpscr, r3",
        "1:",
        "subs r1, #1",
        "bne 1b",
        "vstm r0!, {{s0-s31}}",
        "vmrs r2, fpscr",
        "str r2, [r0]",
        // What the compiler expects to find there.
        "movs r2, #0",
        "vmsr fpscr, r2",
        "vpop {{s16-s31}}",
        "bx lr",
    )
}

/// Loads r4 to r11 and all floating point registers, makes a system call, and
/// stores them all.
#[unsafe(naked)]
unsafe extern "C" fn stub(registers: *mut Registers, floating: *mut Floating) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "vpush {{s16-s31}}",
        "push {{r0, r1, r4-r11, r12, lr}}",
        "ldm r0, {{r4-r11}}",
        "vldm r1!, {{s0-s31}}",
        "ldr r0, [r1]",
        "vmsr fpscr, r0",
        "svc #0",
        "pop {{r0, r1}}",
        "stm r0, {{r4-r11}}",
        "vstm r1!, {{s0-s31}}",
        "vmrs r2, fpscr",
        "str r2, [r1]",
        // What the compiler expects to find there.
        "movs r2, #0",
        "vmsr fpscr, r2",
        "pop {{r4-r11, r12, lr}}",
        "vpop {{s16-s31}}",
        "bx lr",
    )
}
