// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::arch::naked_asm;

/// Copies memory that other bus masters may be writing to.
///
/// Bytes that change meanwhile arrive in one or the other version. Memory is
/// accessed by words where possible, in any order.
///
/// # Safety
///
/// All of the source must be readable, all of the destination writable and
/// free of Rust references, and they must not overlap.
#[unsafe(naked)]
pub unsafe extern "C" fn copy(dest: *mut u8, source: *const u8, len: u32) {
    naked_asm!(
        "orr r3, r0, r1",
        "tst r3, #3",
        "bne 6f",
        // Both ends are aligned: 32 bytes at a time.
        "subs r2, #32",
        "blo 3f",
        "push {{r4-r9}}",
        "2:",
        "ldm r1!, {{r3-r9, r12}}",
        "stm r0!, {{r3-r9, r12}}",
        "subs r2, #32",
        "bhs 2b",
        "pop {{r4-r9}}",
        "3:",
        // Up to 31 bytes are left; bits 4 to 0 of r2 say how many.
        "lsls r3, r2, #28",
        "bcc 4f",
        "ldr r3, [r1], #4",
        "ldr r12, [r1], #4",
        "str r3, [r0], #4",
        "str r12, [r0], #4",
        "ldr r3, [r1], #4",
        "ldr r12, [r1], #4",
        "str r3, [r0], #4",
        "str r12, [r0], #4",
        "lsls r3, r2, #28",
        "4:",
        "bpl 5f",
        "ldr r3, [r1], #4",
        "ldr r12, [r1], #4",
        "str r3, [r0], #4",
        "str r12, [r0], #4",
        "5:",
        "lsls r3, r2, #30",
        "itt cs",
        "ldrcs r12, [r1], #4",
        "strcs r12, [r0], #4",
        "itt mi",
        "ldrhmi r12, [r1], #2",
        "strhmi r12, [r0], #2",
        "lsls r3, r2, #31",
        "itt mi",
        "ldrbmi r12, [r1]",
        "strbmi r12, [r0]",
        "bx lr",
        // The ends are not both aligned. The processor can load and store
        // words anywhere in memory, only not several at once.
        "6:",
        "subs r2, #8",
        "blo 8f",
        "7:",
        "ldr r3, [r1], #4",
        "ldr r12, [r1], #4",
        "str r3, [r0], #4",
        "str r12, [r0], #4",
        "subs r2, #8",
        "bhs 7b",
        "8:",
        // Up to 7 bytes are left; bits 2 to 0 of r2 say how many.
        "b 5b",
    )
}
