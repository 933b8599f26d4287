// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the build tool tells the kernel about tasks and memory.
//!
//! All of it is constant and lives in flash. Debuggers find the types and
//! fields here by name.

use crate::mpu::{self, MpuImage};
use crate::set::Place;
use core::ops::BitOr;

/// Entries in a task's region table, one of which is always the null region.
pub const REGIONS_PER_TASK: usize = 8;

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
        mpu::assert_expressible(base, size);
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
    const fn is_plain_read_write(self) -> bool {
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

/// One task, as configured.
#[derive(Debug)]
pub struct TaskDesc {
    /// Everything the task may access, ascending by base address.
    pub regions: [&'static RegionDesc; REGIONS_PER_TASK],
    /// First instruction.
    pub entry_point: u32,
    /// Top of the stack.
    pub initial_stack: u32,
    /// Scheduling priority; 0 is most important.
    pub priority: u8,
    /// See [`TaskDesc::START_AT_BOOT`].
    pub flags: u8,
    /// Position in the task table.
    pub index: u16,
    /// Position in the ranking of tasks.
    pub(crate) place: Place,
    /// The memory around the stack that is free for the kernel to read and
    /// write on the task's behalf. Most slices lie here, and asking that is
    /// much quicker than searching `regions`.
    pub(crate) home: Span,
    /// `regions`, in the form the memory protection unit wants.
    pub(crate) mpu: MpuImage,
}

/// A half-open range of addresses that does not wrap.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub base: u32,
    pub size: u32,
}

impl Span {
    /// Whether `len` bytes at `base` lie within. The sum must not wrap.
    #[inline(always)]
    pub const fn holds(&self, base: u32, len: u32) -> bool {
        let offset = base.wrapping_sub(self.base);
        // If `base` is below ours, the offset is larger than any size.
        offset <= self.size && len <= self.size - offset
    }
}

impl TaskDesc {
    /// Flag: the task is runnable from boot on.
    pub const START_AT_BOOT: u8 = 1 << 0;

    /// Describes a task.
    ///
    /// # Panics
    ///
    /// If the region table is not sorted or has no null region.
    pub const fn new(
        regions: [&'static RegionDesc; REGIONS_PER_TASK],
        entry_point: u32,
        initial_stack: u32,
        priority: u8,
        flags: u8,
        index: u16,
        place: Place,
    ) -> Self {
        assert!(regions[0].is_null(), "no null region in a region table");
        let mut i = 1;
        while i < REGIONS_PER_TASK {
            assert!(
                regions[i - 1].base <= regions[i].base,
                "a region table is not sorted"
            );
            i += 1;
        }
        Self {
            home: home(&regions, initial_stack),
            mpu: MpuImage::new(&regions),
            regions,
            entry_point,
            initial_stack,
            priority,
            flags,
            index,
            place,
        }
    }
}

/// The abutting plain read-write regions around the top of the stack; empty if
/// there is no such memory, and then every slice is looked up in the table.
const fn home(
    regions: &[&RegionDesc; REGIONS_PER_TASK],
    initial_stack: u32,
) -> Span {
    let last = initial_stack.wrapping_sub(1);
    let mut run = Span { base: 0, size: 0 };
    let mut i = 0;
    while i < REGIONS_PER_TASK {
        let region = regions[i];
        i += 1;
        if !region.attributes.is_plain_read_write() {
            continue;
        }
        if run.size != 0 && region.base - run.base == run.size {
            run.size = run.size.saturating_add(region.size);
        } else if run.holds(last, 1) {
            break;
        } else {
            run = Span {
                base: region.base,
                size: region.size,
            };
        }
    }
    if run.holds(last, 1) {
        run
    } else {
        Span { base: 0, size: 0 }
    }
}
