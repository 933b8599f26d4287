// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::arch::naked_asm;

/// Moves 16 bytes.
macro_rules! move_16 {
    () => {
        "ldm r1!, {{r3-r6}}
         stm r0!, {{r3-r6}}"
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
        "movs r3, r0",
        "orrs r3, r1",
        "lsls r3, r3, #30",
        "bne 4f",
        // Both ends are aligned: 64 bytes at a time, then 16.
        "subs r2, #16",
        "blo 2f",
        "push {{r4-r6}}",
        "subs r2, #48",
        "blo 12f",
        "11:",
        move_16!(),
        move_16!(),
        move_16!(),
        move_16!(),
        "subs r2, #64",
        "bhs 11b",
        "12:",
        "adds r2, #48",
        "bmi 13f",
        "1:",
        move_16!(),
        "subs r2, #16",
        "bhs 1b",
        "13:",
        "pop {{r4-r6}}",
        "2:",
        "adds r2, #12",
        "blo 3f",
        "22:",
        "ldm r1!, {{r3}}",
        "stm r0!, {{r3}}",
        "subs r2, #4",
        "bhs 22b",
        "3:",
        "adds r2, #4",
        // Byte by byte.
        "4:",
        "subs r2, #1",
        "blo 6f",
        "5:",
        "ldrb r3, [r1]",
        "strb r3, [r0]",
        "adds r1, #1",
        "adds r0, #1",
        "subs r2, #1",
        "bhs 5b",
        "6:",
        "bx lr",
    )
}
