// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What `rsemu` leaves out around exceptions.
//!
//! A frame that an exception pushes inside an IT block must carry the state
//! of the block, and a push or pop of a frame that the MPU or the bus refuses
//! is a fault of its own, a *derived exception* (ARMv7-M ARM, B1.5.6 to
//! B1.5.8).

use super::access::access;
use super::code::Decoded;
use super::regs::{State, it_advance, it_bits};
use super::{Cpu, system};
use rsemu::cpu::arm::v7m::isa::Insn;
use rsemu::cpu::arm::v7m::sys::{
    self, Exception, Sys, control, exc_return, fsr,
};
use rsemu::cpu::arm::v7m::{Regs, xpsr};

/// The lowest value in LR that says "exception handler".
const EXC_RETURN: u32 = 0xffff_ffe0;
/// EXC_RETURN: the frame lies on the process stack.
const ON_PSP: u32 = 1 << 2;
/// EXC_RETURN: the exception returns to Thread mode.
const TO_THREAD: u32 = 1 << 3;
/// Words of a frame.
const FRAME_LR: u32 = 5;
const FRAME_PC: u32 = 6;
const FRAME_XPSR: u32 = 7;
/// Stacked xPSR: there is a word of padding above the frame.
const PADDED: u32 = 1 << 9;

/// An exception that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Exception number.
    pub number: u16,
    /// The interrupted instruction: the faulting one for a fault.
    pub pc: u32,
    /// Registers of the interrupted code.
    pub lr: u32,
    pub sp: u32,
    pub xpsr: u32,
    /// Fault status registers.
    pub cfsr: u32,
    pub hfsr: u32,
    pub mmfar: u32,
    pub bfar: u32,
}

impl Taken {
    pub fn is_fault(&self) -> bool {
        is_fault(Exception(self.number))
    }
}

fn is_fault(exception: Exception) -> bool {
    (Exception::HARD_FAULT..=Exception::USAGE_FAULT).contains(&exception)
}

/// The fault status as it was before a step: whether a transfer of a frame
/// failed is told by what the step adds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FaultStatus {
    cfsr: u32,
    hfsr: u32,
}

impl FaultStatus {
    pub fn of(sys: &Sys) -> Self {
        FaultStatus {
            cfsr: sys.cfsr,
            hfsr: sys.hfsr,
        }
    }
}

/// How a handler was reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// With a frame of its own.
    Pushed,
    /// With the frame of the handler before it.
    Chained,
}

/// A push or pop of a frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transfer {
    Push,
    Pop,
}

impl Cpu {
    /// After a step that started from `before`: finds out whether it took an
    /// exception and corrects what `rsemu` left out.
    pub(super) fn settle_exception(&mut self, before: &Regs) -> Option<Taken> {
        let after = self.arm.regs();
        let taken = match self.entry(before, &after) {
            Some(entry) => Some(self.settle_entry(before, &after, entry)),
            // A return always changes the exception number.
            None if before.in_handler()
                && before.exception() != after.exception() =>
            {
                self.settle_return(before, &after)
            }
            None => return None,
        };
        self.event = true;
        self.status = self.arm.with_sys(|sys| FaultStatus::of(sys));
        taken
    }

    /// Whether the core is at the first instruction of a handler, and how it
    /// came there.
    fn entry(&self, before: &Regs, after: &Regs) -> Option<Entry> {
        let number = after.exception();
        let lr = after.r[14];
        if number == Exception::THREAD || lr < EXC_RETURN {
            return None;
        }
        let vector = self.arm.vtor().wrapping_add(number.vector_offset());
        if self.read_word(vector)? & !1 != after.r[15] {
            return None;
        }
        // Tail-chained: the frame of the handler that has just ended stays.
        let old = before.exception();
        let chained = before.in_handler()
            && (lr & TO_THREAD != 0
                || old == number
                || !self.arm.with_sys(|sys| sys.is_active(old)));
        Some(if chained {
            Entry::Chained
        } else {
            Entry::Pushed
        })
    }

    fn settle_entry(
        &mut self,
        before: &Regs,
        after: &Regs,
        entry: Entry,
    ) -> Taken {
        let mut number = after.exception();
        if entry == Entry::Pushed {
            if before.it() != 0 {
                self.save_it_state(before, after);
            }
            number = self.derived_of_push(before, after, number);
        }
        self.record(before, after, entry, number)
    }

    fn settle_return(&mut self, before: &Regs, after: &Regs) -> Option<Taken> {
        if before.it() != 0 {
            self.restore_it_state(before, after);
        }
        let taken = self.derived_of_pop(before, after);
        let sleeps = taken.is_none()
            && !after.in_handler()
            && self
                .arm
                .with_sys(|sys| sys.scr & system::SCR_SLEEPONEXIT != 0);
        if sleeps {
            self.wait_for_interrupt();
        }
        taken
    }

