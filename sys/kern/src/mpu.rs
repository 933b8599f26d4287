// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Regions in the form the memory protection unit wants them (PMSAv6/v7).
//!
//! The register values are computed when the kernel is built, so that a
//! context switch only copies them from flash to the unit. ARMv7-M Architecture
//! Reference Manual (DDI 0403), section B3.5; ARMv6-M (DDI 0419), section B3.5.

use crate::region::{MIN_SIZE, REGIONS_PER_TASK, RegionAttributes, RegionDesc};

/// RBAR: the region number in bits 3:0 is valid and selects the region.
const RBAR_VALID: u32 = 1 << 4;

/// MPU_CTRL: enable the unit, and give privileged code the default memory map
/// where no region says otherwise (B3.5.5).
#[cfg(target_os = "none")]
pub(crate) const MPU_ON: u32 = 1 << 0 | 1 << 2;

const RASR_ENABLE: u32 = 1 << 0;
/// Bufferable.
const RASR_B: u32 = 1 << 16;
/// Cacheable.
const RASR_C: u32 = 1 << 17;
/// Shareable.
const RASR_S: u32 = 1 << 18;
/// Type extension 1: with C and B normal memory with write-back and allocation
/// on reads and writes, without them normal memory that is not cached.
const RASR_TEX_1: u32 = 1 << 19;
/// Privileged access only.
const RASR_AP_PRIV: u32 = 0b001 << 24;
/// Unprivileged code may only read.
const RASR_AP_READ: u32 = 0b010 << 24;
/// Everybody may read and write.
const RASR_AP_WRITE: u32 = 0b011 << 24;
/// Execute never.
const RASR_XN: u32 = 1 << 28;

/// The values of RBAR and RASR for one region.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct MpuRegion {
    pub rbar: u32,
    pub rasr: u32,
}

/// Half of the regions of one task, in table order.
pub(crate) type MpuHalf = [MpuRegion; REGIONS_PER_TASK / 2];

/// The register values for all regions of one task.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct MpuImage {
    /// Regions 4 to 7, first because each switch needs them.
    pub high: MpuHalf,
    /// Regions 0 to 3.
    pub low: MpuHalf,
    /// Whether regions 0 to 3 are anything but null. Most tasks use at most
    /// four regions; a switch between two such tasks leaves the null ones be.
    pub uses_low_half: bool,
}

impl MpuRegion {
    /// The values with which region `number` of the unit is that one.
    const fn new(number: usize, region: &RegionDesc) -> Self {
        Self {
            rbar: region.base | RBAR_VALID | number as u32,
            rasr: rasr(region),
        }
    }
}

impl MpuImage {
    /// The image of a region table.
    pub const fn new(regions: &[&RegionDesc; REGIONS_PER_TASK]) -> Self {
        let empty = [MpuRegion { rbar: 0, rasr: 0 }; REGIONS_PER_TASK / 2];
        let mut image = Self {
            high: empty,
            low: empty,
            uses_low_half: false,
        };
        let half = REGIONS_PER_TASK / 2;
        let mut i = 0;
        while i < half {
            image.low[i] = MpuRegion::new(i, regions[i]);
            image.high[i] = MpuRegion::new(i + half, regions[i + half]);
            if !regions[i].is_null() {
                image.uses_low_half = true;
            }
            i += 1;
        }
        image
    }
}

const fn rasr(region: &RegionDesc) -> u32 {
    if region.size < MIN_SIZE {
        // Only the null region, on ARMv6-M. Unprivileged code may not access
        // anything there without it either.
        return 0;
    }
    let a = region.attributes;
    let access = if a.contains(RegionAttributes::WRITE) {
        RASR_AP_WRITE
    } else if a.contains(RegionAttributes::READ) {
        RASR_AP_READ
    } else {
        RASR_AP_PRIV
    };
    let execution = if a.contains(RegionAttributes::EXECUTE) {
        0
    } else {
        RASR_XN
    };
    let kind = if a.contains(RegionAttributes::DEVICE) {
        RASR_B
    } else if a.contains(RegionAttributes::DMA) {
        RASR_TEX_1 | RASR_S
    } else {
        RASR_TEX_1 | RASR_C | RASR_B
    };
    // The size is 2 to the power of the field plus one.
    let size = region.size.trailing_zeros() - 1;
    access | execution | kind | size << 1 | RASR_ENABLE
}

#[cfg(test)]
mod tests {
    use super::{MpuImage, MpuRegion, rasr};
    use crate::region::{RegionAttributes as A, RegionDesc};

    fn bits(attributes: A) -> u32 {
        rasr(&RegionDesc::new(0x2000_0000, 1024, attributes))
    }

    const SIZE_1K_ENABLED: u32 = 9 << 1 | 1;

    #[test]
    fn code_is_readable_executable_cacheable_memory() {
        assert_eq!(
            bits(A::READ | A::EXECUTE),
            SIZE_1K_ENABLED | 0b010 << 24 | 0b001_011 << 16
        );
    }

    #[test]
    fn data_is_writable_and_never_executed() {
        assert_eq!(
            bits(A::READ | A::WRITE),
            SIZE_1K_ENABLED | 1 << 28 | 0b011 << 24 | 0b001_011 << 16
        );
    }

    #[test]
    fn write_without_read_still_means_full_access() {
        assert_eq!(bits(A::WRITE), bits(A::READ | A::WRITE));
    }

    #[test]
    fn registers_are_device_memory_even_when_marked_dma() {
        let device = bits(A::READ | A::WRITE | A::DEVICE);
        assert_eq!(
            device,
            SIZE_1K_ENABLED | 1 << 28 | 0b011 << 24 | 0b000_001 << 16
        );
        assert_eq!(bits(A::READ | A::WRITE | A::DEVICE | A::DMA), device);
    }

    #[test]
    fn dma_memory_is_shareable_and_not_cached() {
        assert_eq!(
            bits(A::READ | A::DMA),
            SIZE_1K_ENABLED | 1 << 28 | 0b010 << 24 | 0b001_100 << 16
        );
    }

    #[test]
    fn a_region_without_rights_is_for_privileged_code_only() {
        assert_eq!(
            rasr(&RegionDesc::NULL),
            1 << 28 | 0b001 << 24 | 0b001_011 << 16 | 4 << 1 | 1
        );
    }

    #[test]
    fn each_entry_selects_the_region_of_its_position() {
        static RAM: RegionDesc = RegionDesc::new(0x2000_0400, 1024, A::WRITE);
        let n = &RegionDesc::NULL;
        let image = MpuImage::new(&[n, n, n, n, n, n, n, &RAM]);
        assert_eq!(
            image.high[3],
            MpuRegion {
                rbar: 0x2000_0417,
                rasr: rasr(&RAM)
            }
        );
        assert_eq!(image.low[3].rbar, 0x13);
        assert!(!image.uses_low_half);

        let image = MpuImage::new(&[n, n, n, &RAM, &RAM, &RAM, &RAM, &RAM]);
        assert!(image.uses_low_half);
    }
}
