// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use crate::{Count, RecordEntry};
#[cfg(not(feature = "disabled"))]
use crate::{Ringbuf, StaticCell};

/// A ring buffer, and a counter for each variant of its payload.
#[cfg(not(feature = "disabled"))]
pub struct CountedRingbuf<T: Count + Copy, C, const N: usize> {
    /// The entries.
    pub ringbuf: StaticCell<Ringbuf<T, C, N>>,
    /// How often each variant was recorded, including the entries that the
    /// buffer has lost since.
    pub counters: T::Counters,
}

#[cfg(not(feature = "disabled"))]
impl<T: Count + Copy, C, const N: usize> RecordEntry<T>
    for CountedRingbuf<T, C, N>
where
    StaticCell<Ringbuf<T, C, N>>: RecordEntry<T>,
{
    fn record_entry(&self, line: u16, payload: &T) {
        payload.count(&self.counters);
        self.ringbuf.record_entry(line, payload);
    }
}

/// The counters of a ring buffer that is itself compiled out.
#[cfg(feature = "disabled")]
pub struct CountedRingbuf<T: Count + Copy, C, const N: usize> {
    /// How often each variant was recorded.
    pub counters: T::Counters,
    _count: core::marker::PhantomData<fn() -> C>,
}

#[cfg(feature = "disabled")]
impl<T: Count + Copy, C, const N: usize> RecordEntry<T>
    for CountedRingbuf<T, C, N>
{
    fn record_entry(&self, _: u16, payload: &T) {
        payload.count(&self.counters);
    }
}

impl<T: Count + Copy, C: Copy, const N: usize> CountedRingbuf<T, C, N> {
    /// Makes an empty buffer; called by the macros.
    #[doc(hidden)]
    pub const fn new(init: T, count: C) -> Self {
        #[cfg(not(feature = "disabled"))]
        {
            Self {
                ringbuf: StaticCell::new(Ringbuf::new(init, count)),
                counters: T::NEW_COUNTERS,
            }
        }
        #[cfg(feature = "disabled")]
        {
            let _ = (init, count);
            Self {
                counters: T::NEW_COUNTERS,
                _count: core::marker::PhantomData,
            }
        }
    }
}
