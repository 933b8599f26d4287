// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The alarms of the RTC: a pattern that the calendar is compared with.

use super::calendar::{Calendar, DAY};
use crate::chip::access::Write;

const WDSEL: u32 = 1 << 30;
/// RTC_ALRMxSSR.SS.
const SS: u32 = 0x7fff;

/// The longest wait for a match: the 31st of a month.
const HORIZON: u64 = 62 * DAY;

/// One alarm.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alarm {
    /// RTC_ALRMxR.
    pub pattern: u32,
    /// RTC_ALRMxSSR without its SS.
    subsecond_mask: u32,
    /// RTC_ALRxBINR, whose lowest bits are RTC_ALRMxSSR.SS, too.
    pub subsecond: u32,
    /// The cycle of the next match of an enabled alarm.
    pub at: Option<u64>,
}

impl Alarm {
    pub fn write_pattern(&mut self, w: Write) {
        self.pattern = w.merge(self.pattern, u32::MAX);
    }

    /// RTC_ALRMxSSR.
    pub fn subsecond_register(&self) -> u32 {
        self.subsecond_mask | self.subsecond & SS
    }

    pub fn write_subsecond_register(&mut self, w: Write) {
        self.subsecond_mask = w.merge(self.subsecond_mask, 0xbf00_0000);
        self.subsecond = w.merge(self.subsecond, SS);
    }

    pub fn write_subsecond(&mut self, w: Write) {
        self.subsecond = w.merge(self.subsecond, u32::MAX);
    }

    /// Whether the field at `shift`, which bit `mask` excludes from the
    /// comparison, equals that of the calendar.
    fn equals(&self, field: u32, shift: u32, mask: u32, value: u32) -> bool {
        self.pattern >> mask & 1 != 0 || self.pattern >> shift & field == value
    }

    fn is_day(&self, now: Calendar) -> bool {
        if self.pattern & WDSEL != 0 {
            self.equals(0xf, 24, 31, now.date >> 13 & 7)
        } else {
            self.equals(0x3f, 24, 31, now.date & 0x3f)
        }
    }

    /// Seconds from `now` to the next second that matches, 0 if this one
    /// does.
    fn seconds_until(&self, now: Calendar) -> Option<u64> {
        let mut ahead = 0;
        while ahead < HORIZON {
            let at = now.plus(ahead);
            let second = at.second_of_day();
            ahead += if !self.is_day(at) {
                DAY - second
            } else if !self.equals(0x3f, 16, 23, at.time >> 16 & 0x3f) {
                3600 - second % 3600
            } else if !self.equals(0x7f, 8, 15, at.time >> 8 & 0x7f) {
                60 - second % 60
            } else if !self.equals(0x7f, 0, 7, at.time & 0x7f) {
                1
            } else {
                return Some(ahead);
            };
        }
        None
    }

    /// The first tick of a second after `tick` that matches, for seconds of
    /// `ticks` ticks. The sub-second register runs down to zero.
    fn tick_after(&self, tick: Option<u64>, ticks: u64) -> Option<u64> {
        let from = tick.map_or(0, |t| t + 1);
        let compared = self.subsecond_mask >> 24 & 0x3f;
        if compared == 0 {
            return (from == 0).then_some(0);
        }
        let mask = (1_u64 << compared.min(15)) - 1;
        let value = u64::from(self.subsecond) & mask;
        (from..ticks).find(|t| (ticks - 1 - t) & mask == value)
    }

    /// How long after the beginning of the second `now` the next match is,
    /// as seconds and ticks, if `tick` ticks of `now` have passed.
    pub fn next(
        &self,
        now: Calendar,
        tick: u64,
        ticks: u64,
    ) -> Option<(u64, u64)> {
        if self.seconds_until(now)? == 0
            && let Some(t) = self.tick_after(Some(tick), ticks)
        {
            return Some((0, t));
        }
        let seconds = 1 + self.seconds_until(now.plus(1))?;
        Some((seconds, self.tick_after(None, ticks)?))
    }

    /// The first count of the binary mode after `count` that matches: its
    /// complement is compared as far as MASKSS says.
    pub fn next_count(&self, count: u64) -> Option<u64> {
        let compared = self.subsecond_mask >> 24 & 0x3f;
        if compared == 0 {
            return None;
        }
        let mask = (1_u64 << compared.min(32)) - 1;
        let value = !u64::from(self.subsecond);
        Some(count + 1 + (value.wrapping_sub(count + 1) & mask))
    }
}

#[cfg(test)]
mod tests {
    use super::{Alarm, Calendar, DAY, WDSEL};

    /// Thursday, 2024-02-29, 23:59:58.
    const NOW: Calendar = Calendar {
        time: 0x23_5958,
        date: 0x24_8229,
    };
    const ANY_DAY: u32 = 1 << 31;
    const ANY_HOUR: u32 = 1 << 23;
    const ANY_MINUTE: u32 = 1 << 15;
    const ANY_SECOND: u32 = 1 << 7;

    fn seconds(pattern: u32) -> Option<u64> {
        let alarm = Alarm {
            pattern,
            ..Alarm::default()
        };
        alarm.next(NOW, 0, 256).map(|(seconds, _)| seconds)
    }

    #[test]
    fn masked_fields_are_not_compared() {
        let any = ANY_DAY | ANY_HOUR | ANY_MINUTE;
        assert_eq!(seconds(any | ANY_SECOND), Some(1));
        assert_eq!(seconds(any | 0x10), Some(12));
        // This very second has begun, so it is the next minute's.
        assert_eq!(seconds(any | 0x58), Some(60));
        assert_eq!(seconds(ANY_DAY | ANY_HOUR | 0x01 << 8), Some(62));
        assert_eq!(seconds(ANY_DAY | 0x12 << 16), Some(2 + 12 * 3600));
    }

    #[test]
    fn the_day_is_one_of_the_month_or_of_the_week() {
        assert_eq!(seconds(0x03 << 24), Some(2 + 2 * DAY));
        // Saturday.
        assert_eq!(seconds(WDSEL | 6 << 24), Some(2 + DAY));
        assert_eq!(seconds(0x32 << 24), None);
    }

    #[test]
    fn subseconds_are_compared_as_far_as_the_mask_goes() {
        let any = ANY_DAY | ANY_HOUR | ANY_MINUTE | ANY_SECOND;
        let alarm = Alarm {
            pattern: any,
            subsecond_mask: 6 << 24,
            subsecond: 0x3f,
            at: None,
        };
        // Four times in a second of 256 ticks.
        assert_eq!(alarm.next(NOW, 0, 256), Some((0, 64)));
        assert_eq!(alarm.next(NOW, 64, 256), Some((0, 128)));
        assert_eq!(alarm.next(NOW, 192, 256), Some((1, 0)));
    }

    #[test]
    fn binary_counts_are_compared_as_complements() {
        let alarm = |bits: u32, subsecond: u32| Alarm {
            subsecond_mask: bits << 24,
            subsecond,
            ..Alarm::default()
        };
        assert_eq!(alarm(32, !1000).next_count(0), Some(1000));
        assert_eq!(alarm(32, !1000).next_count(999), Some(1000));
        assert_eq!(alarm(32, !1000).next_count(1000), Some(1000 + (1 << 32)));
        assert_eq!(alarm(4, !3).next_count(100), Some(115));
        assert_eq!(alarm(0, !3).next_count(100), None);
    }
}
