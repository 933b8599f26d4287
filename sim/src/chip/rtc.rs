// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The real-time clock (RM0453, chapter RTC): a calendar that starts on
//! 2000-01-01 and counts chip time, initialisation mode, write protection,
//! the wake-up timer, the alarms, and the free-running counter of the binary
//! mode. Time stamps and calibration only store, the mixed mode is the BCD
//! mode, and an alarm does not reload the counter (SSCLR).

mod alarm;
mod binary;
mod calendar;

use super::access::{Access, Block, Write};
use alarm::Alarm;
use binary::Binary;
use calendar::Calendar;

const PRER_RESET: u32 = 0x007f_00ff;
/// ICSR: the mode and BCDU.
const ICSR_BIN: u32 = 3 << 8;
const ICSR_BCDU: u32 = 7 << 10;
const ICSR_BINARY: u32 = 1 << 8;
const ICSR_INIT: u32 = 1 << 7;
const ICSR_INITF: u32 = 1 << 6;
const ICSR_RSF: u32 = 1 << 5;
const ICSR_INITS: u32 = 1 << 4;
const ICSR_WUTWF: u32 = 1 << 2;
/// CR: the enables of alarm A and of its interrupt; those of B follow.
const CR_ALRAE: u32 = 1 << 8;
const CR_ALRAIE: u32 = 1 << 12;
const CR_WUTE: u32 = 1 << 10;
const CR_WUTIE: u32 = 1 << 14;
const CR_WUCKSEL: u32 = 7;
const SR_WUTF: u32 = 1 << 2;
/// SR: a match of alarm A; that of B follows.
const SR_ALRAF: u32 = 1 << 0;

/// The RTC block.
#[derive(Debug)]
pub(crate) struct Rtc {
    /// The calendar at cycle `since`, which wraps: it can lie before the
    /// first.
    start: Calendar,
    since: u64,
    binary: Binary,
    /// ICSR.BIN and BCDU.
    mode: u32,
    prer: u32,
    wutr: u32,
    cr: u32,
    sr: u32,
    init: bool,
    /// Progress of the key sequence 0xCA, 0x53.
    keys: u8,
    calr: u32,
    wake_at: Option<u64>,
    alarms: [Alarm; 2],
}

impl Rtc {
    pub fn new() -> Self {
        Rtc {
            start: Calendar::RESET,
            since: 0,
            binary: Binary::default(),
            mode: 0,
            prer: PRER_RESET,
            wutr: 0xffff,
            cr: 0,
            sr: 0,
            init: false,
            keys: 0,
            calr: 0,
            wake_at: None,
            alarms: [Alarm::default(); 2],
        }
    }

    /// Whether the wake-up timer interrupts.
    pub fn wakes(&self) -> bool {
        self.interrupts() & SR_WUTF != 0
    }

    /// Whether an alarm interrupts.
    pub fn alarms(&self) -> bool {
        self.interrupts() & !SR_WUTF != 0
    }

    /// The flags that interrupt (RTC_MISR): their enables stand in the same
    /// order.
    fn interrupts(&self) -> u32 {
        debug_assert_eq!(CR_WUTIE / CR_ALRAIE, SR_WUTF / SR_ALRAF);
        self.sr & (self.cr / CR_ALRAIE)
    }

    /// The next expiry of the wake-up timer or match of an alarm.
    pub fn next_event(&self) -> Option<u64> {
        let alarms = self.alarms.iter().filter_map(|a| a.at);
        alarms.chain(self.wake_at).min()
    }

    /// Raises the flags that come up until now.
    pub fn advance(&mut self, access: &Access) {
        while self.wake_at.is_some_and(|t| t <= access.now) {
            self.sr |= SR_WUTF;
            let period = self.wake_period(access);
            self.wake_at = self.wake_at.map(|t| t + period);
        }
        for n in 0..self.alarms.len() {
            if self.alarms[n].at.is_some_and(|t| t <= access.now) {
                self.sr |= SR_ALRAF << n;
                self.schedule_alarm(n, access);
            }
        }
    }

    /// Keeps calendar and wake-up time when the core clock changes to `hz`.
    pub fn rescale(&mut self, access: &Access, hz: u32) {
        let old = u64::from(access.core_hz);
        let scale = |cycles: u64| cycles * u64::from(hz) / old;
        let part = access.now.wrapping_sub(self.since) % old;
        self.start = self.calendar(access);
        self.since = access.now.wrapping_sub(scale(part));
        self.binary.rebase(self.divider(), access);
        self.wake_at = self
            .wake_at
            .map(|t| access.now + scale(t.saturating_sub(access.now)));
        self.schedule_alarms(&Access {
            core_hz: hz,
            ..*access
        });
    }

    fn schedule_alarms(&mut self, access: &Access) {
        for n in 0..self.alarms.len() {
            self.schedule_alarm(n, access);
        }
    }

    /// Finds the next match of an alarm.
    fn schedule_alarm(&mut self, n: usize, access: &Access) {
        let is_enabled = self.cr & CR_ALRAE << n != 0;
        if !is_enabled || self.init || access.kernel_hz == 0 {
            self.alarms[n].at = None;
            return;
        }
        if self.is_binary() {
            let divider = self.divider();
            let count = self.binary.count(divider, access);
            let next = self.alarms[n].next_count(count);
            self.alarms[n].at =
                next.map(|c| self.binary.cycle(c, divider, access));
            return;
        }
        let hz = u64::from(access.core_hz);
        let ticks = self.ticks_per_second();
        let now = self.calendar(access);
        let next = self.alarms[n].next(now, self.tick(access), ticks);
        let passed = self.elapsed(access) * hz;
        let second = self.since.wrapping_add(passed);
        self.alarms[n].at = next.map(|(seconds, tick)| {
            second.wrapping_add(seconds * hz + (tick * hz).div_ceil(ticks))
        });
    }

