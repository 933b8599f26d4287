// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What `rsemu` leaves out around exceptions.
//!
//! A frame that an interrupt pushes inside an IT block must carry the state
//! of the block, and a push or pop of a frame that the MPU or the bus refuses
//! is a fault of its own, a *derived exception* (ARMv7-M ARM, B1.5.6 to
//! B1.5.8).

use super::fast::{Decoded, Hot, it_advance, it_bits};
use super::ppb::data_address;
use super::{Asleep, Cpu};
use rsemu::cpu::arm::v7m::isa::Insn;
use rsemu::cpu::arm::v7m::sys::{Access, Exception, Sys, fsr};
use rsemu::cpu::arm::v7m::{Regs, xpsr};

/// The lowest value in LR that says "exception handler".
const EXC_RETURN: u32 = 0xffff_ffe0;
/// EXC_RETURN: the frame lies on the process stack.
const ON_PSP: u32 = 1 << 2;
/// EXC_RETURN: the exception returns to Thread mode.
const TO_THREAD: u32 = 1 << 3;
/// EXC_RETURN: the frame has no floating-point registers.
const BASIC: u32 = 1 << 4;
/// CONTROL: the floating-point registers are in use.
const CONTROL_FPCA: u32 = 1 << 2;
const BASIC_FRAME: u32 = 32;
const EXTENDED_FRAME: u32 = 104;

/// No step of fewer cycles enters or leaves an exception.
const SHORTEST: u64 = 7;

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
        (Exception::HARD_FAULT.0..=Exception::USAGE_FAULT.0)
            .contains(&self.number)
    }
}

/// A push or pop of a frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transfer {
    Push,
    Pop,
}

impl Cpu {
    /// After a step of `cycles` that started from `before`: finds out whether
    /// it took an exception and corrects what `rsemu` left out.
    pub(super) fn settle_exception(
        &mut self,
        before: &Hot,
        cycles: u64,
    ) -> Option<Taken> {
        if cycles < SHORTEST {
            return None;
        }
        let regs = self.arm.regs();
        let entered = self.entered(&regs, before);
        if entered.is_none() && !before.in_handler {
            return None;
        }
        self.hot.exclusive = None;
        self.event = true;
        let Some(entered) = entered else {
            let mut regs = regs;
            if before.it != 0 {
                self.restore_it_state(before, &mut regs);
            }
            let taken = self.derived_of_pop(before, &regs);
            let to_thread = regs.exception() == Exception::THREAD;
            if taken.is_none() && to_thread && self.view.sleep_on_exit {
                self.asleep = Asleep::Wfi;
            }
            return taken;
        };
        let mut number = regs.exception();
        if entered == Entry::Pushed {
            if before.it != 0 {
                self.save_it_state(before, &regs);
            }
            number = self.derived_of_push(before, &regs, number);
        }
        Some(self.record(before, &regs, entered, number))
    }

    /// Whether the core is at the first instruction of a handler, and how it
    /// came there.
    fn entered(&self, regs: &Regs, before: &Hot) -> Option<Entry> {
        let number = regs.exception();
        let lr = regs.r[14];
        if number == Exception::THREAD || lr < EXC_RETURN {
            return None;
        }
        let vector = self.arm.vtor() + number.vector_offset();
        if self.read_word(vector)? & !1 != regs.r[15] {
            return None;
        }
        // Tail-chained: the frame of the handler that has just ended stays.
        let old = Exception((before.xpsr() & xpsr::EXCEPTION) as u16);
        let chained = before.in_handler
            && (lr & TO_THREAD != 0
                || old == number
                || !self.arm.with_sys(|sys| sys.is_active(old)));
        Some(if chained {
            Entry::Chained
        } else {
            Entry::Pushed
        })
    }

