// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The cache of decoded instructions.

use crate::cpu::v6m;
use crate::memory::{FLASH_BASE, FLASH_SIZE};
use rsemu::cpu::arm::v7m::isa::{ExtendOp, HintOp, Insn, decode, is_32bit};

/// Who executes an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cpu) enum Class {
    /// This module, unless it bails.
    Fast,
    /// The run loop, which keeps what the instruction is about.
    Own,
    /// `rsemu`.
    Slow,
    /// Nobody: the core does not have the instruction, though `rsemu` does.
    Absent,
}

/// A decoded instruction.
#[derive(Clone, Copy, Debug)]
pub(in crate::cpu) struct Decoded {
    pub insn: Insn,
    /// Length in bytes.
    pub len: u8,
    pub class: Class,
}

impl Decoded {
    /// Decodes an instruction for a core.
    pub fn new(first: u16, second: u16, is_v6m: bool) -> Self {
        let insn = decode(first, second);
        let len = if is_32bit(first) { 4 } else { 2 };
        let class = if is_v6m && !v6m::has(insn, len) {
            Class::Absent
        } else if is_fast(insn) {
            Class::Fast
        } else if is_own(insn) {
            Class::Own
        } else {
            Class::Slow
        };
        Decoded { insn, len, class }
    }
}

/// Whether this module can execute the instruction at all.
fn is_fast(insn: Insn) -> bool {
    match insn {
        Insn::DataProc { .. }
        | Insn::ShiftReg { .. }
        | Insn::Adr { .. }
        | Insn::MovImm16 { .. }
        | Insn::Branch { .. }
        | Insn::BranchLink { .. }
        | Insn::Bx { .. }
        | Insn::Blx { .. }
        | Insn::Cbz { .. }
        | Insn::TableBranch { .. }
        | Insn::It { .. }
        | Insn::LoadStore { .. }
        | Insn::LoadLiteral { .. }
        | Insn::LoadStoreDual { .. }
        | Insn::LoadStoreExclusive { .. }
        | Insn::ClearExclusive
        | Insn::LoadStoreMultiple { .. }
        | Insn::Mul { .. }
        | Insn::MulLong { umaal: false, .. }
        | Insn::Div { .. }
        | Insn::Misc { .. }
        | Insn::Bitfield { .. }
        | Insn::Barrier { .. } => true,
        Insn::Extend { op, rn, .. } => {
            rn == 15 && !matches!(op, ExtendOp::Sxtb16 | ExtendOp::Uxtb16)
        }
        Insn::Hint { op } => {
            matches!(op, HintOp::Nop | HintOp::Yield | HintOp::Preload)
        }
        _ => false,
    }
}

/// Whether the instruction is about sleep, the event register, PRIMASK or a
/// stack pointer.
fn is_own(insn: Insn) -> bool {
    match insn {
        Insn::Hint { op } => {
            matches!(op, HintOp::Wfi | HintOp::Wfe | HintOp::Sev)
        }
        Insn::Cps { f, .. } => !f,
        Insn::Mrs { sysm, .. } => matches!(sysm, 8 | 9 | 16),
        _ => false,
    }
}

/// Decoded instructions of the flash, by halfword.
#[derive(Debug)]
pub(in crate::cpu) struct Code {
    entries: Vec<Option<Decoded>>,
    generation: u64,
}

impl Code {
    pub fn new() -> Self {
        Code {
            entries: vec![None; (FLASH_SIZE / 2) as usize],
            generation: 0,
        }
    }

    /// Forgets everything if the flash has changed since `generation`.
    pub fn sync(&mut self, generation: u64) {
        if self.generation != generation {
            self.generation = generation;
            self.entries.fill(None);
        }
    }

    /// The slot for the instruction at flash address `pc`.
    pub fn slot(&mut self, pc: u32) -> Option<&mut Option<Decoded>> {
        let index = pc.wrapping_sub(FLASH_BASE) / 2;
        self.entries.get_mut(index as usize)
    }
}
