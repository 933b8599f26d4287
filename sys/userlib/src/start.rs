// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The entry point.

use core::arch::naked_asm;

unsafe extern "Rust" {
    /// The task's main function.
    fn main() -> !;
}

/// Where the kernel starts the task, each time it starts it: initialises
/// `.data` and `.bss`, then calls `main`.
///
/// # Safety
///
/// Only the kernel may "call" this, at the top of an empty stack.
#[unsafe(naked)]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.start")]
pub unsafe extern "C" fn _start() -> ! {
    naked_asm!(
        // Initialised data. The linker script aligns all the symbols to words.
        "ldr r0, =__sdata",
        "ldr r1, =__edata",
        "ldr r2, =__sidata",
        "b 2f",
        "1:",
        "ldm r2!, {{r3}}",
        "stm r0!, {{r3}}",
        "2:",
        "cmp r0, r1",
        "bne 1b",
        // Zeroed data.
        "ldr r0, =__sbss",
        "ldr r1, =__ebss",
        "movs r2, #0",
        "b 4f",
        "3:",
        "stm r0!, {{r2}}",
        "4:",
        "cmp r0, r1",
        "bne 3b",
        // Some of that memory may hold code or be visible to others.
        "dsb",
        "isb",
        "bl {main}",
        "udf #0xad",
        // Literals in reach, and inside the symbol's size.
        ".pool",
        main = sym main,
    )
}
