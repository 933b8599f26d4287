// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Operations and their encoding.

/// An operation with its operand.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Op {
    /// A place to jump to.
    Label(u8),
    /// Calls a function.
    Call(u8),
    Drop,
    /// Drops that many values.
    DropN(u8),
    Push(u32),
    PushNone,
    Swap,
    Dup,
    Binary(Binary),
    /// Jumps to a label if the comparison of the top with the value below it
    /// holds.
    BranchIf(Comparison, u8),
    BranchAlways(u8),
    Done,
    /// Replaces the top by its four bytes, the least significant first.
    Expand32,
    /// Replaces four bytes by the word that [`Op::Expand32`] makes them from.
    Collect32,
}

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Binary {
    Add,
    And,
    Or,
    Xor,
}

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

/// Splits the first operation off `text`. Returns `None` if there is none, or
/// only a part of one, or an unknown one.
pub fn split_first(text: &[u8]) -> Option<(Op, &[u8])> {
    let (&code, rest) = text.split_first()?;
    let byte = |make: fn(u8) -> Op| {
        let (&operand, rest) = rest.split_first()?;
        Some((make(operand), rest))
    };
    let op = match code {
        0x00 => return byte(Op::Label),
        0x01 => return byte(Op::Call),
        0x02 => Op::Drop,
        0x03 => return byte(Op::DropN),
        0x04 => return byte(|value| Op::Push(value.into())),
        0x05 => {
            let (&value, rest) = rest.split_first_chunk()?;
            return Some((Op::Push(u16::from_le_bytes(value).into()), rest));
        }
        0x06 => {
            let (&value, rest) = rest.split_first_chunk()?;
            return Some((Op::Push(u32::from_le_bytes(value)), rest));
        }
        0x07 => Op::PushNone,
        0x08 => Op::Swap,
        0x09 => Op::Dup,
        0x0A => Op::Binary(Binary::Add),
        0x0B => Op::Binary(Binary::And),
        0x0C => Op::Binary(Binary::Or),
        0x0D => Op::Binary(Binary::Xor),
        0x0E => return byte(|to| Op::BranchIf(Comparison::Less, to)),
        0x0F => return byte(|to| Op::BranchIf(Comparison::LessOrEqual, to)),
        0x10 => return byte(|to| Op::BranchIf(Comparison::Greater, to)),
        0x11 => return byte(|to| Op::BranchIf(Comparison::GreaterOrEqual, to)),
        0x12 => return byte(|to| Op::BranchIf(Comparison::Equal, to)),
        0x13 => return byte(Op::BranchAlways),
        0x14 => Op::Done,
        0x15 => Op::Expand32,
        0x16 => Op::Collect32,
        _ => return None,
    };
    Some((op, rest))
}

impl Binary {
    pub fn apply(self, a: u32, b: u32) -> u32 {
        match self {
            Self::Add => a.wrapping_add(b),
            Self::And => a & b,
            Self::Or => a | b,
            Self::Xor => a ^ b,
        }
    }
}

impl Comparison {
    pub fn holds(self, a: u32, b: u32) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
            Self::Equal => a == b,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_operation_and_operand() {
        use Comparison::*;
        let table: [(&[u8], Op); 23] = [
            (&[0x00, 3], Op::Label(3)),
            (&[0x01, 7], Op::Call(7)),
            (&[0x02], Op::Drop),
            (&[0x03, 2], Op::DropN(2)),
            (&[0x04, 0xFE], Op::Push(0xFE)),
            (&[0x05, 0x34, 0x12], Op::Push(0x1234)),
            (&[0x06, 0x78, 0x56, 0x34, 0x12], Op::Push(0x1234_5678)),
            (&[0x07], Op::PushNone),
            (&[0x08], Op::Swap),
            (&[0x09], Op::Dup),
            (&[0x0A], Op::Binary(Binary::Add)),
            (&[0x0B], Op::Binary(Binary::And)),
            (&[0x0C], Op::Binary(Binary::Or)),
            (&[0x0D], Op::Binary(Binary::Xor)),
            (&[0x0E, 0], Op::BranchIf(Less, 0)),
            (&[0x0F, 1], Op::BranchIf(LessOrEqual, 1)),
            (&[0x10, 2], Op::BranchIf(Greater, 2)),
            (&[0x11, 3], Op::BranchIf(GreaterOrEqual, 3)),
            (&[0x12, 4], Op::BranchIf(Equal, 4)),
            (&[0x13, 5], Op::BranchAlways(5)),
            (&[0x14], Op::Done),
            (&[0x15], Op::Expand32),
            (&[0x16], Op::Collect32),
        ];
        for (code, (text, op)) in (0..).zip(table) {
            assert_eq!(text[0], code);
            assert_eq!(split_first(text), Some((op, &[][..])));
            // All of its bytes are needed.
            for length in 0..text.len() {
                assert_eq!(split_first(&text[..length]), None, "{op:?}");
            }
        }
    }

    #[test]
    fn other_codes_are_no_operation() {
        for code in 0x17..=0xFF {
            assert_eq!(split_first(&[code, 0, 0, 0, 0]), None);
        }
    }
}
