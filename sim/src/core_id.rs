// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The two cores.

/// Which of the two cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CoreId {
    /// The application core, which runs after reset.
    Cpu1,
    /// The second core, held until CPU1 sets `PWR_CR4.C2BOOT`.
    Cpu2,
}

impl CoreId {
    /// Both cores.
    pub const ALL: [CoreId; 2] = [CoreId::Cpu1, CoreId::Cpu2];

    /// 0 for CPU1, 1 for CPU2.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The other core.
    pub fn other(self) -> CoreId {
        match self {
            CoreId::Cpu1 => CoreId::Cpu2,
            CoreId::Cpu2 => CoreId::Cpu1,
        }
    }
}

impl std::fmt::Display for CoreId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            CoreId::Cpu1 => "CPU1",
            CoreId::Cpu2 => "CPU2",
        })
    }
}
