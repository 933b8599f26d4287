// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A cache in front of the MPU's decisions.
//!
//! The smallest unit with permissions of its own is 32 bytes: an MPU region,
//! or an eighth of a region of 256 bytes.

use rsemu::cpu::arm::v7m::sys::{Access, MPU_REGIONS, Sys};

const GRANULE_BITS: u32 = 5;
const ENTRIES: usize = 256;

/// The registers that permissions depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cpu) struct MpuSetup {
    ctrl: u32,
    rbar: [u32; MPU_REGIONS],
    rasr: [u32; MPU_REGIONS],
    /// The execution priority is negative, so HFNMIENA matters.
    negative: bool,
}

impl MpuSetup {
    /// The setup at execution priority `priority`.
    pub fn new(sys: &Sys, priority: i32) -> Self {
        MpuSetup {
            ctrl: sys.mpu_ctrl,
            rbar: sys.mpu_rbar,
            rasr: sys.mpu_rasr,
            negative: priority < 0,
        }
    }

    fn is_off(&self) -> bool {
        self.ctrl & 1 == 0 || (self.negative && self.ctrl & 2 == 0)
    }
}

/// What is known of one granule: for each combination of access and
/// privilege one bit "known" and one bit "permitted".
#[derive(Clone, Copy, Debug)]
struct Entry {
    granule: u32,
    known: u8,
    permitted: u8,
}

const EMPTY: Entry = Entry {
    granule: u32::MAX,
    known: 0,
    permitted: 0,
};

/// The memory protection unit.
#[derive(Debug)]
pub(in crate::cpu) struct Mpu {
    setup: MpuSetup,
    /// Holds the setup so that `rsemu` can be asked.
    oracle: Sys,
    off: bool,
    entries: Box<[Entry; ENTRIES]>,
}

impl Mpu {
    pub fn new(sys: &Sys) -> Self {
        let setup = MpuSetup::new(sys, 0);
        Mpu {
            off: setup.is_off(),
            setup,
            oracle: sys.clone(),
            entries: Box::new([EMPTY; ENTRIES]),
        }
    }

    /// Takes over a changed setup.
    pub fn update(&mut self, setup: MpuSetup) {
        if setup == self.setup {
            return;
        }
        self.oracle.mpu_ctrl = setup.ctrl;
        self.oracle.mpu_rbar = setup.rbar;
        self.oracle.mpu_rasr = setup.rasr;
        self.off = setup.is_off();
        self.setup = setup;
        self.entries.fill(EMPTY);
    }

    /// Whether an access of `len` bytes (at most 4) is permitted.
    #[inline]
    pub fn permits(
        &mut self,
        addr: u32,
        len: u32,
        access: Access,
        privileged: bool,
    ) -> bool {
        if self.off {
            return true;
        }
        let last = addr.wrapping_add(len - 1);
        self.permits_byte(addr, access, privileged)
            && (addr >> GRANULE_BITS == last >> GRANULE_BITS
                || self.permits_byte(last, access, privileged))
    }

    /// Whether all of `len` bytes may be accessed.
    pub fn permits_all(
        &mut self,
        addr: u32,
        len: u32,
        access: Access,
        privileged: bool,
    ) -> bool {
        self.off
            || (addr >> GRANULE_BITS..=(addr + (len - 1)) >> GRANULE_BITS).all(
                |g| self.permits_byte(g << GRANULE_BITS, access, privileged),
            )
    }

    #[inline]
    fn permits_byte(
        &mut self,
        addr: u32,
        access: Access,
        privileged: bool,
    ) -> bool {
        let granule = addr >> GRANULE_BITS;
        let kind = match access {
            Access::Fetch => 0,
            Access::Read => 1,
            Access::Write => 2,
        };
        let bit = 1 << (2 * kind + u8::from(privileged));
        let entry = &mut self.entries[granule as usize % ENTRIES];
        if entry.granule != granule {
            *entry = Entry { granule, ..EMPTY };
        }
        if entry.known & bit == 0 {
            let priority = if self.setup.negative { -1 } else { 0 };
            entry.known |= bit;
            if self.oracle.mpu_permits(addr, access, privileged, priority) {
                entry.permitted |= bit;
            }
        }
        entry.permitted & bit != 0
    }
}
