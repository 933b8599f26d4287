// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The real-time clock (RM0453, chapter RTC): a calendar that starts on
//! 2000-01-01 and counts chip time, initialisation mode, write protection and
//! the wake-up timer. Alarms, time stamps and calibration only store.

use super::access::{Access, Block, Write};

const INIT_DATE: u32 = 0x0000_2101;
const PRER_RESET: u32 = 0x007f_00ff;
const ICSR_INIT: u32 = 1 << 7;
const ICSR_INITF: u32 = 1 << 6;
const ICSR_RSF: u32 = 1 << 5;
const ICSR_INITS: u32 = 1 << 4;
const ICSR_WUTWF: u32 = 1 << 2;
const ICSR_ALRWF: u32 = 3;
const CR_WUTE: u32 = 1 << 10;
const CR_WUTIE: u32 = 1 << 14;
const CR_WUCKSEL: u32 = 7;
const SR_WUTF: u32 = 1 << 2;

const STORAGE: [u32; 7] = [0x28, 0x40, 0x44, 0x48, 0x4c, 0x70, 0x74];

/// The RTC block.
#[derive(Debug)]
pub(crate) struct Rtc {
    /// TR and DR at cycle `since`.
    time: u32,
    date: u32,
    since: u64,
    prer: u32,
    wutr: u32,
    cr: u32,
    sr: u32,
    init: bool,
    /// Progress of the key sequence 0xCA, 0x53.
    keys: u8,
    storage: [u32; STORAGE.len()],
    wake_at: Option<u64>,
}

impl Rtc {
    pub fn new() -> Self {
        Rtc {
            time: 0,
            date: INIT_DATE,
            since: 0,
            prer: PRER_RESET,
            wutr: 0xffff,
            cr: 0,
            sr: 0,
            init: false,
            keys: 0,
            storage: [0; STORAGE.len()],
            wake_at: None,
        }
    }

    /// Whether the wake-up timer interrupts.
    pub fn wakes(&self) -> bool {
        self.cr & CR_WUTIE != 0 && self.sr & SR_WUTF != 0
    }

    /// The next expiry of the wake-up timer.
    pub fn next_event(&self) -> Option<u64> {
        self.wake_at
    }

    /// Lets the wake-up timer expire.
    pub fn advance(&mut self, access: &Access) {
        while self.wake_at.is_some_and(|t| t <= access.now) {
            self.sr |= SR_WUTF;
            let period = self.wake_period(access);
            self.wake_at = self.wake_at.map(|t| t + period);
        }
    }

    /// Keeps calendar and wake-up time when the core clock changes to `hz`.
    pub fn rescale(&mut self, access: &Access, hz: u32) {
        let old = u64::from(access.core_hz);
        let scale = |cycles: u64| cycles * u64::from(hz) / old;
        let part = access.now.saturating_sub(self.since) % old;
        (self.time, self.date) = self.calendar(access);
        self.since = access.now.saturating_sub(scale(part));
        self.wake_at = self
            .wake_at
            .map(|t| access.now + scale(t.saturating_sub(access.now)));
    }

    /// Cycles between two expiries of the wake-up timer.
    fn wake_period(&self, access: &Access) -> u64 {
        let clocks = match self.cr & CR_WUCKSEL {
            // RTC clock divided by 16, 8, 4, 2.
            n @ 0..=3 => 16 >> n,
            // Seconds, and from 6 on with the 17th bit of the counter set.
            _ => access.kernel_hz.max(1),
        };
        let extra = if self.cr & CR_WUCKSEL >= 6 {
            0x1_0000
        } else {
            0
        };
        let count = u64::from(self.wutr) + 1 + extra;
        count * u64::from(clocks) * u64::from(access.core_hz)
            / u64::from(access.kernel_hz.max(1))
    }

    /// Full seconds since the calendar was set.
    fn elapsed(&self, access: &Access) -> u64 {
        if access.kernel_hz == 0 {
            return 0;
        }
        access.now.saturating_sub(self.since) / u64::from(access.core_hz)
    }

    /// TR and DR now.
    fn calendar(&self, access: &Access) -> (u32, u32) {
        let seconds = from_bcd(self.time & 0x7f)
            + 60 * from_bcd(self.time >> 8 & 0x7f)
            + 3600 * from_bcd(self.time >> 16 & 0x3f);
        let total = u64::from(seconds) + self.elapsed(access);
        let (days, s) = (total / 86_400, (total % 86_400) as u32);
        let time =
            to_bcd(s / 3600) << 16 | to_bcd(s / 60 % 60) << 8 | to_bcd(s % 60);
        (time, add_days(self.date, days))
    }