    fn is_binary(&self) -> bool {
        self.mode & ICSR_BIN == ICSR_BINARY
    }

    /// What the asynchronous prescaler divides by.
    fn divider(&self) -> u32 {
        (self.prer >> 16 & 0x7f) + 1
    }

    /// RTC_SSR, which runs down: from PREDIV_S in a second, or for ever.
    fn subsecond(&self, access: &Access) -> u32 {
        if self.is_binary() {
            !(self.binary.count(self.divider(), access) as u32)
        } else {
            (self.ticks_per_second() - 1 - self.tick(access)) as u32
        }
    }

    /// Ticks of the synchronous prescaler in a second.
    fn ticks_per_second(&self) -> u64 {
        u64::from(self.prer & 0x7fff) + 1
    }

    /// Ticks since the second began.
    fn tick(&self, access: &Access) -> u64 {
        let hz = u64::from(access.core_hz);
        let part = access.now.wrapping_sub(self.since) % hz;
        part * self.ticks_per_second() / hz
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
        if access.kernel_hz == 0 || self.init {
            return 0;
        }
        access.now.wrapping_sub(self.since) / u64::from(access.core_hz)
    }

    /// The calendar now.
    fn calendar(&self, access: &Access) -> Calendar {
        self.start.plus(self.elapsed(access))
    }

    fn icsr(&self) -> u32 {
        // Alarms can be written while they are off.
        let mut v = self.mode | ICSR_RSF | !(self.cr / CR_ALRAE) & 3;
        if self.init {
            v |= ICSR_INIT | ICSR_INITF;
        }
        if self.start.date >> 16 != 0 {
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
            0x00 if self.init => {
                self.start.time = w.merge(self.start.time, 0x007f_7f7f);
            }
            0x04 if self.init => {
                self.start.date = w.merge(self.start.date, 0x00ff_ff3f);
            }
            0x10 if self.init => self.prer = w.merge(self.prer, 0x007f_7fff),
            0x00 | 0x04 | 0x08 | 0x10 => {}
            0x0c => {
                let init = w.merge(0, ICSR_INIT) != 0;
                if init && !self.init {
                    self.start = self.calendar(access);
                }
                if init != self.init {
                    self.since = access.now;
                    self.binary.restart(access);
                }
                self.init = init;
                if init {
                    self.mode = w.merge(self.mode, ICSR_BIN | ICSR_BCDU);
                }
                self.schedule_alarms(access);
            }
            0x14 => {
                if self.cr & CR_WUTE == 0 {
                    self.wutr = w.merge(self.wutr, 0xffff);
                }
            }
            0x18 => {
                let rising = w.rising(self.cr);
                self.cr = w.merge(self.cr, 0xe7fc_ffff);
                if self.cr & CR_WUTE == 0 {
                    self.wake_at = None;
                } else if rising & CR_WUTE != 0 && access.kernel_hz != 0 {
                    let period = self.wake_period(access);
                    self.wake_at = Some(access.now + period);
                }
                self.schedule_alarms(access);
            }
            0x2c => {}
            0x40 => self.write_alarm(0, access, |a| a.write_pattern(w)),
            0x44 => {
                self.write_alarm(0, access, |a| a.write_subsecond_register(w))
            }
            0x48 => self.write_alarm(1, access, |a| a.write_pattern(w)),
            0x4c => {
                self.write_alarm(1, access, |a| a.write_subsecond_register(w))
            }
            0x70 => self.write_alarm(0, access, |a| a.write_subsecond(w)),
            0x74 => self.write_alarm(1, access, |a| a.write_subsecond(w)),
            0x28 => self.calr = w.merge(self.calr, u32::MAX),
            _ => return None,
        }
        Some(())
    }

    fn write_alarm(
        &mut self,
        n: usize,
        access: &Access,
        write: impl FnOnce(&mut Alarm),
    ) {
        write(&mut self.alarms[n]);
        self.schedule_alarm(n, access);
    }
}

impl Block for Rtc {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.calendar(access).time,
            0x04 => self.calendar(access).date,
            0x08 => self.subsecond(access),
            0x0c => self.icsr(),
            0x10 => self.prer,
            0x14 => self.wutr,
            0x18 => self.cr,
            0x24 | 0x2c | 0x5c => 0,
            0x30 | 0x34 | 0x38 => 0,
            0x50 => self.sr,
            0x40 => self.alarms[0].pattern,
            0x44 => self.alarms[0].subsecond_register(),
            0x48 => self.alarms[1].pattern,
            0x4c => self.alarms[1].subsecond_register(),
            0x70 => self.alarms[0].subsecond,
            0x74 => self.alarms[1].subsecond,
            0x54 => self.interrupts(),
            0x28 => self.calr,
            _ => return None,
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
            0x00..=0x2c | 0x40..=0x4c | 0x70 | 0x74 => {}
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Rtc::new();
    }
}

#[cfg(test)]
mod tests;
