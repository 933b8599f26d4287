// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Simulated time: core clock cycles and the seconds they stand for.

/// A span of simulated time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Core clock cycles.
    Cycles(u64),
    /// Nanoseconds of chip time, at whatever clock the guest selects.
    Nanos(u64),
}

impl From<u64> for Span {
    fn from(cycles: u64) -> Span {
        Span::Cycles(cycles)
    }
}

/// `n` milliseconds of chip time.
pub fn ms(n: u64) -> Span {
    Span::Nanos(n * 1_000_000)
}

/// `n` microseconds of chip time.
pub fn us(n: u64) -> Span {
    Span::Nanos(n * 1000)
}

/// Counts cycles and keeps the time that has passed across changes of the
/// clock frequency.
#[derive(Clone, Debug)]
pub(crate) struct Timebase {
    now: u64,
    hz: u32,
    /// The last change of frequency: cycle and nanosecond.
    since: (u64, u64),
}

const NANOS: u128 = 1_000_000_000;

impl Timebase {
    pub fn new(hz: u32) -> Self {
        Timebase {
            now: 0,
            hz: hz.max(1),
            since: (0, 0),
        }
    }

    /// The current cycle.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Frequency of the core clock.
    pub fn hz(&self) -> u32 {
        self.hz
    }

    /// Moves to cycle `now` and returns the current cycle. The cores take
    /// turns, so a request may lie slightly in the past: time stands then.
    pub fn advance(&mut self, now: u64) -> u64 {
        self.now = self.now.max(now);
        self.now
    }

    /// Nanoseconds since power-on at `cycle`, which must not lie before the
    /// last change of frequency.
    pub fn nanos(&self, cycle: u64) -> u64 {
        let cycles = u128::from(cycle.saturating_sub(self.since.0));
        let nanos = cycles * NANOS / u128::from(self.hz);
        self.since.1 + u64::try_from(nanos).unwrap_or(u64::MAX)
    }

    /// The first cycle at or after `nanos`, at the present frequency.
    pub fn cycle_at(&self, nanos: u64) -> u64 {
        let left = u128::from(nanos.saturating_sub(self.since.1));
        let cycles = (left * u128::from(self.hz)).div_ceil(NANOS);
        self.since
            .0
            .saturating_add(u64::try_from(cycles).unwrap_or(u64::MAX))
    }

    /// Changes the frequency of the core clock from cycle `now` on.
    pub fn set_frequency(&mut self, now: u64, hz: u32) {
        let hz = hz.max(1);
        if hz != self.hz {
            self.since = (now, self.nanos(now));
            self.hz = hz;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Timebase;

    #[test]
    fn time_is_kept_across_a_change_of_frequency() {
        let mut t = Timebase::new(4_000_000);
        assert_eq!(t.nanos(4000), 1_000_000);
        t.set_frequency(4000, 48_000_000);
        assert_eq!(t.nanos(4000), 1_000_000);
        assert_eq!(t.nanos(4000 + 48_000), 2_000_000);
        assert_eq!(t.cycle_at(2_000_000), 52_000);
    }
}