    fn icsr(&self) -> u32 {
        let mut v = ICSR_ALRWF | ICSR_RSF;
        if self.init {
            v |= ICSR_INIT | ICSR_INITF;
        }
        if self.date >> 16 != 0 {
            v |= ICSR_INITS;
        }
        if self.cr & CR_WUTE == 0 {
            v |= ICSR_WUTWF;
        }
        v
    }

    fn writable(&self) -> bool {
        self.keys == 2
    }

    fn write_protected(
        &mut self,
        offset: u32,
        w: Write,
        access: &Access,
    ) -> Option<()> {
        match offset {
            0x00 if self.init => self.time = w.merge(self.time, 0x007f_7f7f),
            0x04 if self.init => self.date = w.merge(self.date, 0x00ff_ff3f),
            0x10 if self.init => self.prer = w.merge(self.prer, 0x007f_7fff),
            0x00 | 0x04 | 0x08 | 0x10 => {}
            0x0c => {
                let init = w.merge(0, ICSR_INIT) != 0;
                if init && !self.init {
                    (self.time, self.date) = self.calendar(access);
                }
                if init != self.init {
                    self.since = access.now;
                }
                self.init = init;
            }
            0x14 => {
                if self.cr & CR_WUTE == 0 {
                    self.wutr = w.merge(self.wutr, 0xffff);
                }
            }
            0x18 => {
                let rising = w.rising(self.cr);
                self.cr = w.merge(self.cr, 0xe8ff_fc7f);
                if self.cr & CR_WUTE == 0 {
                    self.wake_at = None;
                } else if rising & CR_WUTE != 0 && access.kernel_hz != 0 {
                    let period = self.wake_period(access);
                    self.wake_at = Some(access.now + period);
                }
            }
            0x2c => {}
            _ => {
                let i = STORAGE.iter().position(|&r| r == offset)?;
                self.storage[i] = w.merge(self.storage[i], u32::MAX);
            }
        }
        Some(())
    }
}

fn from_bcd(v: u32) -> u32 {
    (v >> 4) * 10 + (v & 0xf)
}

fn to_bcd(v: u32) -> u32 {
    ((v / 10) << 4) | (v % 10)
}

/// Adds days to a date in the format of DR.
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

impl Block for Rtc {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        let (time, date) = self.calendar(access);
        Some(match offset {
            0x00 => time,
            0x04 => date,
            0x08 => {
                // The sub-second counter runs down from PREDIV_S.
                let prediv = u64::from(self.prer & 0x7fff) + 1;
                let hz = u64::from(access.core_hz);
                let part = access.now.saturating_sub(self.since) % hz;
                (prediv - 1 - part * prediv / hz) as u32
            }
            0x0c => self.icsr(),
            0x10 => self.prer,
            0x14 => self.wutr,
            0x18 => self.cr,
            0x24 | 0x2c | 0x5c => 0,
            0x30 | 0x34 | 0x38 => 0,
            0x50 => self.sr,
            0x54 if self.wakes() => SR_WUTF,
            0x54 => 0,
            _ => {
                let i = STORAGE.iter().position(|&r| r == offset)?;
                self.storage[i]
            }
        })
    }

    fn write(&mut self, offset: u32, w: Write, access: &Access) -> Option<()> {
        match offset {
            0x24 => {
                self.keys = match (self.keys, w.ones() & 0xff) {
                    (_, 0xca) => 1,
                    (1, 0x53) => 2,
                    _ => 0,
                };
            }
            0x5c => self.sr &= !w.ones(),
            0x30 | 0x34 | 0x38 | 0x50 | 0x54 => {}
            _ if self.writable() => {
                return self.write_protected(offset, w, access);
            }
            0x00..=0x2c => {}
            _ => {
                STORAGE.iter().position(|&r| r == offset)?;
            }
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Rtc::new();
    }
}

#[cfg(test)]
mod tests {
    use super::add_days;

    #[test]
    fn the_calendar_knows_the_lengths_of_months() {
        // Friday, 2024-02-28.
        let date = 0x0024_0228 | 5 << 13;
        let feb28 = date & !0x1f00 | 2 << 8 | 5 << 13;
        assert_eq!(add_days(feb28, 1) & 0xff_1f3f, 0x24_0229);
        assert_eq!(add_days(feb28, 2) & 0xff_1f3f, 0x24_0301);
        assert_eq!(add_days(feb28, 3) >> 13 & 7, 1);
        assert_eq!(add_days(0x0099_1231 | 1 << 13, 1) & 0xff_1f3f, 0x0101);
    }
}
