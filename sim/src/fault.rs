// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Faults as the hardware saw them.

use crate::core_id::CoreId;
use crate::image::Location;
use std::fmt;

/// Which fault exception a core took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// HardFault; on ARMv6-M every fault is one.
    Hard,
    /// MemManage: the MPU refused.
    MemManage,
    /// BusFault: the bus refused.
    Bus,
    /// UsageFault.
    Usage,
}

impl FaultKind {
    pub(crate) fn from_exception(number: u16) -> Option<FaultKind> {
        Some(match number {
            3 => FaultKind::Hard,
            4 => FaultKind::MemManage,
            5 => FaultKind::Bus,
            6 => FaultKind::Usage,
            _ => return None,
        })
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FaultKind::Hard => "HardFault",
            FaultKind::MemManage => "MemManage fault",
            FaultKind::Bus => "BusFault",
            FaultKind::Usage => "UsageFault",
        })
    }
}

/// A fault exception at the moment it was taken. In a protected system this
/// is the normal end of a misbehaving task, so the simulator only records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The core.
    pub core: CoreId,
    /// Cycle at which the handler was entered.
    pub cycle: u64,
    /// The exception.
    pub kind: FaultKind,
    /// The faulting instruction.
    pub pc: u32,
    /// Link register, stack pointer and program status of the faulting code.
    pub lr: u32,
    /// Stack pointer before the exception frame was pushed.
    pub sp: u32,
    /// Program status.
    pub xpsr: u32,
    /// Configurable fault status.
    pub cfsr: u32,
    /// HardFault status.
    pub hfsr: u32,
    /// The address that the MPU refused, if it is known.
    pub mmfar: Option<u32>,
    /// The address that the bus refused, if it is known.
    pub bfar: Option<u32>,
    /// Module and symbol of the faulting instruction.
    pub at: Option<Location>,
}

/// Names of the bits in CFSR, then of those in HFSR.
const CFSR_BITS: [(u32, &str); 17] = [
    (0, "IACCVIOL"),
    (1, "DACCVIOL"),
    (3, "MUNSTKERR"),
    (4, "MSTKERR"),
    (5, "MLSPERR"),
    (8, "IBUSERR"),
    (9, "PRECISERR"),
    (10, "IMPRECISERR"),
    (11, "UNSTKERR"),
    (12, "STKERR"),
    (13, "LSPERR"),
    (16, "UNDEFINSTR"),
    (17, "INVSTATE"),
    (18, "INVPC"),
    (19, "NOCP"),
    (24, "UNALIGNED"),
    (25, "DIVBYZERO"),
];
const HFSR_BITS: [(u32, &str); 3] =
    [(1, "VECTTBL"), (30, "FORCED"), (31, "DEBUGEVT")];

impl Fault {
    /// The names of the status bits that are set.
    pub fn reasons(&self) -> Vec<&'static str> {
        let named = |value: u32, bits: &[(u32, &'static str)]| {
            bits.iter()
                .filter(|(n, _)| value >> n & 1 != 0)
                .map(|&(_, name)| name)
                .collect::<Vec<_>>()
        };
        let mut names = named(self.hfsr, &HFSR_BITS);
        names.extend(named(self.cfsr, &CFSR_BITS));
        names
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} at pc {:#010x}", self.core, self.kind, self.pc)?;
        if let Some(at) = &self.at {
            write!(f, " ({at})")?;
        }
        let reasons = self.reasons();
        if !reasons.is_empty() {
            write!(f, ": {}", reasons.join(" "))?;
        }
        if let Some(addr) = self.mmfar.or(self.bfar) {
            write!(f, ", address {addr:#010x}")?;
        }
        write!(
            f,
            "\n  lr {:#010x}  sp {:#010x}  xpsr {:#010x}  cfsr {:#010x}  \
             hfsr {:#010x}  cycle {}",
            self.lr, self.sp, self.xpsr, self.cfsr, self.hfsr, self.cycle
        )
    }
}
