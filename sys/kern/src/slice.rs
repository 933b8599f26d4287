// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Memory that tasks name in system calls.
//!
//! A slice passes two tests, often at different times: it is *well formed* when
//! the kernel interprets the two registers that describe it, and *accessible*
//! when the kernel is about to use it. [`Readable`] and [`Writable`] are the
//! proof of the latter, and the only currency in which a [`Machine`] moves
//! task memory.
//!
//! [`Machine`]: crate::machine::Machine

use crate::descs::TaskDesc;
use crate::region::RegionAttributes;
use abi::{FaultInfo, FaultSource, ULease, UsageError};

/// A well-formed slice of bytes: its end is an address, too.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    base: u32,
    len: u32,
}

/// What is wrong with a slice.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum SliceFault {
    /// It is not well formed.
    Malformed,
    /// The task may not access all of it; this is its base.
    Inaccessible(u32),
}

impl From<SliceFault> for FaultInfo {
    fn from(f: SliceFault) -> Self {
        match f {
            SliceFault::Malformed => UsageError::InvalidSlice.into(),
            SliceFault::Inaccessible(base) => Self::MemoryAccess {
                address: Some(base),
                source: FaultSource::Kernel,
            },
        }
    }
}

impl Slice {
    /// `len` bytes at `base`.
    #[inline(always)]
    pub fn bytes(base: u32, len: u32) -> Result<Self, SliceFault> {
        match base.checked_add(len) {
            Some(_) => Ok(Self { base, len }),
            None => Err(SliceFault::Malformed),
        }
    }

    /// First address.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// Bytes.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// What is left after the first `n` bytes; nothing, if there are fewer.
    #[inline(always)]
    pub fn skip(&self, n: u32) -> Self {
        let n = n.min(self.len);
        Self {
            base: self.base.wrapping_add(n),
            len: self.len - n,
        }
    }

    /// The first `len` bytes, or all if there are fewer.
    #[inline(always)]
    pub fn prefix(&self, len: u32) -> Self {
        Self {
            base: self.base,
            len: self.len.min(len),
        }
    }

    /// Whether all of `other` is part of this slice.
    #[cfg(feature = "dump")]
    pub fn contains(&self, other: &Self) -> bool {
        match other.base.checked_sub(self.base) {
            Some(offset) => {
                offset <= self.len && other.len <= self.len - offset
            }
            None => false,
        }
    }

    /// Whether two slices have a byte in common.
    #[inline(always)]
    pub fn overlaps(&self, other: &Self) -> bool {
        // Neither slice wraps, so at most one of the differences can be
        // smaller than a length.
        let ahead = other.base.wrapping_sub(self.base);
        let behind = ahead.wrapping_neg();
        (ahead < self.len && other.len != 0)
            || (behind < other.len && self.len != 0)
    }
}

/// A well-formed lease table.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct LeaseTable {
    slice: Slice,
    count: u32,
}

impl LeaseTable {
    const ENTRY: u32 = size_of::<ULease>() as u32;

    /// `count` entries at `base`.
    #[inline(always)]
    pub fn new(base: u32, count: u32) -> Result<Self, SliceFault> {
        if !base.is_multiple_of(align_of::<ULease>() as u32) {
            return Err(SliceFault::Malformed);
        }
        if count == 0 {
            let slice = Slice { base, len: 0 };
            return Ok(Self { slice, count });
        }
        if count > u32::MAX / Self::ENTRY {
            return Err(SliceFault::Malformed);
        }
        let slice = Slice::bytes(base, count.wrapping_mul(Self::ENTRY))?;
        Ok(Self { slice, count })
    }
}

/// A lease table that the task which says it has one may read.
pub struct ReadableLeases(LeaseTable);

impl ReadableLeases {
    /// The memory of one entry, if there is such an entry.
    #[inline(always)]
    pub fn entry(&self, index: u32) -> Option<Readable> {
        // As the table does not wrap, none of its entries does.
        let offset = index.wrapping_mul(LeaseTable::ENTRY);
        (index < self.0.count).then_some(Readable(Slice {
            base: self.0.slice.base.wrapping_add(offset),
            len: LeaseTable::ENTRY,
        }))
    }
}

/// Memory that some task may read, and the kernel on its behalf.
#[derive(Copy, Clone, Debug)]
pub struct Readable(Slice);

/// Memory that some task may write, and the kernel on its behalf.
#[derive(Copy, Clone, Debug)]
pub struct Writable(Slice);