    /// Word `n` of a frame.
    fn frame_word(&self, frame: u32, n: u32) -> Option<u32> {
        self.read_word(frame.wrapping_add(4 * n))
    }

    /// Adds the state of the interrupted IT block to the stacked xPSR.
    fn save_it_state(&mut self, before: &Regs, after: &Regs) {
        let frame = pushed_frame(after);
        let Some(pc) = self.frame_word(frame, FRAME_PC) else {
            return;
        };
        let it = if pc == before.r[15] {
            before.it()
        } else {
            it_advance(before.it())
        };
        if let Some(stacked) = self.frame_word(frame, FRAME_XPSR) {
            let addr = frame.wrapping_add(4 * FRAME_XPSR);
            self.write_word(addr, stacked | it_bits(it));
        }
    }

    /// After a return that was itself part of an IT block: `rsemu` has moved
    /// the state that it popped on by one instruction. The frame still has it
    /// as it was.
    fn restore_it_state(&mut self, before: &Regs, after: &Regs) {
        let frame = popped_frame(before, after);
        if let Some(popped) = self.frame_word(frame, FRAME_XPSR) {
            let others = after.xpsr & !xpsr::IT_MASK;
            self.arm.set_xpsr(others | popped & xpsr::IT_MASK);
        }
    }

    /// If the frame could not be pushed, takes or pends the derived
    /// exception. Returns the exception whose handler runs.
    fn derived_of_push(
        &mut self,
        before: &Regs,
        after: &Regs,
        original: Exception,
    ) -> Exception {
        let priority = if before.is_negative() { -1 } else { 0 };
        let refused = |sys: &Sys| {
            let frame = pushed_frame(after);
            let privileged = before.is_privileged();
            refuses(sys, frame, sys::Access::Write, privileged, priority)
        };
        let Some(derived) = self.derived(Transfer::Push, original, refused)
        else {
            return original;
        };
        let preempts = self.arm.with_sys(|sys| {
            sys.priority_of(derived) < sys.priority_of(original)
        });
        if !preempts {
            // HardFault does not wait for itself: its handler runs with the
            // stack pointer where the frame should be.
            if derived != original {
                self.arm.with_sys(|sys| sys.set_pending(derived, true));
            }
            return original;
        }
        // The derived exception arrives late: it is taken first, with the
        // same frame, and the original one stays pending.
        self.arm.with_sys(|sys| {
            sys.set_active(original, false);
            sys.set_pending(original, true);
            sys.set_active(derived, true);
        });
        self.enter(*after, derived);
        derived
    }

    /// If a frame could not be popped, enters the derived exception as if it
    /// were tail-chained.
    fn derived_of_pop(&mut self, before: &Regs, after: &Regs) -> Option<Taken> {
        let frame = popped_frame(before, after);
        // The handler is no longer active, so this is the priority with
        // which the frame was read.
        let priority = self.arm.execution_priority();
        let privileged = after.is_privileged();
        let derived =
            self.derived(Transfer::Pop, Exception::THREAD, |sys| {
                refuses(sys, frame, sys::Access::Read, privileged, priority)
            })?;
        let lr = self.returned_with(before)?;
        let mut regs = *after;
        regs.r[..4].copy_from_slice(&before.r[..4]);
        regs.r[12] = before.r[12];
        regs.r[14] = lr;
        if lr & ON_PSP != 0 {
            regs.psp = frame;
        } else {
            regs.msp = frame;
        }
        regs.control = before.control;
        self.arm.with_sys(|sys| sys.set_active(derived, true));
        let regs = self.enter(regs, derived);
        Some(self.record(before, &regs, Entry::Chained, derived))
    }

    /// The EXC_RETURN with which the instruction at the PC ends a handler.
    fn returned_with(&self, before: &Regs) -> Option<u32> {
        let insn = Decoded::fetch(&self.space, before.r[15], false)?.insn;
        if let Insn::Bx { rm } | Insn::Blx { rm } = insn {
            return Some(before.r[usize::from(rm & 15)]);
        }
        let addr = access(before, &insn)?.addr;
        match insn {
            // The PC is the last register of a POP.
            Insn::LoadStoreMultiple { list, .. } => {
                self.frame_word(addr, list.count_ones() - 1)
            }
            _ => self.read_word(addr),
        }
    }

