// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a system call does to all the registers of its caller.

use core::arch::naked_asm;
use test_kern_api::Registers;

/// Registers that no system call has for arguments or results.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
#[repr(C)]
pub struct Rest {
    pub r0_to_r3: [u32; 4],
    pub r12: u32,
    pub lr: u32,
    pub sp: u32,
    /// Condition flags.
    pub apsr: u32,
}

const BEFORE: Rest = Rest {
    r0_to_r3: [0xA0A0_A0A0, 0xA1A1_A1A1, 0xA2A2_A2A2, 0xA3A3_A3A3],
    r12: 0xACAC_ACAC,
    lr: 0xAEAE_AEAE,
    sp: 0,
    apsr: 0xA000_0000,
};

/// What a system call has left.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(C)]
pub struct After {
    rest: Rest,
    sp_before: u32,
    call: Registers,
}

impl After {
    /// How many of the registers without arguments or results differ.
    pub fn changed(&self) -> usize {
        let Rest {
            r0_to_r3,
            r12,
            lr,
            sp,
            apsr,
        } = self.rest;
        let low = r0_to_r3.iter().zip(&BEFORE.r0_to_r3);
        low.filter(|(a, b)| a != b).count()
            + usize::from(r12 != BEFORE.r12)
            + usize::from(lr != BEFORE.lr)
            + usize::from(sp != self.sp_before)
            + usize::from(apsr & 0xF000_0000 != BEFORE.apsr)
    }

    /// Registers with arguments or results.
    pub fn call(&self) -> Registers {
        self.call
    }
}

/// Makes a system call with known values in all registers.
pub fn around(call: Registers) -> After {
    let mut after = After {
        rest: BEFORE,
        sp_before: 0,
        call,
    };
    // SAFETY: the stub uses nothing but the structure, and no case has the
    // call do harm.
    unsafe { stub(&mut after) };
    after
}

/// Makes a system call, and returns to the address on top of the stack.
///
/// It is a function of its own because debuggers look at what happens to the
/// stack and the link register before such an instruction; the stubs get here
/// without touching a register.
#[unsafe(naked)]
unsafe extern "C" fn call_and_pop() {
    naked_asm!("svc #0", "pop {{pc}}")
}

/// Loads everything but sp, makes the call, and stores everything.
#[cfg(not(armv6m))]
#[unsafe(naked)]
unsafe extern "C" fn stub(after: *mut After) {
    naked_asm!(
        "push {{r0, r4-r11, lr}}",
        "str sp, [r0, #32]",
        "ldr r1, 2f",
        "ldr r2, 3f",
        "push {{r1, r2}}",
        "add r1, r0, #36",
        "ldm r1, {{r4-r11}}",
        "ldr r12, [r0, #16]",
        "ldr lr, [r0, #20]",
        "ldr r1, [r0, #28]",
        "msr apsr_nzcvq, r1",
        "ldm r0, {{r0-r3}}",
        "pop {{pc}}",
        "4:",
        // Only r0 is free to be used, once it is saved.
        "push {{r0}}",
        "ldr r0, [sp, #4]",
        "str r1, [r0, #4]",
        "pop {{r1}}",
        "str r1, [r0]",
        "str r2, [r0, #8]",
        "str r3, [r0, #12]",
        "str r12, [r0, #16]",
        "str lr, [r0, #20]",
        "str sp, [r0, #24]",
        "mrs r1, apsr",
        "str r1, [r0, #28]",
        "add r1, r0, #36",
        "stm r1, {{r4-r11}}",
        "pop {{r0, r4-r11, pc}}",
        ".p2align 2",
        "2: .word {call}",
        "3: .word 4b + 1",
        call = sym call_and_pop,
    )
}

/// Loads everything but sp, makes the call, and stores everything.
#[cfg(armv6m)]
#[unsafe(naked)]
unsafe extern "C" fn stub(after: *mut After) {
    naked_asm!(
        "push {{r4-r7, lr}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "push {{r0, r4-r7}}",
        "mov r1, sp",
        "str r1, [r0, #32]",
        "ldr r1, 2f",
        "ldr r2, 3f",
        "push {{r1, r2}}",
        "ldr r1, [r0, #16]",
        "mov r12, r1",
        "ldr r1, [r0, #20]",
        "mov lr, r1",
        "mov r1, r0",
        "adds r1, #52",
        "ldm r1!, {{r4-r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "subs r1, #32",
        "ldm r1!, {{r4-r7}}",
        "ldr r1, [r0, #28]",
        "msr apsr, r1",
        // Without changing the flags: LDM needs the base in the list.
        "ldm r0, {{r0-r3}}",
        "pop {{pc}}",
        "4:",
        // Only r0 is free to be used, once it is saved.
        "push {{r0}}",
        "ldr r0, [sp, #4]",
        "str r1, [r0, #4]",
        "pop {{r1}}",
        "str r1, [r0]",
        "str r2, [r0, #8]",
        "str r3, [r0, #12]",
        "mrs r1, apsr",
        "str r1, [r0, #28]",
        "mov r1, r12",
        "str r1, [r0, #16]",
        "mov r1, lr",
        "str r1, [r0, #20]",
        "mov r1, sp",
        "str r1, [r0, #24]",
        "mov r1, r0",
        "adds r1, #36",
        "stm r1!, {{r4-r7}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "stm r1!, {{r4-r7}}",
        "pop {{r0}}",
        "pop {{r4-r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "pop {{r4-r7, pc}}",
        ".p2align 2",
        "2: .word {call}",
        "3: .word 4b + 1",
        call = sym call_and_pop,
    )
}
