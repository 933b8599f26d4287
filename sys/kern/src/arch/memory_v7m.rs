// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::arch::naked_asm;

/// Moves 32 bytes, which leaves the flags alone.
macro_rules! move_32 {
    () => {
        "ldm r1!, {{r3-r9, r12}}
         stm r0!, {{r3-r9, r12}}"
    };
}

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
        "lsls r3, r3, #30",
        "bne 7f",
        // Both ends are aligned.
        "subs r2, #64",
        "bhs 4f",
        // Less than 64 bytes are left; bits 5 to 0 of r2 say how many.
        "1:",
        "lsls r3, r2, #27",
        "bcs 5f",
        "2:",
        "bmi 6f",
        "3:",
        "lsls r3, r2, #29",
        "itt cs",
        "ldrdcs r3, r12, [r1], #8",
        "strdcs r3, r12, [r0], #8",
        "itt mi",
        "ldrmi r3, [r1], #4",
        "strmi r3, [r0], #4",
        "lsls r3, r2, #30",
        "it eq",
        "bxeq lr",
        "itt mi",
        "ldrhmi r12, [r1], #2",
        "strhmi r12, [r0], #2",
        "lsls r3, r2, #31",
        "itt mi",
        "ldrbmi r12, [r1]",
        "strbmi r12, [r0]",
        "bx lr",
        // 128 bytes at a time, then 64 if as much is left.
        "4:",
        "push {{r4-r9}}",
        "subs r2, #64",
        "blo 42f",
        "41:",
        move_32!(),
        move_32!(),
        move_32!(),
        move_32!(),
        "subs r2, #128",
        "bhs 41b",
        "lsls r3, r2, #25",
        "bpl 43f",
        "42:",
        move_32!(),
        move_32!(),
        "43:",
        "pop {{r4-r9}}",
        "lsls r3, r2, #26",
        "bne 1b",
        "bx lr",
        // 32 bytes. The flags say whether another 16 follow.
        "5:",
        "push {{r4-r9}}",
        move_32!(),
        "pop {{r4-r9}}",
        "b 2b",
        // 16 bytes.
        "6:",
        "push {{r4, r5}}",
        "ldm r1!, {{r3-r5, r12}}",
        "stm r0!, {{r3-r5, r12}}",
        "pop {{r4, r5}}",
        "b 3b",
        // The ends are not both aligned. The processor can load and store
        // words anywhere in memory, only not several at once.
        "7:",
        "subs r2, #8",
        "blo 9f",
        "8:",
        "ldr r3, [r1], #4",
        "ldr r12, [r1], #4",
        "str r3, [r0], #4",
        "str r12, [r0], #4",
        "subs r2, #8",
        "bhs 8b",
        // Up to 7 bytes are left; bits 2 to 0 of r2 say how many.
        "9:",
        "lsls r3, r2, #30",
        "itt cs",
        "ldrcs r3, [r1], #4",
        "strcs r3, [r0], #4",
        "itt mi",
        "ldrhmi r12, [r1], #2",
        "strhmi r12, [r0], #2",
        "lsls r3, r2, #31",
        "itt mi",
        "ldrbmi r12, [r1]",
        "strbmi r12, [r0]",
        "bx lr",
    )
}
