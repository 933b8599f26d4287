// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kinds of processors and how they are made from the parts of `rsemu`.

use crate::core_id::CoreId;
use rsemu::core::space::RequesterId;
use rsemu::cpu::arm::v7m::Config;

/// The processor in a core's place. The real chip has a Cortex-M4 as CPU1 and
/// a Cortex-M0+ as CPU2; other kinds serve tests of portable software.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuKind {
    /// Cortex-M4 without FPU.
    CortexM4,
    /// Cortex-M4 with its single-precision FPU.
    CortexM4F,
    /// Cortex-M0+ with MPU.
    CortexM0Plus,
}

/// `CPUID` of a Cortex-M0+ r0p1.
const CPUID_M0_PLUS: u32 = 0x410c_c601;

impl CpuKind {
    /// Whether the architecture is ARMv6-M.
    pub fn is_v6m(self) -> bool {
        self == CpuKind::CortexM0Plus
    }

    /// The `rsemu` configuration. ARMv6-M is an ARMv7-M without the DSP
    /// extension here; see [`crate`] for what that cannot show.
    pub(crate) fn config(self, id: CoreId) -> Config {
        let mut config = match self {
            CpuKind::CortexM4 => Config::CORTEX_M4.with_priority_bits(4),
            CpuKind::CortexM4F => Config::CORTEX_M4F.with_priority_bits(4),
            CpuKind::CortexM0Plus => {
                Config::CORTEX_M3.with_priority_bits(2).with_bit_band(false)
            }
        };
        if self.is_v6m() {
            config.cpuid = CPUID_M0_PLUS;
        }
        config.with_requester(RequesterId(id.index() as u32 + 1))
    }
}
