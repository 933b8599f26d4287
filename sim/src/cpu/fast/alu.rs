// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Arithmetic and shifts (ARMv7-M ARM, A7.4 and the pseudocode in A2.2).

use super::Hot;
use rsemu::cpu::arm::v7m::isa::{
    BitfieldOp, Cond, DpOp, ExtendOp, MiscOp, Operand, Shift, ShiftType,
};

/// `a + b + carry` with its carry and overflow.
fn add(a: u32, b: u32, carry: bool) -> (u32, bool, bool) {
    let wide = u64::from(a) + u64::from(b) + u64::from(carry);
    let sum = wide as u32;
    (sum, wide >> 32 != 0, (a ^ sum) & (b ^ sum) & 1 << 31 != 0)
}

/// Shifts by a variable amount; returns the result and the carry out.
pub(super) fn shift(
    ty: ShiftType,
    value: u32,
    amount: u32,
    carry: bool,
) -> (u32, bool) {
    if amount == 0 && ty != ShiftType::Rrx {
        return (value, carry);
    }
    let wide = u64::from(value);
    match ty {
        ShiftType::Lsl if amount > 32 => (0, false),
        ShiftType::Lsl => {
            let wide = wide << amount;
            (wide as u32, wide >> 32 & 1 != 0)
        }
        ShiftType::Lsr if amount > 32 => (0, false),
        ShiftType::Lsr => {
            let wide = wide << 1 >> amount;
            ((wide >> 1) as u32, wide & 1 != 0)
        }
        ShiftType::Asr => {
            let wide = i64::from(value as i32) << 1 >> amount.min(32);
            ((wide >> 1) as u32, wide & 1 != 0)
        }
        ShiftType::Ror => {
            let result = value.rotate_right(amount & 31);
            (result, result >> 31 != 0)
        }
        ShiftType::Rrx => (u32::from(carry) << 31 | value >> 1, value & 1 != 0),
    }
}

/// Shifts by a constant amount.
fn shift_imm(s: Shift, value: u32, carry: bool) -> (u32, bool) {
    shift(s.ty, value, s.amount.into(), carry)
}

impl Hot {
    /// Whether `cond` holds.
    pub(super) fn passes(&self, cond: Cond) -> bool {
        let base = match cond.0 >> 1 {
            0 => self.z,
            1 => self.c,
            2 => self.n,
            3 => self.v,
            4 => self.c && !self.z,
            5 => self.n == self.v,
            6 => self.n == self.v && !self.z,
            _ => return true,
        };
        base != (cond.0 & 1 != 0)
    }

    /// A data-processing operation: its result, with the flags set if `s`.
    pub(super) fn data(
        &mut self,
        op: DpOp,
        s: bool,
        a: u32,
        operand: Operand,
    ) -> u32 {
        let (b, carry) = match operand {
            Operand::Imm { value, carry } => (value, carry.unwrap_or(self.c)),
            Operand::Reg { rm, shift } => {
                shift_imm(shift, self.reg(rm), self.c)
            }
        };
        let logic = |result| (result, carry, self.v);
        let (result, c, v) = match op {
            DpOp::And | DpOp::Tst => logic(a & b),
            DpOp::Bic => logic(a & !b),
            DpOp::Orr => logic(a | b),
            DpOp::Orn => logic(a | !b),
            DpOp::Eor | DpOp::Teq => logic(a ^ b),
            DpOp::Mov => logic(b),
            DpOp::Mvn => logic(!b),
            DpOp::Add | DpOp::Cmn => add(a, b, false),
            DpOp::Adc => add(a, b, self.c),
            DpOp::Sbc => add(a, !b, self.c),
            DpOp::Sub | DpOp::Cmp => add(a, !b, true),
            DpOp::Rsb => add(!a, b, true),
        };
        if s {
            self.set_nz(result);
            self.c = c;
            self.v = v;
        }
        result
    }

    pub(super) fn set_nz(&mut self, result: u32) {
        self.n = result >> 31 != 0;
        self.z = result == 0;
    }
}

pub(super) fn misc(op: MiscOp, v: u32) -> u32 {
    match op {
        MiscOp::Clz => v.leading_zeros(),
        MiscOp::Rbit => v.reverse_bits(),
        MiscOp::Rev => v.swap_bytes(),
        MiscOp::Rev16 => v.swap_bytes().rotate_left(16),
        MiscOp::Revsh => i32::from((v as u16).swap_bytes() as i16) as u32,
    }
}

/// The extending moves of the base architecture.
pub(super) fn extend(op: ExtendOp, v: u32) -> Option<u32> {
    Some(match op {
        ExtendOp::Sxtb => i32::from(v as i8) as u32,
        ExtendOp::Sxth => i32::from(v as i16) as u32,
        ExtendOp::Uxtb => v & 0xff,
        ExtendOp::Uxth => v & 0xffff,
        _ => return None,
    })
}

pub(super) fn bitfield(
    op: BitfieldOp,
    rd: u32,
    rn: u32,
    lsb: u8,
    width: u8,
) -> u32 {
    let lsb = u32::from(lsb) & 31;
    let width = u32::from(width).clamp(1, 32);
    let mask = u32::MAX >> (32 - width);
    match op {
        BitfieldOp::Ubfx => rn >> lsb & mask,
        BitfieldOp::Sbfx => {
            let shift = 32 - width;
            (((rn >> lsb) << shift) as i32 >> shift) as u32
        }
        BitfieldOp::Bfi => rd & !(mask << lsb) | (rn & mask) << lsb,
        BitfieldOp::Bfc => rd & !(mask << lsb),
    }
}
