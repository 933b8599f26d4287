// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The few Thumb instructions that matter to the depth of a stack: those that
//! go to another function and those that grow the stack (ARMv7-M ARM, A7.7).

/// What an instruction does, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Goes to an address, by branch or call.
    Branch(u32),
    /// Calls or jumps to an address in a register other than LR.
    Indirect,
    /// Takes this many bytes of stack.
    Grow(u32),
    /// Anything else.
    None,
}

/// Decodes the instruction at `address`, at the start of `code`.
///
/// Returns what it does and its length; `None` if `code` is too short.
pub fn decode(code: &[u8], address: u32) -> Option<(Effect, usize)> {
    let first = halfword(code, 0)?;
    if first >> 11 < 0b11101 {
        return Some((narrow(first, address), 2));
    }
    Some((wide(first, halfword(code, 2)?, address), 4))
}

fn halfword(code: &[u8], at: usize) -> Option<u32> {
    let bytes = code.get(at..at + 2)?;
    Some(u32::from(u16::from_le_bytes([bytes[0], bytes[1]])))
}

fn narrow(word: u32, address: u32) -> Effect {
    let register = word >> 3 & 0xf;
    match word {
        // PUSH, T1: eight low registers, and LR.
        _ if word & 0xfe00 == 0xb400 => {
            Effect::Grow((word & 0x1ff).count_ones() * 4)
        }
        // SUB SP, T1
        _ if word & 0xff80 == 0xb080 => Effect::Grow((word & 0x7f) * 4),
        // BLX, T1
        _ if word & 0xff87 == 0x4780 => Effect::Indirect,
        // BX, T1: with LR it returns.
        _ if word & 0xff87 == 0x4700 && register != 14 => Effect::Indirect,
        // B, T1: conditions 14 and 15 are UDF and SVC.
        _ if word & 0xf000 == 0xd000 && word >> 8 & 0xf < 14 => {
            branch(address, word & 0xff, 8)
        }
        // B, T2
        _ if word & 0xf800 == 0xe000 => branch(address, word & 0x7ff, 11),
        _ => Effect::None,
    }
}

fn wide(first: u32, second: u32, address: u32) -> Effect {
    let sign = first >> 10 & 1;
    let (j1, j2) = (second >> 13 & 1, second >> 11 & 1);
    match (first, second) {
        // BL, T1; B, T4
        _ if first & 0xf800 == 0xf000
            && matches!(second & 0xd000, 0xd000 | 0x9000) =>
        {
            let (i1, i2) = (!(j1 ^ sign) & 1, !(j2 ^ sign) & 1);
            let high = sign << 23 | i1 << 22 | i2 << 21;
            let offset = high | (first & 0x3ff) << 11 | second & 0x7ff;
            branch(address, offset, 24)
        }
        // B, T3: conditions 14 and 15 are other instructions.
        _ if first & 0xf800 == 0xf000
            && second & 0xd000 == 0x8000
            && first >> 6 & 0xf < 14 =>
        {
            let high = sign << 19 | j2 << 18 | j1 << 17;
            let offset = high | (first & 0x3f) << 11 | second & 0x7ff;
            branch(address, offset, 20)
        }
        // PUSH, T2 (STMDB SP!)
        (0xe92d, list) => Effect::Grow((list & 0x5fff).count_ones() * 4),
        // PUSH, T3 (STR with SP pre-decremented)
        (0xf84d, _) if second & 0xfff == 0xd04 => Effect::Grow(4),
        // VPUSH: the immediate counts words for either register size.
        _ if first & 0xffbf == 0xed2d => Effect::Grow((second & 0xff) * 4),
        // SUB SP, SP, T2 and T3
        _ if first & 0xfbef == 0xf1ad && second & 0x8f00 == 0x0d00 => {
            let imm = immediate(first, second);
            Effect::Grow(expand(imm))
        }
        _ if first & 0xfbff == 0xf2ad && second & 0x8f00 == 0x0d00 => {
            Effect::Grow(immediate(first, second))
        }
        _ => Effect::None,
    }
}

/// A branch by a signed number of halfwords in `bits` bits.
fn branch(address: u32, offset: u32, bits: u32) -> Effect {
    let unused = 32 - bits;
    let offset = (offset << unused).cast_signed() >> unused;
    Effect::Branch(
        address
            .wrapping_add(4)
            .wrapping_add_signed(offset.wrapping_mul(2)),
    )
}

/// The fields `i:imm3:imm8`.
fn immediate(first: u32, second: u32) -> u32 {
    (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xff
}

/// `ThumbExpandImm`, ARMv7-M ARM A5.3.2.
fn expand(imm: u32) -> u32 {
    let byte = imm & 0xff;
    match imm >> 8 {
        0 => byte,
        1 => byte << 16 | byte,
        2 => byte << 24 | byte << 8,
        3 => byte * 0x0101_0101,
        _ => (0x80 | imm & 0x7f).rotate_right(imm >> 7),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(halfwords: &[u16]) -> Effect {
        let code: Vec<u8> =
            halfwords.iter().flat_map(|h| h.to_le_bytes()).collect();
        let (effect, length) = decode(&code, 0x1000).unwrap();
        assert_eq!(length, code.len());
        effect
    }

    // The encodings are LLVM's.
    #[test]
    fn calls_and_branches_have_their_targets() {
        assert_eq!(effect(&[0xf000, 0xf87e]), Effect::Branch(0x1100)); // bl
        assert_eq!(effect(&[0xf7ff, 0xff7e]), Effect::Branch(0x0f00)); // bl
        assert_eq!(effect(&[0xf000, 0xb87e]), Effect::Branch(0x1100)); // b.w
        assert_eq!(effect(&[0xf43f, 0xaf7e]), Effect::Branch(0x0f00)); // beq.w
        assert_eq!(effect(&[0xe07e]), Effect::Branch(0x1100)); // b
        assert_eq!(effect(&[0xd07e]), Effect::Branch(0x1100)); // beq
    }

    #[test]
    fn a_return_is_no_call() {
        assert_eq!(effect(&[0x4770]), Effect::None); // bx lr
        assert_eq!(effect(&[0x4718]), Effect::Indirect); // bx r3
        assert_eq!(effect(&[0x4798]), Effect::Indirect); // blx r3
        assert_eq!(effect(&[0xdf00]), Effect::None); // svc
        assert_eq!(effect(&[0xdefe]), Effect::None); // udf
    }

    #[test]
    fn stack_growth_is_counted_in_bytes() {
        assert_eq!(effect(&[0xb5f0]), Effect::Grow(20)); // push {r4-r7, lr}
        assert_eq!(effect(&[0xe92d, 0x4ff0]), Effect::Grow(36));
        assert_eq!(effect(&[0xf84d, 0xed04]), Effect::Grow(4));
        assert_eq!(effect(&[0xb084]), Effect::Grow(16)); // sub sp, #16
        assert_eq!(effect(&[0xf5ad, 0x7d00]), Effect::Grow(512));
        assert_eq!(effect(&[0xf2ad, 0x4d04]), Effect::Grow(1028));
        assert_eq!(effect(&[0xed2d, 0x8b10]), Effect::Grow(64)); // vpush
    }
}
