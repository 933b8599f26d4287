// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Ways to get killed. All of them end in the kernel, which is the point: none
//! does what the language leaves undefined.

use core::arch::{asm, naked_asm};
use core::hint::black_box;

/// Makes a system call with registers r4 to r11 as given.
pub fn system_call(registers: &[u32; 8]) {
    // SAFETY: the stub preserves the registers that the caller relies on. The
    // kernel checks the arguments, and what it is made to write goes to where
    // a test says, which is nothing that Rust code refers to.
    unsafe { raw_system_call(registers.as_ptr()) }
}

#[cfg(armv7m)]
#[unsafe(naked)]
unsafe extern "C" fn raw_system_call(registers: *const u32) {
    naked_asm!(
        "push {{r4-r11}}",
        "ldm r0, {{r4-r11}}",
        "svc #0",
        "pop {{r4-r11}}",
        "bx lr",
    )
}

#[cfg(armv6m)]
#[unsafe(naked)]
unsafe extern "C" fn raw_system_call(registers: *const u32) {
    naked_asm!(
        "push {{r4-r7}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "push {{r4-r7}}",
        "ldr r4, [r0, #16]",
        "ldr r5, [r0, #20]",
        "ldr r6, [r0, #24]",
        "ldr r7, [r0, #28]",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "ldm r0!, {{r4-r7}}",
        "svc #0",
        "pop {{r4-r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "pop {{r4-r7}}",
        "bx lr",
    )
}

/// Loads a word from any address.
pub fn read(address: u32) -> u32 {
    let value;
    // SAFETY: in assembly, a load has no effect but a fault.
    unsafe {
        asm!("ldr {value}, [{address}]", address = in(reg) address,
            value = out(reg) value, options(nostack, readonly));
    }
    value
}

/// Stores a word at any address.
pub fn write(address: u32, value: u32) {
    // SAFETY: tests name addresses that are not this task's memory.
    unsafe {
        asm!("str {value}, [{address}]", address = in(reg) address,
            value = in(reg) value, options(nostack));
    }
}

#[cfg(armv7m)]
pub fn divide_by_zero() {
    // SAFETY: registers only; division by zero is a fault.
    unsafe {
        asm!("udiv {x}, {x}, {y}", x = inout(reg) 1 => _, y = in(reg) 0,
            options(nomem, nostack));
    }
}

/// ARMv6-M has no division.
#[cfg(armv6m)]
pub fn divide_by_zero() {}

/// Goes on at any address.
pub fn jump(address: u32) {
    // SAFETY: tests name addresses that are not executable. It is written as a
    // call so that the compiler assumes nothing of what comes after it.
    unsafe {
        asm!("blx {address}", address = in(reg) address | 1,
            out("r0") _, out("r1") _, out("r2") _, out("r3") _,
            out("r12") _, out("lr") _);
    }
}

pub fn undefined_instruction() {
    // SAFETY: it faults.
    unsafe { asm!("udf #0", options(nomem, nostack)) }
}

/// Faults for a reason that has no name of its own: only loads and stores of
/// single words may be unaligned.
#[cfg(armv7m)]
pub fn unaligned() {
    let word = black_box([0u32; 2]);
    let address = word.as_ptr().expose_provenance() + 1;
    // SAFETY: it faults, and would only read otherwise.
    unsafe {
        asm!("ldrd {a}, {b}, [{address}]", address = in(reg) address,
            a = out(reg) _, b = out(reg) _, options(nostack, readonly));
    }
}

#[cfg(armv6m)]
pub fn unaligned() {
    let word = black_box([0u32; 2]);
    read((word.as_ptr().expose_provenance() + 1) as u32);
}

/// Recurses until the stack is used up.
#[allow(unconditional_recursion)]
pub fn use_up_the_stack(n: u32) -> u32 {
    let frame = black_box([n; 16]);
    use_up_the_stack(n.wrapping_add(1)).wrapping_add(frame[3])
}
