// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What has to be known of an instruction before `rsemu` executes it.

use super::access::is_device;
use super::v6m;
use crate::memory::{FLASH_BASE, SRAM1_BASE};
use rsemu::core::space::{AddressSpace, MemAttrs};
use rsemu::core::value::Width;
use rsemu::cpu::arm::v7m::fpisa::FpInsn;
use rsemu::cpu::arm::v7m::isa::{HintOp, Insn, decode, is_32bit};

/// How much an instruction concerns the corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Not at all.
    Ordinary,
    /// By the address that it accesses.
    Access,
    /// By what it does.
    Special,
    /// The core does not have it, though `rsemu` does.
    Absent,
}

/// A decoded instruction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoded {
    pub insn: Insn,
    /// Length in bytes.
    pub len: u8,
    pub class: Class,
}

impl Decoded {
    /// Decodes the instruction at `pc`; `None` if there is no memory.
    pub fn fetch(space: &AddressSpace, pc: u32, is_v6m: bool) -> Option<Self> {
        // Looking at a peripheral could have side effects.
        if is_device(pc) {
            return None;
        }
        let half = |addr: u32| {
            let value = space.read(addr.into(), Width::U16, MemAttrs::DEBUG);
            value.ok().map(|v| v as u16)
        };
        let first = half(pc)?;
        let (second, len) = if is_32bit(first) {
            (half(pc.wrapping_add(2))?, 4)
        } else {
            (0, 2)
        };
        let insn = decode(first, second);
        let class = if is_v6m && !v6m::has(insn, len) {
            Class::Absent
        } else {
            classify(&insn)
        };
        Some(Decoded { insn, len, class })
    }
}

fn classify(insn: &Insn) -> Class {
    match insn {
        Insn::LoadStore { .. }
        | Insn::LoadLiteral { .. }
        | Insn::LoadStoreDual { .. }
        | Insn::LoadStoreExclusive { .. }
        | Insn::LoadStoreMultiple { .. }
        | Insn::TableBranch { .. }
        | Insn::Fp(FpInsn::Mem { .. } | FpInsn::Multi { .. }) => Class::Access,
        Insn::Hint {
            op: HintOp::Wfi | HintOp::Wfe | HintOp::Sev,
        }
        | Insn::Svc { .. }
        | Insn::Bkpt { .. } => Class::Special,
        _ => Class::Ordinary,
    }
}

/// Slots of the cache: 64 KiB of code without a collision.
const SLOTS: usize = 1 << 15;

/// A cache of decoded instructions in flash, by address.
#[derive(Debug)]
pub(super) struct Code {
    slots: Box<[Option<(u32, Decoded)>]>,
    generation: u64,
}

impl Code {
    pub fn new() -> Self {
        Code {
            slots: vec![None; SLOTS].into(),
            generation: 0,
        }
    }

    /// Forgets everything if the flash has changed since `generation`.
    pub fn sync(&mut self, generation: u64) {
        if self.generation != generation {
            self.generation = generation;
            self.slots.fill(None);
        }
    }

    /// The instruction at `pc`, from the cache or else from `fetch`.
    #[inline]
    pub fn at(
        &mut self,
        pc: u32,
        fetch: impl FnOnce() -> Option<Decoded>,
    ) -> Option<Decoded> {
        // Code in RAM changes without notice.
        if !(FLASH_BASE..SRAM1_BASE).contains(&pc) {
            return fetch();
        }
        let slot = &mut self.slots[pc as usize / 2 % SLOTS];
        match slot {
            Some((at, decoded)) if *at == pc => Some(*decoded),
            _ => {
                let decoded = fetch()?;
                *slot = Some((pc, decoded));
                Some(decoded)
            }
        }
    }
}
