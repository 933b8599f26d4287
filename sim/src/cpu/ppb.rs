// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What `rsemu` leaves out before an instruction: privilege on the private
//! peripheral bus, ICTR, device memory, instructions that a core does not
//! have, and the traps in a fault handler that lock a core up.

use super::fast::{Class, Decoded, Hot, PPB, it_advance};
use super::{Cpu, Pause};
use rsemu::cpu::arm::v7m::isa::{Insn, MemOffset};
use rsemu::cpu::arm::v7m::sys::{Exception, ccr, fsr};
use std::ops::{Range, RangeInclusive};

/// Interrupt controller type: how many interrupt lines exist.
const ICTR: u32 = 0xe000_e004;
/// The STM32WL55 has 63, which is two groups of 32.
const ICTR_VALUE: u32 = 1;
/// Software trigger interrupt register.
const STIR: u32 = 0xe000_ef00;

/// Device memory: never executable, only aligned accesses (ARMv7-M ARM,
/// B3.1).
const DEVICES: Range<u32> = 0x4000_0000..0x6000_0000;
/// More device memory and the system space, never executable either.
const SYSTEM: RangeInclusive<u32> = 0xa000_0000..=0xffff_ffff;

impl Cpu {
    /// Deals with an instruction that must not simply go to `rsemu`. `None`
    /// means that it may.
    pub(super) fn intercept(
        &mut self,
        decoded: &Decoded,
    ) -> Option<Option<Pause>> {
        if self.hot.it != 0 && !self.hot.passes_it() {
            return None;
        }
        if decoded.class == Class::Absent {
            return Some(self.raise(
                Exception::USAGE_FAULT,
                fsr::UF_UNDEFINSTR,
                0,
            ));
        }
        match decoded.insn {
            // No handler can preempt: neither may be taken.
            Insn::Svc { .. } | Insn::Bkpt { .. } if self.view.priority < 0 => {
                return Some(self.lock_up());
            }
            _ => {}
        }
        let (addr, unprivileged) = data_address(&self.hot, &decoded.insn)?;
        if DEVICES.contains(&addr) && !is_aligned(addr, &decoded.insn) {
            let status = fsr::UF_UNALIGNED;
            return Some(self.raise(Exception::USAGE_FAULT, status, 0));
        }
        if !PPB.contains(&addr) {
            return None;
        }
        if unprivileged && !(addr == STIR && self.may_trigger()) {
            let status = fsr::BF_PRECISERR | fsr::BF_BFARVALID;
            return Some(self.raise(Exception::BUS_FAULT, status, addr));
        }
        if let Insn::LoadStore { load: true, rt, .. } = decoded.insn
            && addr == ICTR
            && !self.kind.is_v6m()
        {
            self.hot.r[usize::from(rt & 15)] = ICTR_VALUE;
            self.hot.r[15] += u32::from(decoded.len);
            self.hot.it = it_advance(self.hot.it);
            self.hot_is_newer = true;
            self.local += 2;
            self.ticks += 2;
            self.counters.busy_cycles += 2;
            self.counters.instructions += 1;
            return Some(None);
        }
        None
    }

    /// Deals with a PC that does not point to memory.
    pub(super) fn intercept_fetch(&mut self) -> Option<Option<Pause>> {
        let pc = self.hot.r[15];
        if self.hot.is_thumb()
            && (DEVICES.contains(&pc) || SYSTEM.contains(&pc))
        {
            let status = fsr::MM_IACCVIOL;
            return Some(self.raise(Exception::MEM_MANAGE, status, 0));
        }
        None
    }

    fn may_trigger(&self) -> bool {
        self.arm.with_sys(|sys| sys.ccr & ccr::USERSETMPEND != 0)
    }

    /// Raises the synchronous fault `exception` for the instruction at the
    /// PC.
    fn raise(
        &mut self,
        exception: Exception,
        status: u32,
        bfar: u32,
    ) -> Option<Pause> {
        let priority = self.view.priority;
        if priority < 0 {
            return self.lock_up();
        }
        self.flush();
        self.arm.with_sys(|sys| {
            sys.cfsr |= status;
            if status & fsr::BF_BFARVALID != 0 {
                sys.bfar = bfar;
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
        self.step_rsemu()
    }

    /// Faults where no fault can be taken.
    pub(super) fn lock_up(&mut self) -> Option<Pause> {
        // Nothing is mapped there, so the fetch faults at a priority that
        // does not allow it.
        self.hot.r[15] = 0xffff_fffe;
        self.hot_is_newer = true;
        self.step_rsemu()
    }
}

/// Whether an access to `addr` has the alignment of its size.
fn is_aligned(addr: u32, insn: &Insn) -> bool {
    let size = match insn {
        Insn::LoadStore { size, .. } | Insn::LoadLiteral { size, .. } => {
            size.bytes()
        }
        // The others fault by themselves.
        _ => 1,
    };
    addr.is_multiple_of(size)
}

/// The first address that an instruction is going to access, and whether it
/// does so without privilege.
pub(super) fn data_address(hot: &Hot, insn: &Insn) -> Option<(u32, bool)> {
    let reg = |n: u8| hot.r[usize::from(n & 15)];
    let moved = |base: u32, by: u32, add: bool| {
        if add {
            base.wrapping_add(by)
        } else {
            base.wrapping_sub(by)
        }
    };
    let pc = hot.r[15].wrapping_add(4) & !3;
    let unprivileged = !hot.privileged;
    Some(match *insn {
        Insn::LoadStore {
            rn,
            offset,
            index,
            add,
            unpriv,
            ..
        } => {
            let by = match offset {
                MemOffset::Imm(v) => v,
                MemOffset::Reg { rm, lsl } => reg(rm) << u32::from(lsl),
            };
            let addr = if index {
                moved(reg(rn), by, add)
            } else {
                reg(rn)
            };
            (addr, unprivileged || unpriv)
        }
        Insn::LoadLiteral { imm, add, .. } => {
            (moved(pc, imm, add), unprivileged)
        }
        Insn::LoadStoreDual {
            rn,
            imm,
            index,
            add,
            ..
        } => {
            let base = if rn == 15 { pc } else { reg(rn) };
            let addr = if index { moved(base, imm, add) } else { base };
            (addr, unprivileged)
        }
        Insn::LoadStoreExclusive { rn, imm, .. } => {
            (reg(rn).wrapping_add(imm), unprivileged)
        }
        Insn::LoadStoreMultiple {
            rn, list, before, ..
        } => {
            let span = 4 * list.count_ones();
            let addr = if before {
                reg(rn).wrapping_sub(span)
            } else {
                reg(rn)
            };
            (addr, unprivileged)
        }
        _ => return None,
    })
}