    /// Adds the state of the interrupted IT block to the stacked xPSR.
    fn save_it_state(&mut self, before: &Hot, regs: &Regs) {
        let frame = frame(regs);
        let Some(pc) = self.read_word(frame + 24) else {
            return;
        };
        let it = if pc == before.r[15] {
            before.it
        } else {
            it_advance(before.it)
        };
        if let Some(stacked) = self.read_word(frame + 28) {
            self.write_word(frame + 28, stacked | it_bits(it));
        }
    }

    /// After a return that was itself part of an IT block: `rsemu` has moved
    /// the state that it popped on by one instruction. The frame still has it
    /// as it was.
    fn restore_it_state(&mut self, before: &Hot, regs: &mut Regs) {
        if (before.xpsr() ^ regs.xpsr) & xpsr::EXCEPTION == 0 {
            return;
        }
        let size = if regs.control & CONTROL_FPCA != 0 {
            EXTENDED_FRAME
        } else {
            BASIC_FRAME
        };
        // Frames are 8-byte aligned, so the stack pointer tells the padding.
        let padding = regs.r[13] & 4;
        let frame = regs.r[13].wrapping_sub(size + padding);
        if let Some(popped) = self.read_word(frame + 28) {
            regs.xpsr = regs.xpsr & !xpsr::IT_MASK | popped & xpsr::IT_MASK;
            self.arm.set_regs(*regs);
            self.hot.reload(&self.arm.regs());
        }
    }

