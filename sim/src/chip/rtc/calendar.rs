// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Dates and times in the format of RTC_DR and RTC_TR.

/// Seconds of a day.
pub(super) const DAY: u64 = 86_400;

/// A moment as the registers tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Calendar {
    /// RTC_TR, in 24-hour format.
    pub time: u32,
    /// RTC_DR.
    pub date: u32,
}

impl Calendar {
    /// After a reset of the backup domain: Saturday, 2000-01-01.
    pub const RESET: Calendar = Calendar {
        time: 0,
        date: 0x0000_2101,
    };

    /// Seconds since midnight.
    pub fn second_of_day(self) -> u64 {
        let seconds = from_bcd(self.time & 0x7f)
            + 60 * from_bcd(self.time >> 8 & 0x7f)
            + 3600 * from_bcd(self.time >> 16 & 0x3f);
        seconds.into()
    }

    /// The moment `seconds` later.
    pub fn plus(self, seconds: u64) -> Calendar {
        let total = self.second_of_day() + seconds;
        let (days, s) = (total / DAY, (total % DAY) as u32);
        Calendar {
            time: to_bcd(s / 3600) << 16
                | to_bcd(s / 60 % 60) << 8
                | to_bcd(s % 60),
            date: add_days(self.date, days),
        }
    }
}

fn from_bcd(v: u32) -> u32 {
    (v >> 4) * 10 + (v & 0xf)
}

fn to_bcd(v: u32) -> u32 {
    ((v / 10) << 4) | (v % 10)
}

fn add_days(date: u32, days: u64) -> u32 {
    let mut year = from_bcd(date >> 16 & 0xff);
    let mut month = from_bcd(date >> 8 & 0x1f).clamp(1, 12);
    let mut day = from_bcd(date & 0x3f);
    let weekday = date >> 13 & 7;
    for _ in 0..days {
        let length = match month {
            2 if year.is_multiple_of(4) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        day += 1;
        if day > length {
            day = 1;
            month = month % 12 + 1;
            year += u32::from(month == 1);
        }
    }
    let weekday = (u64::from(weekday.max(1)) - 1 + days) % 7 + 1;
    to_bcd(year % 100) << 16
        | (weekday as u32) << 13
        | to_bcd(month) << 8
        | to_bcd(day)
}

#[cfg(test)]
mod tests {
    use super::{Calendar, DAY};

    /// A moment on a Monday.
    fn at(date: u32, time: u32) -> Calendar {
        let date = date | 1 << 13;
        Calendar { time, date }
    }

    #[test]
    fn months_have_their_lengths() {
        let feb28 = at(0x24_0228, 0);
        assert_eq!(feb28.plus(DAY).date & 0xff_1f3f, 0x24_0229);
        assert_eq!(feb28.plus(2 * DAY).date & 0xff_1f3f, 0x24_0301);
        let eve = at(0x99_1231, 0);
        assert_eq!(eve.plus(DAY).date & 0xff_1f3f, 0x00_0101);
    }

    #[test]
    fn a_week_has_seven_days() {
        let monday = at(0x24_0226, 0);
        assert_eq!(monday.plus(6 * DAY).date >> 13 & 7, 7);
        assert_eq!(monday.plus(7 * DAY).date >> 13 & 7, 1);
    }

    #[test]
    fn the_last_second_of_a_day_is_followed_by_the_next_day() {
        let next = at(0x24_0430, 0x23_5959).plus(1);
        assert_eq!((next.time, next.date & 0x1f3f), (0, 0x0501));
    }
}
