// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The order in which tasks do things: marks in memory that all of them share.
//!
//! Tasks that write marks switch only where they make system calls or are
//! interrupted by a more important task, which leaves the journal consistent.

use crate::memory;
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Marks that fit.
pub const CAPACITY: usize = 31;

/// The journal, in the shared memory.
#[repr(C)]
struct Journal {
    length: AtomicU8,
    marks: [AtomicU8; CAPACITY],
}

const _: () = assert!(size_of::<Journal>() as u32 == memory::JOURNAL_SIZE);

fn journal() -> &'static Journal {
    let base = memory::journal().0 as *const Journal;
    // SAFETY: the region is mapped into every task of the suite and belongs to
    // nobody's statics; all accesses are atomic.
    unsafe { &*base }
}

/// Forgets all marks.
pub fn clear() {
    journal().length.store(0, Relaxed);
}

/// Adds a mark; does nothing if there are too many.
pub fn mark(mark: u8) {
    let journal = journal();
    let length = journal.length.load(Relaxed);
    if let Some(free) = journal.marks.get(usize::from(length)) {
        free.store(mark, Relaxed);
        journal.length.store(length.wrapping_add(1), Relaxed);
    }
}

/// All marks since the last [`clear`], oldest first, padded with zeros.
pub fn marks() -> ([u8; CAPACITY], usize) {
    let journal = journal();
    let length = usize::from(journal.length.load(Relaxed)).min(CAPACITY);
    let mut marks = [0; CAPACITY];
    for (to, from) in marks.iter_mut().zip(&journal.marks).take(length) {
        *to = from.load(Relaxed);
    }
    (marks, length)
}
