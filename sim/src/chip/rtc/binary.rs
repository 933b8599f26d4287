// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The free-running counter of the RTC's binary mode.

use crate::chip::access::Access;

/// Counts periods of the asynchronous prescaler. RTC_SSR shows the complement
/// of its lowest 32 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Binary {
    /// The count at cycle `since`.
    start: u64,
    since: u64,
}

impl Binary {
    /// Starts from zero.
    pub fn restart(&mut self, access: &Access) {
        *self = Binary {
            start: 0,
            since: access.now,
        };
    }

    /// Goes on from the present count, for the clocks to change.
    pub fn rebase(&mut self, divider: u32, access: &Access) {
        self.start = self.count(divider, access);
        self.since = access.now;
    }

    /// The count now, with an RTC clock divided by `divider`.
    pub fn count(&self, divider: u32, access: &Access) -> u64 {
        let cycles = access.now.saturating_sub(self.since);
        let clocks = u128::from(cycles) * u128::from(access.kernel_hz)
            / u128::from(access.core_hz);
        self.start + clocks as u64 / u64::from(divider)
    }

    /// The cycle at which the count is going to be `count`.
    pub fn cycle(&self, count: u64, divider: u32, access: &Access) -> u64 {
        let clocks = (count - self.start) * u64::from(divider);
        let cycles = u128::from(clocks) * u128::from(access.core_hz);
        self.since + cycles.div_ceil(access.kernel_hz.max(1).into()) as u64
    }
}