    /// If the frame could not be pushed, takes or pends the derived
    /// exception. Returns the exception whose handler runs.
    fn derived_of_push(
        &mut self,
        before: &Hot,
        regs: &Regs,
        original: Exception,
    ) -> Exception {
        let Some(derived) = self.derived(before, regs, Transfer::Push) else {
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
        let mut regs = *regs;
        self.enter(&mut regs, derived);
        derived
    }

    /// If a frame could not be popped, enters the derived exception as if it
    /// were tail-chained.
    fn derived_of_pop(&mut self, before: &Hot, after: &Regs) -> Option<Taken> {
        let derived = self.derived(before, after, Transfer::Pop)?;
        let returning = Exception((before.xpsr() & xpsr::EXCEPTION) as u16);
        let stacked = before.store();
        let mut regs = *after;
        regs.r[..4].copy_from_slice(&before.r[..4]);
        regs.r[12] = before.r[12];
        regs.psp = stacked.psp;
        regs.control = stacked.control;
        regs.r[14] = self.returned_with(before)?;
        if regs.r[14] & ON_PSP == 0 {
            // `rsemu` has moved the main stack past the frame.
            regs.msp = after.msp.wrapping_sub(BASIC_FRAME);
        }
        regs.xpsr = regs.xpsr & !xpsr::EXCEPTION | u32::from(derived.0);
        self.arm.with_sys(|sys| {
            sys.set_active(returning, false);
            sys.set_active(derived, true);
        });
        self.enter(&mut regs, derived);
        Some(self.record(before, &regs, Entry::Chained, derived))
    }

    /// The EXC_RETURN with which the instruction at the PC ends a handler.
    fn returned_with(&self, before: &Hot) -> Option<u32> {
        let pc = before.r[15];
        let second = self.bus.fetch(pc.wrapping_add(2)).unwrap_or(0);
        let d = Decoded::new(self.bus.fetch(pc)?, second, false);
        if let Insn::Bx { rm } | Insn::Blx { rm } = d.insn {
            return Some(before.r[usize::from(rm & 15)]);
        }
        let (addr, _) = data_address(before, &d.insn)?;
        match d.insn {
            // The PC is the last register of a POP.
            Insn::LoadStoreMultiple { list, .. } => {
                self.read_word(addr + 4 * (list.count_ones() - 1))
            }
            _ => self.read_word(addr),
        }
    }

    /// The derived exception of a transfer that `rsemu` found to fail, with
    /// the fault status corrected.
    fn derived(
        &mut self,
        before: &Hot,
        after: &Regs,
        transfer: Transfer,
    ) -> Option<Exception> {
        let failed = match transfer {
            Transfer::Push => fsr::BF_STKERR,
            Transfer::Pop => fsr::BF_UNSTKERR,
        };
        let news = self.arm.with_sys(|sys| sys.cfsr) & !self.view.cfsr;
        if news & failed == 0 {
            return None;
        }
        let by_mpu = self.mpu_refuses(before, after, transfer);
        let old_hfsr = self.view.hfsr;
        Some(self.arm.with_sys(|sys| {
            sys.hfsr = old_hfsr;
            let target = if by_mpu {
                sys.cfsr &= !failed;
                sys.cfsr |= match transfer {
                    Transfer::Push => fsr::MM_MSTKERR,
                    Transfer::Pop => fsr::MM_MUNSTKERR,
                };
                Exception::MEM_MANAGE
            } else {
                Exception::BUS_FAULT
            };
            escalate(sys, target)
        }))
    }

    /// Whether the MPU, rather than the bus, refuses a word of the frame.
    fn mpu_refuses(
        &mut self,
        before: &Hot,
        after: &Regs,
        transfer: Transfer,
    ) -> bool {
        let (base, access, privileged) = match transfer {
            Transfer::Push => (frame(after), Access::Write, before.privileged),
            // `rsemu` has already moved the stack pointer past the frame.
            Transfer::Pop => (
                after.r[13].wrapping_sub(BASIC_FRAME),
                Access::Read,
                after.control & 1 == 0,
            ),
        };
        let setup = super::view::mpu_setup;
        let view = self.view;
        let Cpu { arm, mpu, .. } = self;
        mpu.update(arm.with_sys(|sys| setup(sys, &view)));
        // Lazy preservation only reserves the floating-point part.
        !(0..8).all(|n| {
            mpu.permits(base.wrapping_add(4 * n), 4, access, privileged)
        })
    }

    /// Moves to the first instruction of the handler of `exception`.
    fn enter(&mut self, regs: &mut Regs, exception: Exception) {
        let vector = self.arm.vtor() + exception.vector_offset();
        let entry = self.read_word(vector).unwrap_or(0);
        regs.r[15] = entry & !1;
        regs.xpsr &= !(xpsr::EXCEPTION | xpsr::T | xpsr::IT_MASK);
        regs.xpsr |= u32::from(exception.0);
        if entry & 1 != 0 {
            regs.xpsr |= xpsr::T;
        }
        self.arm.set_regs(*regs);
        self.hot.reload(&self.arm.regs());
    }

    /// Counts the exception and describes what it interrupted.
    fn record(
        &mut self,
        before: &Hot,
        regs: &Regs,
        entry: Entry,
        number: Exception,
    ) -> Taken {
        let count = self.counters.exceptions.get_mut(usize::from(number.0));
        if let Some(n) = count {
            *n += 1;
        }
        let (pc, lr, sp, xpsr) = match entry {
            Entry::Pushed => {
                let return_to = self.read_word(frame(regs) + 24);
                let fault = (3..=6).contains(&number.0);
                let pc = match return_to {
                    Some(pc) if !fault => pc,
                    _ => before.r[15],
                };
                (pc, before.r[14], before.r[13], before.xpsr())
            }
            Entry::Chained => {
                let at = frame(regs);
                let word = |n: u32| self.read_word(at + 4 * n).unwrap_or(0);
                let size = if regs.r[14] & BASIC != 0 {
                    BASIC_FRAME
                } else {
                    EXTENDED_FRAME
                };
                let xpsr = word(7);
                let padding = (xpsr >> 9 & 1) * 4;
                (word(6), word(5), at + size + padding, xpsr)
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

/// How a handler was reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// With a frame of its own.
    Pushed,
    /// With the frame of the handler before it.
    Chained,
}

/// The address of the frame that an EXC_RETURN in LR describes.
fn frame(regs: &Regs) -> u32 {
    if regs.r[14] & ON_PSP != 0 {
        regs.psp
    } else {
        regs.msp
    }
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
