// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! As much of a Thumb disassembler as it takes to follow a syscall stub.
//!
//! References are to the ARMv7-M Architecture Reference Manual (DDI 0403E).

/// Stack pointer.
pub(super) const SP: u8 = 13;
/// Link register.
pub(super) const LR: u8 = 14;
/// Program counter.
const PC: u8 = 15;

/// What an instruction does to the registers of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Pushes these registers, ascending with the address.
    Push(Vec<u8>),
    /// Takes these from the stack.
    Pop(Vec<u8>),
    /// Copies `from` to `to`.
    Move { to: u8, from: u8 },
    /// Calls the kernel.
    Svc,
    /// Goes elsewhere, always or on a condition.
    Branch,
    /// Goes elsewhere, with the next instruction as the return address.
    Call,
    /// Moves the stack pointer otherwise.
    MoveSp,
    /// Changes the link register.
    ClobberLr,
    /// None of that.
    Other,
}

/// Bytes of the instruction that starts with a halfword (A5.1).
pub(super) fn length(first: u16) -> u32 {
    if first >> 11 >= 0b11101 { 4 } else { 2 }
}

/// The registers in a list of a bit for each.
fn registers(list: u16) -> Vec<u8> {
    (0..16).filter(|bit| list >> bit & 1 != 0).collect()
}

/// What the instruction of one halfword, or two, does.
pub(super) fn effect(first: u16, second: Option<u16>) -> Effect {
    match second {
        None => narrow(first),
        Some(second) => wide(first, second),
    }
}

/// A5.2
fn narrow(code: u16) -> Effect {
    let low = registers(code & 0xff);
    let with = |extra: u8| {
        let mut all = low.clone();
        if code & 0x100 != 0 {
            all.push(extra);
        }
        all
    };
    match code {
        0xdf00..=0xdfff => Effect::Svc,
        0xb400..=0xb5ff => Effect::Push(with(LR)),
        0xbd00..=0xbdff => Effect::Branch,
        0xbc00..=0xbcff => Effect::Pop(with(PC)),
        // MOV (register) T1, which reaches all registers.
        0x4600..=0x46ff => {
            let to = (code >> 4 & 8 | code & 7) as u8;
            let from = (code >> 3 & 15) as u8;
            match to {
                PC => Effect::Branch,
                SP => Effect::MoveSp,
                LR => Effect::ClobberLr,
                _ => Effect::Move { to, from },
            }
        }
        // ADD (register) T2 to the stack pointer, the link register, the pc
        0x4400..=0x44ff => match (code >> 4 & 8 | code & 7) as u8 {
            SP => Effect::MoveSp,
            LR => Effect::ClobberLr,
            PC => Effect::Branch,
            _ => Effect::Other,
        },
        // BX, BLX (register)
        0x4700..=0x477f => Effect::Branch,
        0x4780..=0x47ff => Effect::Call,
        // B<c>, B, CBZ, CBNZ, IT
        0xd000..=0xdeff | 0xe000..=0xe7ff => Effect::Branch,
        0xb100..=0xb1ff | 0xb300..=0xb3ff => Effect::Branch,
        0xb900..=0xb9ff | 0xbb00..=0xbbff => Effect::Branch,
        0xbf01..=0xbfff if code & 0xf != 0 => Effect::Branch,
        // ADD, SUB (SP plus or minus immediate)
        0xb000..=0xb0ff => Effect::MoveSp,
        _ => Effect::Other,
    }
}

