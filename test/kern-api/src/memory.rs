// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Memory that is there for the cases: five memories of the memory file that
//! lie one behind the other, each with other attributes.
//!
//! | | bytes | |
//! |---|---|---|
//! | `low` | 512 | readable and writable, mapped into every task |
//! | `high` | 256 | readable and writable |
//! | `readonly` | 256 | readable; the kernel's crate has filled it |
//! | `dma` | 256 | readable and writable, shared with bus masters |
//! | `writeonly` | 256 | writable, mapped into the assistant only |
//!
//! `low` starts with the scratch memory of cases, then comes the
//! [journal](crate::journal), and then some more room, so that cases can use
//! the place where `low` ends as well as the one where it begins.

use crate::call::Span;
use core::ptr::{read_volatile, write_volatile};

/// Bytes of the journal.
pub const JOURNAL_SIZE: u32 = 32;

const LOW_SIZE: u32 = 512;
const SCRATCH_SIZE: u32 = 448;
const SIZE: u32 = 256;

/// What fills `readonly`, word by word.
pub const READONLY_PATTERN: u32 = 0x0DDC_0FFE;

unsafe extern "C" {
    static __REGION_LOW_BASE: [u32; 0];
}

fn base() -> u32 {
    (&raw const __REGION_LOW_BASE).expose_provenance() as u32
}

/// All of `low`.
pub fn low() -> Span {
    (base(), LOW_SIZE)
}

/// The part of `low` that is free for cases.
pub fn scratch() -> Span {
    (base(), SCRATCH_SIZE)
}

/// The part of `low` that belongs to the journal.
pub fn journal() -> Span {
    (base() + SCRATCH_SIZE, JOURNAL_SIZE)
}

/// All of `high`, right behind `low`.
pub fn high() -> Span {
    (base() + LOW_SIZE, SIZE)
}

/// All of `readonly`, right behind `high`.
pub fn readonly() -> Span {
    (base() + LOW_SIZE + SIZE, SIZE)
}

/// All of `dma`, right behind `readonly`.
pub fn dma() -> Span {
    (base() + LOW_SIZE + 2 * SIZE, SIZE)
}

/// All of `writeonly`, right behind `dma`.
pub fn writeonly() -> Span {
    (base() + LOW_SIZE + 3 * SIZE, SIZE)
}

/// Reads memory that another task may write.
///
/// # Safety
///
/// This task must be able to read it.
pub unsafe fn get<const N: usize>(base: u32) -> [u8; N] {
    let from = core::ptr::with_exposed_provenance::<u8>(base as usize);
    // SAFETY: as the caller promises.
    core::array::from_fn(|i| unsafe { read_volatile(from.wrapping_add(i)) })
}

/// Writes memory that another task may read.
///
/// # Safety
///
/// This task must be able to write it, and Rust must not believe to know its
/// contents.
pub unsafe fn put(base: u32, bytes: &[u8]) {
    let to = core::ptr::with_exposed_provenance_mut::<u8>(base as usize);
    for (i, &byte) in bytes.iter().enumerate() {
        // SAFETY: as the caller promises.
        unsafe { write_volatile(to.wrapping_add(i), byte) };
    }
}
