// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What no task may do.

use core::arch::{asm, naked_asm};
use userlib::FromPrimitive;

/// Something that no task may do. What happens depends on the kernel, so none
/// of it is undefined as far as Rust is concerned: it is all assembly.
#[derive(Copy, Clone, Debug, Eq, PartialEq, userlib::FromPrimitive)]
#[repr(u32)]
pub enum Mischief {
    /// Load the word at the argument.
    Read = 1,
    /// Store a word at the argument.
    Write,
    /// Call the argument.
    Execute,
    /// Divide by zero.
    Divide,
    /// Execute an instruction that is defined to be undefined.
    Undefined,
    /// Load two words at once from the argument, which is not aligned.
    Unaligned,
    /// Branch to code of another instruction set.
    LeaveThumb,
    /// Make a harmless system call with the stack pointer at the argument.
    CallOnStack,
    /// Push a word with the stack pointer at the argument.
    PushOnStack,
    /// As `CallOnStack`, with all floating point registers in use.
    FloatingCallOnStack,
    /// Execute an undefined instruction with all floating point registers in
    /// use. See [`crate::floating::fill`] for what they hold.
    FloatingUndefined,
    /// Move to a floating point register.
    UseFpu,
    /// Panic.
    Panic,
    /// Return from `main`.
    ReturnFromMain,
    /// Mask all interrupts. Goes on; PRIMASK results.
    MaskInterrupts,
    /// Become privileged. Goes on; CONTROL results.
    BecomePrivileged,
}

/// Commits the mischief. Returns what results, if anything does.
pub fn commit(what: u32, argument: u32) -> u32 {
    match Mischief::from_u32(what) {
        Some(Mischief::Read) => return read(argument),
        Some(Mischief::Write) => write(argument),
        Some(Mischief::Execute) => execute(argument | 1),
        Some(Mischief::Divide) => divide(),
        Some(Mischief::Undefined) => undefined(),
        Some(Mischief::Unaligned) => unaligned(argument),
        Some(Mischief::LeaveThumb) => leave_thumb(),
        Some(Mischief::CallOnStack) => call_on_stack(argument),
        Some(Mischief::PushOnStack) => push_on_stack(argument),
        #[cfg(target_abi = "eabihf")]
        Some(Mischief::FloatingCallOnStack) => {
            crate::floating::fill();
            call_on_stack(argument);
        }
        #[cfg(target_abi = "eabihf")]
        Some(Mischief::FloatingUndefined) => {
            crate::floating::fill();
            undefined();
        }
        Some(Mischief::UseFpu) => use_fpu(),
        Some(Mischief::Panic) => panic!("as the script says"),
        Some(Mischief::ReturnFromMain) => return_from_main(),
        Some(Mischief::MaskInterrupts) => return mask_interrupts(),
        Some(Mischief::BecomePrivileged) => return become_privileged(),
        _ => panic!("the script is wrong"),
    }
    0
}

fn read(address: u32) -> u32 {
    let word;
    // SAFETY: the load either faults or has no effect.
    unsafe { asm!("ldr {}, [{}]", out(reg) word, in(reg) address) };
    word
}

fn write(address: u32) {
    // SAFETY: the store faults, or the script names memory that is made for
    // it.
    unsafe { asm!("str {}, [{}]", in(reg) 0x5C51_B71Eu32, in(reg) address) };
}

fn execute(address: u32) {
    // SAFETY: there is no code at any address that scripts use, so nothing
    // comes back that could have changed more than the link register.
    unsafe { asm!("blx {}", in(reg) address, out("lr") _) };
}

/// Calls code that exists, but at an address without the bit that says which
/// instruction set it is in.
fn leave_thumb() {
    let code = undefined as fn() as usize as u32;
    execute(code & !1);
}

#[cfg(not(armv6m))]
fn divide() {
    // SAFETY: computes a number nobody uses.
    unsafe { asm!("udiv {0}, {0}, {1}", inout(reg) 1 => _, in(reg) 0) };
}

/// There is no instruction for that.
#[cfg(armv6m)]
fn divide() {
    undefined();
}

fn undefined() {
    // SAFETY: faults, and has no other effect.
    unsafe { asm!("udf #1") };
}

fn unaligned(address: u32) {
    // SAFETY: the load either faults or has no effect.
    unsafe {
        asm!(
            "ldm {}!, {{r0, r1}}",
            inout(reg) address => _,
            out("r0") _,
            out("r1") _,
        );
    }
}

/// The system call is GET_TIMER. It is in a function of its own, because
/// debuggers look at what happens to the stack before such an instruction.
#[unsafe(naked)]
extern "C" fn call_on_stack(stack_pointer: u32) {
    naked_asm!(
        "ldr r2, 2f",
        "movs r1, #9",
        "mov r11, r1",
        "mov sp, r0",
        "bx r2",
        ".p2align 2",
        "2: .word {call}",
        call = sym call_and_fault,
    )
}

#[unsafe(naked)]
extern "C" fn call_and_fault() {
    naked_asm!("svc #0", "udf #2")
}

#[unsafe(naked)]
extern "C" fn push_on_stack(stack_pointer: u32) {
    naked_asm!("mov sp, r0", "push {{r4}}", "udf #2")
}

/// VMOV s0, r0.
fn use_fpu() {
    // SAFETY: faults, or loads a register that is declared as changed where it
    // exists.
    #[cfg(target_abi = "eabihf")]
    unsafe {
        asm!("vmov s0, r0", out("s0") _);
    }
    // SAFETY: as above.
    #[cfg(not(target_abi = "eabihf"))]
    unsafe {
        asm!(".inst.w 0xEE000A10");
    }
}

/// `main` is called with nothing of interest in the registers, so this is what
/// its return would do if it had been the entry point.
fn return_from_main() {
    // SAFETY: does not come back.
    unsafe {
        asm!(
            "movs r0, #0",
            "mvns r0, r0",
            "mov lr, r0",
            "bx lr",
            options(noreturn)
        );
    }
}

fn mask_interrupts() -> u32 {
    let primask;
    // SAFETY: without privilege, the first instruction does nothing.
    unsafe { asm!("cpsid i", "mrs {}, primask", out(reg) primask) };
    primask
}

fn become_privileged() -> u32 {
    let control;
    // SAFETY: without privilege, the first instruction does nothing to nPRIV,
    // and it leaves the other bits as they are.
    unsafe {
        asm!(
            "mrs {0}, control",
            "movs {1}, #1",
            "bics {0}, {1}",
            "msr control, {0}",
            "isb",
            "mrs {0}, control",
            out(reg) control,
            out(reg) _,
        );
    }
    control
}