/// A5.3
fn wide(first: u16, second: u16) -> Effect {
    let top = (second >> 12) as u8;
    match (first, second) {
        // PUSH T2; T3 of a single register
        (0xe92d, _) => Effect::Push(registers(second)),
        (0xf84d, _) if second & 0xfff == 0xd04 => Effect::Push(vec![top]),
        // POP T2, T3
        (0xe8bd, _) if second & 1 << PC != 0 => Effect::Branch,
        (0xe8bd, _) => Effect::Pop(registers(second)),
        (0xf85d, _) if second & 0xfff == 0xb04 => Effect::Pop(vec![top]),
        // LDM, LDMDB
        (0xe890..=0xe93f, _) if matches!(first & 0xffd0, 0xe890 | 0xe910) => {
            match (second >> PC & 1, second >> LR & 1) {
                (1, _) => Effect::Branch,
                (_, 1) => Effect::ClobberLr,
                _ => Effect::Other,
            }
        }
        // TBB, TBH
        (0xe8d0..=0xe8df, _) if second & 0xffe0 == 0xf000 => Effect::Branch,
        // Branches and miscellaneous control: bit 12 or 14 of the second
        // halfword is that of a branch (A5.3.4).
        (0xf000..=0xf7ff, _) if second & 0xd000 == 0xd000 => Effect::Call,
        (0xf000..=0xf7ff, _) if second & 0x8000 != 0 => {
            let is_branch = second & 0x5000 != 0 || first & 0x380 != 0x380;
            if is_branch {
                Effect::Branch
            } else {
                Effect::Other
            }
        }
        // Data processing, modified and plain immediate, with a destination
        // in bits 11 to 8 of the second halfword
        (0xf000..=0xf7ff | 0xea00..=0xebff, _) => {
            match (second >> 8 & 15) as u8 {
                SP => Effect::MoveSp,
                LR => Effect::ClobberLr,
                _ => Effect::Other,
            }
        }
        // Loads of a word
        (0xf850..=0xf85f | 0xf8d0..=0xf8df, _) => match top {
            PC => Effect::Branch,
            SP => Effect::MoveSp,
            LR => Effect::ClobberLr,
            _ => Effect::Other,
        },
        _ => Effect::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushes_and_pops_are_read_in_all_encodings() {
        let list = |registers: &[u8]| registers.to_vec();
        assert_eq!(narrow(0xb5f0), Effect::Push(list(&[4, 5, 6, 7, LR])));
        assert_eq!(narrow(0xbcf0), Effect::Pop(list(&[4, 5, 6, 7])));
        assert_eq!(narrow(0xbdf0), Effect::Branch);
        // push.w {r4, r5, r11}; str r11, [sp, #-4]!; pop.w {r4, r5, r11}
        assert_eq!(wide(0xe92d, 0x0830), Effect::Push(list(&[4, 5, 11])));
        assert_eq!(wide(0xf84d, 0xbd04), Effect::Push(list(&[11])));
        assert_eq!(wide(0xe8bd, 0x0830), Effect::Pop(list(&[4, 5, 11])));
        assert_eq!(wide(0xf85d, 0xbb04), Effect::Pop(list(&[11])));
    }

    #[test]
    fn high_registers_are_followed_through_moves() {
        // mov r4, r8; mov r11, r0
        assert_eq!(narrow(0x4644), Effect::Move { to: 4, from: 8 });
        assert_eq!(narrow(0x4683), Effect::Move { to: 11, from: 0 });
        // mov lr, r0; mov sp, r0; mov pc, lr
        assert_eq!(narrow(0x4686), Effect::ClobberLr);
        assert_eq!(narrow(0x4685), Effect::MoveSp);
        assert_eq!(narrow(0x46f7), Effect::Branch);
    }

    #[test]
    fn what_disturbs_a_stub_is_seen() {
        assert_eq!(narrow(0xdf00), Effect::Svc);
        // bx lr; cbz r0, .; b .; beq .; it eq; sub sp, #8
        for code in [0x4770, 0xb100, 0xe7fe, 0xd0fe, 0xbf08] {
            assert_eq!(narrow(code), Effect::Branch, "{code:#06x}");
        }
        assert_eq!(narrow(0xb082), Effect::MoveSp);
        // b.w .; beq.w .
        for (first, second) in [(0xf7ff, 0xbffe), (0xf43f, 0xaffe)] {
            assert_eq!(wide(first, second), Effect::Branch);
        }
        // bl .; blx r3
        assert_eq!(wide(0xf7ff, 0xfffe), Effect::Call);
        assert_eq!(narrow(0x4798), Effect::Call);
        // mov.w lr, #1; ldr.w lr, [r0]
        assert_eq!(wide(0xf04f, 0x0e01), Effect::ClobberLr);
        assert_eq!(wide(0xf8d0, 0xe000), Effect::ClobberLr);
        // sub.w sp, sp, #8
        assert_eq!(wide(0xf1ad, 0x0d08), Effect::MoveSp);
    }

    #[test]
    fn what_does_not_is_not() {
        // mov.w r11, #1; add.w r12, sp, #32; ldm.w r12, {r8-r10};
        // stm.w r3, {r5-r9}; dsb sy; ldr.w r8, [sp, #24]
        for (first, second) in [
            (0xf04f, 0x0b01),
            (0xf10d, 0x0c20),
            (0xe89c, 0x0700),
            (0xe883, 0x03e0),
            (0xf3bf, 0x8f4f),
            (0xf8dd, 0x8018),
        ] {
            assert_eq!(wide(first, second), Effect::Other, "{first:#x}");
        }
        // movs r6, #0; nop; ldr r7, [sp, #28]
        for code in [0x2600, 0xbf00, 0x9f07] {
            assert_eq!(narrow(code), Effect::Other, "{code:#06x}");
        }
    }

    #[test]
    fn the_first_halfword_tells_the_length() {
        assert_eq!(length(0xb5f0), 2);
        assert_eq!(length(0xe7fe), 2);
        assert_eq!(length(0xe92d), 4);
        assert_eq!(length(0xf7ff), 4);
    }
}
