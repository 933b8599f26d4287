// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Pieces of address space, and what a task may do with them.

use core::ops::BitOr;

/// Entries in a task's region table, one of which is always the null region.
pub const REGIONS_PER_TASK: usize = 8;

/// The smallest region. ARMv6-M ignores the low eight bits of a base address.
pub(crate) const MIN_SIZE: u32 = if cfg!(armv6m) { 256 } else { 32 };

/// A contiguous piece of address space and what a task may do with it.
#[derive(Debug, PartialEq, Eq)]
pub struct RegionDesc {
    /// First address.
    pub base: u32,
    /// Bytes.
    pub size: u32,
    /// Access rights and kind of memory.
    pub attributes: RegionAttributes,
}

impl RegionDesc {
    /// Pads region tables, and catches null pointers on the way.
    pub const NULL: Self = Self {
        base: 0,
        size: 32,
        attributes: RegionAttributes::NONE,
    };

    /// Describes a region.
    ///
    /// # Panics
    ///
    /// If the memory protection unit cannot express it. The configuration is
    /// evaluated by the compiler, so this fails the build.
    pub const fn new(
        base: u32,
        size: u32,
        attributes: RegionAttributes,
    ) -> Self {
        assert_expressible(base, size);
        Self {
            base,
            size,
            attributes,
        }
    }

    /// Whether this is [`RegionDesc::NULL`] or like it.
    pub const fn is_null(&self) -> bool {
        self.base == 0 && self.attributes.0 == RegionAttributes::NONE.0
    }
}

/// Access rights and kind of memory of a region.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct RegionAttributes(u32);

impl RegionAttributes {
    /// No access.
    pub const NONE: Self = Self(0);
    /// The task may read, and the kernel on its behalf.
    pub const READ: Self = Self(1 << 0);
    /// The task may write, and the kernel on its behalf.
    pub const WRITE: Self = Self(1 << 1);
    /// The task may execute.
    pub const EXECUTE: Self = Self(1 << 2);
    /// Registers; the kernel does not touch them on a task's behalf.
    pub const DEVICE: Self = Self(1 << 3);
    /// Memory shared with other bus masters or processors; the kernel does
    /// not touch it on a task's behalf, except to read it for a dump.
    pub const DMA: Self = Self(1 << 4);

    /// Attributes by their numeric value.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & 0x1F)
    }

    /// Memory that is never touched on a task's behalf.
    pub const DEVICE_OR_DMA: Self = Self(Self::DEVICE.0 | Self::DMA.0);

    /// Whether all of `other` is here.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is here.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether this is ordinary memory that the task may read and write.
    pub(crate) const fn is_plain_read_write(self) -> bool {
        self.contains(Self::READ)
            && self.contains(Self::WRITE)
            && !self.contains(Self::DEVICE)
            && !self.contains(Self::DMA)
    }
}

impl BitOr for RegionAttributes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Panics unless the unit can express a region of that base and size.
const fn assert_expressible(base: u32, size: u32) {
    assert!(
        base.is_multiple_of(32),
        "a region's base is not 32-byte aligned"
    );
    assert!(
        size.is_power_of_two(),
        "a region's size is not a power of two"
    );
    assert!(size >= MIN_SIZE, "a region is too small for the processor");
    assert!(
        base & (size - 1) == 0,
        "a region is not aligned to its size"
    );
}

#[cfg(test)]
mod tests {
    use super::assert_expressible;

    #[test]
    fn what_the_unit_cannot_express_is_refused() {
        for (base, size) in [
            (0x2000_0010, 32),
            (0x2000_0000, 48),
            (0x2000_0000, 16),
            (0x2000_0020, 64),
        ] {
            std::panic::catch_unwind(|| assert_expressible(base, size))
                .expect_err("not expressible");
        }
        assert_expressible(0, 1 << 31);
        assert_expressible(0x2000_0020, 32);
    }
}
