// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! System calls without anything in between.

use core::arch::naked_asm;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The registers of a system call: arguments and number on the way in, results
/// on the way out.
#[derive(
    Copy,
    Clone,
    Debug,
    Default,
    Eq,
    PartialEq,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(C)]
pub struct Registers {
    pub r4: u32,
    pub r5: u32,
    pub r6: u32,
    pub r7: u32,
    pub r8: u32,
    pub r9: u32,
    pub r10: u32,
    pub r11: u32,
}

/// Makes the system call that `registers` describe.
///
/// # Safety
///
/// The call must not have the kernel, or another task through it, write to
/// memory that Rust believes to know.
pub unsafe fn svc(mut registers: Registers) -> Registers {
    // SAFETY: the stub uses nothing but the structure it is given; the caller
    // vouches for the call.
    unsafe { stub(&mut registers) };
    registers
}

/// Loads r4 to r11, makes the call, and stores r4 to r11.
#[cfg(not(armv6m))]
#[unsafe(naked)]
unsafe extern "C" fn stub(registers: *mut Registers) {
    naked_asm!(
        "push {{r0, r4-r11, lr}}",
        "ldm r0, {{r4-r11}}",
        "svc #0",
        "pop {{r0}}",
        "stm r0, {{r4-r11}}",
        "pop {{r4-r11, pc}}",
    )
}

/// Loads r4 to r11, makes the call, and stores r4 to r11.
#[cfg(armv6m)]
#[unsafe(naked)]
unsafe extern "C" fn stub(registers: *mut Registers) {
    naked_asm!(
        "push {{r4-r7, lr}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "push {{r0, r4-r7}}",
        "mov r1, r0",
        "adds r1, #16",
        "ldm r1!, {{r4-r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "ldm r0!, {{r4-r7}}",
        "svc #0",
        "pop {{r0}}",
        "stm r0!, {{r4-r7}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "stm r0!, {{r4-r7}}",
        "pop {{r4-r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "pop {{r4-r7, pc}}",
    )
}
