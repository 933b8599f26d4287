// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Ring buffers for tracing, kept in statics and read by a debugger.
//!
//! ```
//! use ringbuf::{ringbuf, ringbuf_entry};
//!
//! #[derive(Copy, Clone, Debug, Eq, PartialEq)]
//! enum Trace {
//!     None,
//!     Irq(u32),
//!     Timeout,
//! }
//! ringbuf!(Trace, 16, Trace::None);
//!
//! ringbuf_entry!(Trace::Irq(0b10));
//! ringbuf_entry!(Trace::Timeout);
//! ```
//!
//! An entry that repeats the newest one, that is, one with an equal payload
//! recorded on the same line, does not take a new slot but raises the newest
//! entry's count. The option `no_dedup` turns that off, and with it the need
//! for `PartialEq`.
//!
//! A *counted* ring buffer also counts how often each variant of its payload,
//! an enum that implements `Count`, was ever recorded:
//!
#![cfg_attr(feature = "counters", doc = "```")]
#![cfg_attr(not(feature = "counters"), doc = "```ignore")]
//! use ringbuf::{counted_ringbuf, ringbuf_entry};
//!
//! #[derive(Copy, Clone, Debug, Eq, PartialEq, ringbuf::Count)]
//! enum Trace {
//!     #[count(skip)]
//!     None,
//!     Sent,
//! }
//! counted_ringbuf!(Trace, 16, Trace::None);
//!
//! ringbuf_entry!(Trace::Sent);
//! ```
//!
//! Recording never panics and never waits: should the buffer be in use, as in
//! an entry recorded while formatting another one, the entry is lost.
//!
//! # Features
//!
//! - `counters` (default): counted ring buffers.
//! - `disabled`: removes all ring buffers, at no cost left; counters stay.
//! - `counters-disabled`: counted ring buffers become plain ones.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "counters")]
mod counted;
mod macros;

#[cfg(feature = "counters")]
pub use counted::CountedRingbuf;
#[cfg(feature = "counters")]
pub use counters::Count;
pub use static_cell::StaticCell;

/// A slot of a ring buffer.
///
/// `C` is `u16`, or `()` in a buffer that does not de-duplicate.
#[derive(Debug, Copy, Clone)]
pub struct RingbufEntry<T: Copy, C> {
    /// Source line that recorded the entry.
    pub line: u16,
    /// How often the slot was filled, wrapping; 0 marks a slot never used.
    pub generation: u16,
    /// What was recorded.
    pub payload: T,
    /// How often it was recorded in a row.
    pub count: C,
}

/// A ring buffer of `N` entries.
#[derive(Debug)]
pub struct Ringbuf<T: Copy, C, const N: usize> {
    /// Index of the newest entry.
    pub last: Option<usize>,
    /// The slots; they are filled from 0 on and then overwritten in turn.
    pub buffer: [RingbufEntry<T, C>; N],
}

/// Something that entries can be recorded in, by way of `ringbuf_entry!`.
pub trait RecordEntry<T: Copy> {
    /// Records `payload`, which occurred on source line `line`.
    fn record_entry(&self, line: u16, payload: &T);
}

impl<T: Copy, C: Copy, const N: usize> Ringbuf<T, C, N> {
    /// Makes an empty buffer, its unused slots filled with `init` and
    /// `count`.
    ///
    /// Called by the macros.
    #[doc(hidden)]
    pub const fn new(init: T, count: C) -> Self {
        const { assert!(N > 0, "a ring buffer needs at least one slot") };
        Self {
            last: None,
            buffer: [RingbufEntry {
                line: 0,
                generation: 0,
                payload: init,
                count,
            }; N],
        }
    }

    /// Overwrites the oldest entry.
    fn advance(&mut self, line: u16, payload: T, count: C) {
        let index = match self.last {
            Some(last) if last < N - 1 => last + 1,
            _ => 0,
        };
        // The index is always in range; asking keeps a panic out of the image.
        if let Some(entry) = self.buffer.get_mut(index) {
            *entry = RingbufEntry {
                line,
                generation: entry.generation.wrapping_add(1),
                payload,
                count,
            };
            self.last = Some(index);
        }
    }
}

impl<T: Copy + PartialEq, const N: usize> RecordEntry<T>
    for StaticCell<Ringbuf<T, u16, N>>
{
    fn record_entry(&self, line: u16, payload: &T) {
        let Some(mut ring) = self.try_borrow_mut() else {
            return;
        };
        let newest = ring.last;
        if let Some(entry) = newest.and_then(|index| ring.buffer.get_mut(index))
            && entry.line == line
            && entry.payload == *payload
            && let Some(count) = entry.count.checked_add(1)
        {
            entry.count = count;
        } else {
            ring.advance(line, *payload, 1);
        }
    }
}

impl<T: Copy, const N: usize> RecordEntry<T> for StaticCell<Ringbuf<T, (), N>> {
    fn record_entry(&self, line: u16, payload: &T) {
        if let Some(mut ring) = self.try_borrow_mut() {
            ring.advance(line, *payload, ());
        }
    }
}

/// What remains of a ring buffer that is compiled out.
#[cfg(feature = "disabled")]
impl<T: Copy + PartialEq> RecordEntry<T> for () {
    #[inline(always)]
    fn record_entry(&self, _: u16, _: &T) {}
}

#[cfg(test)]
mod tests;
