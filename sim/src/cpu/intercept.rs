// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What `rsemu` leaves out before an instruction: privilege on the private
//! peripheral bus, ICTR, device memory, sleep, instructions that a core does
//! not have, and the traps in a fault handler that lock a core up.

use super::access::{Access, DEVICES, access, is_device};
use super::code::{Class, Decoded};
use super::regs::{State, it_advance};
use super::{Cpu, Pause, system};
use rsemu::cpu::arm::v7m::isa::{HintOp, Insn};
use rsemu::cpu::arm::v7m::sys::{self, Exception, Sys, ccr, fsr, in_ppb};
use rsemu::cpu::arm::v7m::{Regs, xpsr};

/// Interrupt controller type: how many interrupt lines exist.
const ICTR: u32 = 0xe000_e004;
/// The STM32WL55 has 63, which is two groups of 32.
const ICTR_VALUE: u32 = 1;
/// Software trigger interrupt register.
const STIR: u32 = 0xe000_ef00;

/// Where the PC of a locked up core stands.
const LOCKED_UP: u32 = 0xffff_fffe;

impl Cpu {
    /// Deals with the instruction at the PC if `rsemu` alone would not do it
    /// right. `None` means that it does.
    #[inline]
    pub(super) fn intercept(&mut self, before: &Regs) -> Option<Option<Pause>> {
        let pc = before.r[15];
        let (space, is_v6m) = (&self.space, self.kind.is_v6m());
        let fetch = || Decoded::fetch(space, pc, is_v6m);
        let Some(decoded) = self.code.at(pc, fetch) else {
            return self.intercept_fetch(before);
        };
        match decoded.class {
            Class::Ordinary => None,
            Class::Access => {
                let access = access(before, &decoded.insn)?;
                // All memory lies below.
                if access.addr < DEVICES {
                    return None;
                }
                self.intercept_access(before, &decoded, access)
            }
            Class::Special | Class::Absent => {
                self.intercept_special(before, &decoded)
            }
        }
    }

    /// Whether the instruction at the PC is what `rsemu` is going to execute:
    /// no exception comes first, it can be fetched, and its condition holds.
    fn is_next(&self, before: &Regs, decoded: &Decoded) -> bool {
        if before.xpsr & xpsr::T == 0 || before.skips_next() {
            return false;
        }
        let privileged = before.is_privileged();
        let first = before.r[15];
        let last = first.wrapping_add(u32::from(decoded.len) - 1);
        self.unless_preempted(|sys, priority| {
            [first, last].iter().all(|&addr| {
                let fetch = sys::Access::Fetch;
                sys.mpu_permits(addr, fetch, privileged, priority)
            })
        })
    }

    /// Whether `condition` holds, at the present priority, and `rsemu` is not
    /// going to take an exception first.
    fn unless_preempted(
        &self,
        condition: impl FnOnce(&Sys, i32) -> bool,
    ) -> bool {
        let priority = self.arm.execution_priority();
        let levels = self.levels;
        self.arm.with_sys(|sys| {
            system::latch(sys, levels);
            let preempted =
                sys.highest_pending().is_some_and(|(_, p)| p < priority);
            !preempted && condition(sys, priority)
        })
    }

    /// A PC that does not point to memory.
    fn intercept_fetch(&mut self, before: &Regs) -> Option<Option<Pause>> {
        let refused = before.xpsr & xpsr::T != 0
            && is_device(before.r[15])
            && self.unless_preempted(|_, _| true);
        refused.then(|| {
            let status = fsr::MM_IACCVIOL;
            self.raise(before, Exception::MEM_MANAGE, status, None)
        })
    }

    fn intercept_special(
        &mut self,
        before: &Regs,
        decoded: &Decoded,
    ) -> Option<Option<Pause>> {
        if !self.is_next(before, decoded) {
            return None;
        }
        if decoded.class == Class::Absent {
            let status = fsr::UF_UNDEFINSTR;
            let pause =
                self.raise(before, Exception::USAGE_FAULT, status, None);
            return Some(pause);
        }
        match decoded.insn {
            Insn::Hint { op } => {
                self.finish(before, decoded);
                match op {
                    HintOp::Wfi => self.wait_for_interrupt(),
                    HintOp::Wfe => self.wait_for_event(),
                    _ => self.send_event(),
                }
                Some(self.probe(before.r[15]))
            }
            // No handler can preempt: neither SVCall nor HardFault may be
            // taken.
            _ if before.is_negative() => Some(self.lock_up(before)),
            _ => None,
        }
    }

    /// An access to device memory or the system space.
    fn intercept_access(
        &mut self,
        before: &Regs,
        decoded: &Decoded,
        access: Access,
    ) -> Option<Option<Pause>> {
        let Access {
            addr,
            align,
            privileged,
        } = access;
        let is_next = || self.is_next(before, decoded);
        if is_device(addr) && !addr.is_multiple_of(align) && is_next() {
            let status = fsr::UF_UNALIGNED;
            let pause =
                self.raise(before, Exception::USAGE_FAULT, status, None);
            return Some(pause);
        }
        if !in_ppb(addr) {
            return None;
        }
        let permitted = privileged || addr == STIR && self.may_trigger();
        if !permitted && is_next() {
            let status = fsr::BF_PRECISERR | fsr::BF_BFARVALID;
            let pause =
                self.raise(before, Exception::BUS_FAULT, status, Some(addr));
            return Some(pause);
        }
        let ictr_to = match decoded.insn {
            Insn::LoadStore { load: true, rt, .. }
                if addr == ICTR && !self.kind.is_v6m() && is_next() =>
            {
                Some(rt)
            }
            _ => None,
        };
        let pause = self.step(before);
        if let Some(rt) = ictr_to {
            self.arm.set_reg(rt, ICTR_VALUE);
        }
        self.after_system_access();
        Some(pause)
    }

    fn may_trigger(&self) -> bool {
        self.arm.with_sys(|sys| sys.ccr & ccr::USERSETMPEND != 0)
    }

    /// Moves on from an instruction that `rsemu` does not get to see.
    fn finish(&mut self, before: &Regs, decoded: &Decoded) {
        let mut regs = *before;
        regs.r[15] = regs.r[15].wrapping_add(decoded.len.into());
        regs.set_it(it_advance(regs.it()));
        self.arm.set_regs(regs);
        self.arm.with_sys(|sys| system::tick(sys, 1));
        self.local += 1;
        self.counters.busy_cycles += 1;
        self.counters.instructions += 1;
    }

    /// Raises the synchronous fault `exception` for the instruction at the
    /// PC.
    fn raise(
        &mut self,
        before: &Regs,
        exception: Exception,
        status: u32,
        bfar: Option<u32>,
    ) -> Option<Pause> {
        if before.is_negative() {
            return self.lock_up(before);
        }
        let priority = self.arm.execution_priority();
        self.arm.with_sys(|sys| {
            sys.cfsr |= status;
            if let Some(addr) = bfar {
                sys.bfar = addr;
            }
            let own_handler = sys.is_enabled(exception)
                && sys.priority_of(exception) < priority;
            if own_handler {
                sys.set_pending(exception, true);
            } else {
                sys.hfsr |= fsr::HF_FORCED;
                sys.set_pending(Exception::HARD_FAULT, true);
            }
        });
        self.step(before)
    }

    /// Faults where no fault can be taken.
    fn lock_up(&mut self, before: &Regs) -> Option<Pause> {
        // Nothing is mapped there, so the fetch faults at a priority that
        // does not allow it.
        self.arm.set_pc(LOCKED_UP);
        self.step(before)
    }
}
