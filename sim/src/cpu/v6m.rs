// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The instructions of ARMv6-M, of which `rsemu` knows a superset.

use rsemu::cpu::arm::v7m::isa::Insn;

/// The special registers that exist: the status register views, the stack
/// pointers, PRIMASK and CONTROL.
fn has_special(sysm: u8) -> bool {
    matches!(sysm, 0..=3 | 5..=9 | 16 | 20)
}

/// Whether a Cortex-M0+ has the instruction, which is `len` bytes long
/// (ARMv6-M ARM, A5.2 and A5.3).
pub(super) fn has(insn: Insn, len: u8) -> bool {
    match insn {
        Insn::Mrs { sysm, .. } | Insn::Msr { sysm, .. } => has_special(sysm),
        Insn::Cps { f, .. } => !f,
        Insn::BranchLink { .. } | Insn::Barrier { .. } => true,
        // Both fault anyway, and with the right reason.
        Insn::Udf { .. } | Insn::Undefined => true,
        Insn::Cbz { .. } | Insn::It { .. } => false,
        _ => len == 2,
    }
}

#[cfg(test)]
mod tests {
    use super::has;
    use rsemu::cpu::arm::v7m::isa::{decode, is_32bit};

    fn exists(first: u16, second: u16) -> bool {
        let len = if is_32bit(first) { 4 } else { 2 };
        has(decode(first, second), len)
    }

    #[test]
    fn the_baseline_has_16_bit_code_and_a_few_long_instructions() {
        assert!(exists(0x2042, 0)); // MOVS r0, #0x42
        assert!(exists(0xbf30, 0)); // WFI
        assert!(exists(0xb672, 0)); // CPSID i
        assert!(exists(0xf000, 0xf800)); // BL
        assert!(exists(0xf3bf, 0x8f4f)); // DSB
        assert!(exists(0xf3ef, 0x8010)); // MRS r0, PRIMASK
    }

    #[test]
    fn instructions_of_armv7m_do_not_exist() {
        assert!(!exists(0xb100, 0)); // CBZ
        assert!(!exists(0xbf08, 0)); // IT EQ
        assert!(!exists(0xfbb0, 0xf0f1)); // UDIV
        assert!(!exists(0xe850, 0x0f00)); // LDREX
        assert!(!exists(0xf3ef, 0x8011)); // MRS r0, BASEPRI
        assert!(!exists(0xf240, 0x0000)); // MOVW
    }
}
