// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One instruction.

use super::bus::{Bail, Bus};
use super::mpu::Mpu;
use super::transfer::offset;
use super::{Decoded, Hot, alu, it_advance};
use rsemu::cpu::arm::v7m::isa::{Cond, Insn};

/// The lowest value that a handler's branch takes for an exception return.
const EXC_RETURN: u32 = 0xf000_0000;

/// Cycles beyond the first that a change of the PC costs.
const REFILL: u64 = 2;

pub(super) type Done = Result<u64, Bail>;

/// What an instruction works with.
pub(in crate::cpu) struct Context<'a> {
    pub hot: &'a mut Hot,
    pub mpu: &'a mut Mpu,
    pub bus: &'a Bus,
    pub now: u64,
}

impl Hot {
    #[inline]
    pub(super) fn reg(&self, index: u8) -> u32 {
        self.r[usize::from(index & 15)]
    }

    /// Writes a register; plain writes to the PC are dropped.
    #[inline]
    pub(super) fn set(&mut self, index: u8, value: u32) {
        if index != 15 {
            self.r[usize::from(index & 15)] = value;
        }
    }
}

impl Context<'_> {
    /// Executes `d` at the PC and returns the cycles it took. `None` means
    /// that nothing happened and `rsemu` has to do it.
    #[inline]
    pub fn execute(&mut self, d: &Decoded) -> Option<u64> {
        let pc = self.hot.r[15];
        let it = self.hot.it;
        // The PC reads as the instruction's address plus 4.
        self.hot.r[15] = pc.wrapping_add(4);
        let passed = it == 0 || self.hot.passes(Cond(it >> 4));
        let done = if passed {
            self.perform(d, pc, it)
        } else {
            Ok(0)
        };
        match done {
            Ok(extra) => {
                if extra & BRANCHED == 0 {
                    self.hot.r[15] = pc.wrapping_add(d.len.into());
                }
                if it != 0 && !matches!(d.insn, Insn::It { .. }) {
                    self.hot.it = it_advance(it);
                }
                Some(1 + (extra & !BRANCHED))
            }
            Err(Bail) => {
                self.hot.r[15] = pc;
                None
            }
        }
    }

    #[inline]
    fn perform(&mut self, d: &Decoded, pc: u32, it: u8) -> Done {
        let hot = &mut *self.hot;
        // Inside an IT block the 16-bit encodings leave the flags alone.
        let flags = |s: bool| s && (d.len == 4 || it == 0);
        match d.insn {
            Insn::DataProc {
                op,
                s,
                rd,
                rn,
                operand,
            } => {
                let test = op.is_test();
                let a = hot.reg(rn);
                let result =
                    hot.data(op, if test { s } else { flags(s) }, a, operand);
                if !test {
                    if rd == 15 {
                        return Ok(self.branch(result));
                    }
                    hot.set(rd, result);
                }
                Ok(0)
            }
            Insn::ShiftReg { ty, s, rd, rn, rm } => {
                let amount = hot.reg(rm) & 0xff;
                let (result, c) = alu::shift(ty, hot.reg(rn), amount, hot.c);
                hot.set(rd, result);
                if flags(s) {
                    hot.set_nz(result);
                    hot.c = c;
                }
                Ok(0)
            }
            Insn::Adr { rd, imm, add } => {
                hot.set(rd, offset(hot.r[15] & !3, imm, add));
                Ok(0)
            }
            Insn::MovImm16 { top, rd, imm } => {
                let imm = u32::from(imm);
                let value = if top {
                    hot.reg(rd) & 0xffff | imm << 16
                } else {
                    imm
                };
                hot.set(rd, value);
                Ok(0)
            }
            Insn::Branch { cond, offset } => {
                if cond.is_some_and(|c| !hot.passes(c)) {
                    return Ok(0);
                }
                let target = hot.r[15].wrapping_add(offset as u32);
                Ok(self.branch(target))
            }
            Insn::BranchLink { offset } => {
                hot.r[14] = pc.wrapping_add(4) | 1;
                let target = hot.r[15].wrapping_add(offset as u32);
                Ok(self.branch(target))
            }
            Insn::Bx { rm } => {
                let target = hot.reg(rm);
                self.interwork(target)
            }
            Insn::Blx { rm } => {
                let target = hot.reg(rm);
                let done = self.interwork(target)?;
                self.hot.r[14] = pc.wrapping_add(2) | 1;
                Ok(done)
            }
            Insn::Cbz {
                nonzero,
                rn,
                offset,
            } => {
                if (hot.reg(rn) != 0) != nonzero {
                    return Ok(0);
                }
                let target = hot.r[15].wrapping_add(offset);
                Ok(self.branch(target))
            }
            Insn::It { cond, mask } => {
                hot.it = cond.0 << 4 | mask;
                // The block starts with the next instruction.
                Ok(0)
            }
            Insn::Mul {
                rd,
                rn,
                rm,
                ra,
                sub,
                s,
            } => {
                let product = hot.reg(rn).wrapping_mul(hot.reg(rm));
                let result = match ra {
                    None => product,
                    Some(ra) if sub => hot.reg(ra).wrapping_sub(product),
                    Some(ra) => hot.reg(ra).wrapping_add(product),
                };
                hot.set(rd, result);
                if flags(s) {
                    hot.set_nz(result);
                }
                Ok(0)
            }
            Insn::MulLong {
                signed,
                accumulate,
                rdlo,
                rdhi,
                rn,
                rm,
                umaal: false,
            } => {
                let (a, b) = (hot.reg(rn), hot.reg(rm));
                let product = if signed {
                    (i64::from(a as i32) * i64::from(b as i32)) as u64
                } else {
                    u64::from(a) * u64::from(b)
                };
                let start = if accumulate {
                    u64::from(hot.reg(rdhi)) << 32 | u64::from(hot.reg(rdlo))
                } else {
                    0
                };
                let result = product.wrapping_add(start);
                hot.set(rdlo, result as u32);
                hot.set(rdhi, (result >> 32) as u32);
                Ok(1)
            }
            Insn::Div { signed, rd, rn, rm } => {
                let (a, b) = (hot.reg(rn), hot.reg(rm));
                let result = match b {
                    0 if hot.trap_div0 => return Err(Bail),
                    0 => 0,
                    _ if signed => (a as i32).wrapping_div(b as i32) as u32,
                    _ => a / b,
                };
                hot.set(rd, result);
                Ok(2)
            }
            Insn::Extend {
                op, rd, rm, rotate, ..
            } => {
                let rotated = hot.reg(rm).rotate_right(rotate.into());
                let value = alu::extend(op, rotated).ok_or(Bail)?;
                hot.set(rd, value);
                Ok(0)
            }
            Insn::Misc { op, rd, rm } => {
                hot.set(rd, alu::misc(op, hot.reg(rm)));
                Ok(0)
            }
            Insn::Bitfield {
                op,
                rd,
                rn,
                lsb,
                width,
            } => {
                let value =
                    alu::bitfield(op, hot.reg(rd), hot.reg(rn), lsb, width);
                hot.set(rd, value);
                Ok(0)
            }
            Insn::Barrier { .. } | Insn::Hint { .. } => Ok(0),
            Insn::ClearExclusive => {
                hot.exclusive = None;
                Ok(0)
            }
            _ => self.transfer(d.insn),
        }
    }

    /// Goes on at `target`.
    #[inline]
    pub(super) fn branch(&mut self, target: u32) -> u64 {
        self.hot.r[15] = target & !1;
        BRANCHED | REFILL
    }

    /// Goes on at `target`, whose lowest bit selects Thumb state.
    #[inline]
    pub(super) fn interwork(&mut self, target: u32) -> Done {
        let returns = self.hot.in_handler && target >= EXC_RETURN;
        if returns || target & 1 == 0 {
            return Err(Bail);
        }
        Ok(self.branch(target))
    }
}

/// Marks the cycle count of an instruction that has set the PC.
const BRANCHED: u64 = 1 << 63;
