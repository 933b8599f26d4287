// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use crate::Generation;

/// The number of a system call, as passed in r11.
#[repr(u32)]
pub enum Sysnum {
    Send = 0,
    Recv = 1,
    Reply = 2,
    SetTimer = 3,
    BorrowRead = 4,
    BorrowWrite = 5,
    BorrowInfo = 6,
    IrqControl = 7,
    Panic = 8,
    GetTimer = 9,
    RefreshTaskId = 10,
    Post = 11,
    ReplyFault = 12,
    IrqStatus = 13,
}

impl TryFrom<u32> for Sysnum {
    type Error = ();

    #[inline]
    fn try_from(value: u32) -> Result<Self, ()> {
        Ok(match value {
            0 => Self::Send,
            1 => Self::Recv,
            2 => Self::Reply,
            3 => Self::SetTimer,
            4 => Self::BorrowRead,
            5 => Self::BorrowWrite,
            6 => Self::BorrowInfo,
            7 => Self::IrqControl,
            8 => Self::Panic,
            9 => Self::GetTimer,
            10 => Self::RefreshTaskId,
            11 => Self::Post,
            12 => Self::ReplyFault,
            13 => Self::IrqStatus,
            _ => return Err(()),
        })
    }
}

/// The lowest response code that means "the peer was restarted".
pub const FIRST_DEAD_CODE: u32 = 0xFFFF_FF00;

/// Response code of the borrow calls when the lender is not (or is no longer)
/// lending what was asked for.
pub const DEFECT: u32 = 1;

/// The response code that reports a peer which is now at `new_generation`.
pub const fn dead_response_code(new_generation: Generation) -> u32 {
    FIRST_DEAD_CODE | new_generation.to_bits() as u32
}

/// The peer's current generation, if `code` reports its restart.
pub const fn extract_new_generation(code: u32) -> Option<Generation> {
    if code >= FIRST_DEAD_CODE {
        Some(Generation::from_bits(code as u8))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{
        DEFECT, FIRST_DEAD_CODE, Sysnum, dead_response_code,
        extract_new_generation,
    };
    use crate::Generation;

    #[test]
    fn syscall_numbers_convert_both_ways_and_end_at_13() {
        for n in 0..=13 {
            assert_eq!(Sysnum::try_from(n).map(|s| s as u32), Ok(n));
        }
        for n in [14, 15, 0xFF, u32::MAX] {
            assert!(Sysnum::try_from(n).is_err());
        }
    }

    #[test]
    fn a_dead_code_carries_the_generation_in_its_low_byte() {
        assert_eq!(dead_response_code(Generation::from(0x2A)), 0xFFFF_FF2A);
        assert_eq!(
            extract_new_generation(0xFFFF_FF2A),
            Some(Generation::from(0x2A))
        );
        assert_eq!(
            extract_new_generation(u32::MAX),
            Some(Generation::from(0xFF))
        );
    }

    #[test]
    fn codes_below_the_dead_range_carry_no_generation() {
        for code in [0, DEFECT, FIRST_DEAD_CODE - 1] {
            assert_eq!(extract_new_generation(code), None);
        }
    }
}