impl Readable {
    /// The memory.
    pub fn slice(&self) -> Slice {
        self.0
    }
}

impl Writable {
    /// The memory.
    pub fn slice(&self) -> Slice {
        self.0
    }
}

/// Memory that is never touched on a task's behalf.
const DEVICE_OR_DMA: RegionAttributes = RegionAttributes::DEVICE_OR_DMA;

impl TaskDesc {
    /// Checks that the task may read all of the slice.
    #[inline(always)]
    pub fn readable(&self, slice: Slice) -> Result<Readable, SliceFault> {
        if self.home.holds(slice.base, slice.len)
            || self.covers(slice, RegionAttributes::READ, DEVICE_OR_DMA)
        {
            Ok(Readable(slice))
        } else {
            Err(SliceFault::Inaccessible(slice.base))
        }
    }

    /// Checks that the task may write all of the slice.
    #[inline(always)]
    pub fn writable(&self, slice: Slice) -> Result<Writable, SliceFault> {
        if self.home.holds(slice.base, slice.len)
            || self.covers(slice, RegionAttributes::WRITE, DEVICE_OR_DMA)
        {
            Ok(Writable(slice))
        } else {
            Err(SliceFault::Inaccessible(slice.base))
        }
    }

    /// Checks that the task may read all of the lease table.
    #[inline(always)]
    pub fn readable_leases(
        &self,
        table: LeaseTable,
    ) -> Result<ReadableLeases, SliceFault> {
        self.readable(table.slice)?;
        Ok(ReadableLeases(table))
    }

    /// Checks that the slice may go into a dump of the task.
    #[cfg(feature = "dump")]
    pub fn dumpable(&self, slice: Slice) -> Result<Readable, SliceFault> {
        let forbidden = RegionAttributes::DEVICE;
        if self.covers(slice, RegionAttributes::READ, forbidden) {
            Ok(Readable(slice))
        } else {
            Err(SliceFault::Inaccessible(slice.base))
        }
    }

    /// Whether abutting regions, each with all of `required` and none of
    /// `forbidden`, cover the slice without a gap.
    #[inline(never)]
    fn covers(
        &self,
        slice: Slice,
        required: RegionAttributes,
        forbidden: RegionAttributes,
    ) -> bool {
        let mut rest = slice;
        if rest.len == 0 {
            return true;
        }
        for region in &self.regions {
            let Some(offset) = rest.base.checked_sub(region.base) else {
                // The table is sorted, so nothing covers this address.
                return false;
            };
            let Some(room) = region.size.checked_sub(offset) else {
                continue;
            };
            if room == 0 {
                continue;
            }
            if !region.attributes.contains(required)
                || region.attributes.intersects(forbidden)
            {
                return false;
            }
            rest = rest.skip(room);
            if rest.len == 0 {
                return true;
            }
        }
        false
    }
}

/// Checks both ends of a copy of `len` bytes between tasks.
///
/// On failure says what is wrong with the source, with the destination, or with
/// both. Overlap is blamed on the destination.
#[inline(always)]
pub fn check_copy(
    from: &TaskDesc,
    source: Slice,
    to: &TaskDesc,
    dest: Slice,
    len: u32,
) -> Result<(Readable, Writable), CopyFault> {
    let source = source.prefix(len);
    let dest = dest.prefix(len);
    // Nearly all copies are between plain data, and right.
    if from.home.holds(source.base, len)
        && to.home.holds(dest.base, len)
        && !source.overlaps(&dest)
    {
        return Ok((Readable(source), Writable(dest)));
    }
    check_unusual_copy(from, source, to, dest)
}

#[inline(never)]
#[cold]
fn check_unusual_copy(
    from: &TaskDesc,
    source: Slice,
    to: &TaskDesc,
    dest: Slice,
) -> Result<(Readable, Writable), CopyFault> {
    let readable = from.readable(source);
    let writable = if source.overlaps(&dest) {
        Err(SliceFault::Inaccessible(dest.base))
    } else {
        to.writable(dest)
    };
    match (readable, writable) {
        (Ok(r), Ok(w)) => Ok((r, w)),
        (r, w) => Err(CopyFault {
            source: r.err(),
            dest: w.err(),
        }),
    }
}

/// Who is to blame for a copy that cannot be made: at least one end.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct CopyFault {
    pub source: Option<SliceFault>,
    pub dest: Option<SliceFault>,
}
