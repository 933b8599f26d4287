// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the build tool tells the kernel about tasks.
//!
//! All of it is constant and lives in flash. Debuggers find the types and
//! fields here, and those of regions, by name.

use crate::mpu::MpuImage;
use crate::region::{REGIONS_PER_TASK, RegionDesc};
use crate::set::Place;

/// One task, as configured. The code that switches tasks finds `mpu` at the
/// start.
#[derive(Debug)]
#[repr(C)]
pub struct TaskDesc {
    /// `regions`, in the form the memory protection unit wants.
    pub(crate) mpu: MpuImage,
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
            mpu: MpuImage::new(&regions),
            home: home(&regions, initial_stack),
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
