// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The processors an image can be built for.

use crate::memory::Mpu;

/// A supported processor, named by its target triple.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Cortex-M0+.
    ThumbV6M,
    /// Cortex-M4 or M7 whose floating-point unit is absent or unused.
    ThumbV7EM,
    /// Cortex-M4F, M7F.
    ThumbV7EMHf,
    /// Cortex-M33F and its like.
    ThumbV8MMainHf,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::ThumbV6M,
        Self::ThumbV7EM,
        Self::ThumbV7EMHf,
        Self::ThumbV8MMainHf,
    ];

    /// The target of a triple.
    pub fn from_triple(triple: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|target| target.triple() == triple)
    }

    /// Rust's name of the target.
    pub fn triple(self) -> &'static str {
        match self {
            Self::ThumbV6M => "thumbv6m-none-eabi",
            Self::ThumbV7EM => "thumbv7em-none-eabi",
            Self::ThumbV7EMHf => "thumbv7em-none-eabihf",
            Self::ThumbV8MMainHf => "thumbv8m.main-none-eabihf",
        }
    }

    /// What its memory protection unit accepts as a region.
    pub fn mpu(self) -> Mpu {
        match self {
            // ARMv6-M ARM B3.5.9: SIZE values below 7 are reserved.
            Self::ThumbV6M => Mpu::PowerOfTwo { smallest: 256 },
            // ARMv7-M ARM B3.5.9: SIZE values below 4 are reserved.
            Self::ThumbV7EM | Self::ThumbV7EMHf => {
                Mpu::PowerOfTwo { smallest: 32 }
            }
            Self::ThumbV8MMainHf => Mpu::Multiple { of: 32 },
        }
    }

    /// Bytes that the stack check adds for an exception: eight words and the
    /// word that may be lost to alignment, and sixteen floating-point
    /// registers.
    ///
    /// The status word that comes with those registers, and its padding, are
    /// left out as in every Hubris build tool: a stack that is enough there
    /// has to be enough here.
    pub fn exception_frame(self) -> u32 {
        match self {
            Self::ThumbV6M | Self::ThumbV7EM => 36,
            Self::ThumbV7EMHf | Self::ThumbV8MMainHf => 36 + 64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floating_point_registers_count_where_the_abi_has_them() {
        assert_eq!(Target::ThumbV6M.exception_frame(), 36);
        assert_eq!(Target::ThumbV7EM.exception_frame(), 36);
        assert_eq!(Target::ThumbV7EMHf.exception_frame(), 100);
        assert_eq!(Target::ThumbV8MMainHf.exception_frame(), 100);
    }
}
