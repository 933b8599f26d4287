// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Where an instruction is going to access memory.

use super::regs::State;
use rsemu::cpu::arm::v7m::Regs;
use rsemu::cpu::arm::v7m::fpisa::FpInsn;
use rsemu::cpu::arm::v7m::isa::{Insn, MemOffset};

/// The first address that is not code or data in memory.
pub(super) const DEVICES: u32 = 0x4000_0000;

/// Whether `addr` lies in device memory or the system space: never
/// executable, only aligned accesses (ARMv7-M ARM, B3.1).
pub(super) fn is_device(addr: u32) -> bool {
    matches!(addr, DEVICES..0x6000_0000 | 0xa000_0000..)
}

/// A data access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    /// The lowest address.
    pub addr: u32,
    /// The alignment that device memory asks for and that `rsemu` does not
    /// check anyway: 1, 2 or 4.
    pub align: u32,
    pub privileged: bool,
}

/// The access that `insn` makes with the registers `regs`.
#[inline]
pub(super) fn access(regs: &Regs, insn: &Insn) -> Option<Access> {
    let reg = |n: u8| regs.r[usize::from(n & 15)];
    let pc = || regs.r[15].wrapping_add(4) & !3;
    let privileged = regs.is_privileged();
    let aligned = |addr| Access {
        addr,
        align: 1,
        privileged,
    };
    Some(match *insn {
        Insn::LoadStore {
            size,
            rn,
            offset: by,
            index,
            add,
            unpriv,
            ..
        } => {
            let by = match by {
                _ if !index => 0,
                MemOffset::Imm(v) => v,
                MemOffset::Reg { rm, lsl } => reg(rm) << u32::from(lsl),
            };
            Access {
                addr: offset(reg(rn), by, add),
                align: size.bytes(),
                privileged: privileged && !unpriv,
            }
        }
        Insn::LoadLiteral { size, imm, add, .. } => Access {
            addr: offset(pc(), imm, add),
            align: size.bytes(),
            privileged,
        },
        Insn::LoadStoreDual {
            rn,
            imm,
            index,
            add,
            ..
        } => {
            let base = if rn == 15 { pc() } else { reg(rn) };
            aligned(offset(base, if index { imm } else { 0 }, add))
        }
        Insn::LoadStoreExclusive { rn, imm, .. } => {
            aligned(reg(rn).wrapping_add(imm))
        }
        Insn::LoadStoreMultiple {
            rn, list, before, ..
        } => {
            let span = if before { 4 * list.count_ones() } else { 0 };
            aligned(reg(rn).wrapping_sub(span))
        }
        Insn::TableBranch { rn, rm, half } => {
            let base = if rn == 15 {
                regs.r[15].wrapping_add(4)
            } else {
                reg(rn)
            };
            aligned(base.wrapping_add(reg(rm) << u32::from(half)))
        }
        Insn::Fp(FpInsn::Mem { rn, imm, add, .. }) => {
            let base = if rn == 15 { pc() } else { reg(rn) };
            aligned(offset(base, imm, add))
        }
        Insn::Fp(FpInsn::Multi { rn, count, add, .. }) => {
            let span = if add { 0 } else { 4 * u32::from(count) };
            aligned(reg(rn).wrapping_sub(span))
        }
        _ => return None,
    })
}

fn offset(base: u32, by: u32, add: bool) -> u32 {
    if add {
        base.wrapping_add(by)
    } else {
        base.wrapping_sub(by)
    }
}