    /// The derived exception of a transfer that `rsemu` found to fail, with
    /// the fault status corrected. `refused` tells whether it was the MPU
    /// that refused it, rather than the bus.
    fn derived(
        &mut self,
        transfer: Transfer,
        original: Exception,
        refused: impl Fn(&Sys) -> bool,
    ) -> Option<Exception> {
        let (by_bus, by_mpu) = match transfer {
            Transfer::Push => (fsr::BF_STKERR, fsr::MM_MSTKERR),
            Transfer::Pop => (fsr::BF_UNSTKERR, fsr::MM_MUNSTKERR),
        };
        let old = self.status;
        self.arm.with_sys(|sys| {
            if sys.cfsr & !old.cfsr & by_bus == 0 {
                return None;
            }
            // `rsemu` claims that the failure was escalated. What was before
            // the transfer, perhaps was.
            if original != Exception::HARD_FAULT {
                sys.hfsr = sys.hfsr & !fsr::HF_FORCED | old.hfsr;
            }
            let target = if refused(sys) {
                sys.cfsr = sys.cfsr & !by_bus | by_mpu;
                Exception::MEM_MANAGE
            } else {
                Exception::BUS_FAULT
            };
            Some(escalate(sys, target))
        })
    }

    /// Moves to the first instruction of the handler of `exception`.
    fn enter(&mut self, mut regs: Regs, exception: Exception) -> Regs {
        let vector = self.arm.vtor().wrapping_add(exception.vector_offset());
        let entry = self.read_word(vector).unwrap_or(0);
        regs.r[15] = entry & !1;
        regs.xpsr &= !(xpsr::EXCEPTION | xpsr::T | xpsr::IT_MASK);
        regs.xpsr |= u32::from(exception.0);
        if entry & 1 != 0 {
            regs.xpsr |= xpsr::T;
        }
        self.arm.set_regs(regs);
        regs
    }

    /// Counts the exception and describes what it interrupted.
    fn record(
        &mut self,
        before: &Regs,
        after: &Regs,
        entry: Entry,
        number: Exception,
    ) -> Taken {
        let count = self.counters.exceptions.get_mut(usize::from(number.0));
        if let Some(n) = count {
            *n += 1;
        }
        let frame = pushed_frame(after);
        let word = |n| self.frame_word(frame, n);
        let (pc, lr, sp, xpsr) = match entry {
            Entry::Pushed => {
                let pc = match word(FRAME_PC) {
                    Some(pc) if !is_fault(number) => pc,
                    _ => before.r[15],
                };
                (pc, before.r[14], before.r[13], before.xpsr)
            }
            Entry::Chained => {
                let [pc, lr, xpsr] = [FRAME_PC, FRAME_LR, FRAME_XPSR]
                    .map(|n| word(n).unwrap_or(0));
                let has_fp = after.r[14] & exc_return::FP_FRAME == 0;
                (pc, lr, frame.wrapping_add(size(xpsr, has_fp)), xpsr)
            }
        };
        let is_v6m = self.kind.is_v6m();
        self.arm.with_sys(|sys| {
            let taken = Taken {
                number: number.0,
                pc,
                lr,
                sp,
                xpsr,
                cfsr: sys.cfsr,
                hfsr: sys.hfsr,
                mmfar: sys.mmfar,
                bfar: sys.bfar,
            };
            if is_v6m {
                // These registers do not exist there.
                sys.cfsr = 0;
                sys.hfsr = 0;
                sys.mmfar = 0;
                sys.bfar = 0;
            }
            taken
        })
    }
}

/// The address of the frame that an EXC_RETURN in LR describes.
fn pushed_frame(after: &Regs) -> u32 {
    if after.r[14] & ON_PSP != 0 {
        after.psp
    } else {
        after.msp
    }
}

/// The address of the frame that a return has popped.
fn popped_frame(before: &Regs, after: &Regs) -> u32 {
    if !after.in_handler() && after.control & control::SPSEL != 0 {
        return before.psp;
    }
    // Frames on the main stack are 8-byte aligned, so the stack pointer tells
    // the padding.
    let padded = if after.msp & 4 != 0 { PADDED } else { 0 };
    let has_fp = after.control & control::FPCA != 0;
    after.msp.wrapping_sub(size(padded, has_fp))
}

/// The size of a frame with its padding.
fn size(stacked_xpsr: u32, has_fp: bool) -> u32 {
    let frame = if has_fp {
        exc_return::EXTENDED_FRAME
    } else {
        exc_return::BASIC_FRAME
    };
    let padding = if stacked_xpsr & PADDED != 0 { 4 } else { 0 };
    frame + padding
}

/// Whether the MPU refuses a word of the frame. Lazy preservation only
/// reserves the floating-point part.
fn refuses(
    sys: &Sys,
    frame: u32,
    access: sys::Access,
    privileged: bool,
    priority: i32,
) -> bool {
    !(0..8).all(|n| {
        let addr = frame.wrapping_add(4 * n);
        sys.mpu_permits(addr, access, privileged, priority)
    })
}

/// The exception that a fault ends up as.
fn escalate(sys: &mut Sys, target: Exception) -> Exception {
    if sys.is_enabled(target) {
        target
    } else {
        sys.hfsr |= fsr::HF_FORCED;
        Exception::HARD_FAULT
    }
}
