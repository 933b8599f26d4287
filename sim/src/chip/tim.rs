// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The timers TIM1, TIM2, TIM16 and TIM17 (RM0453, chapters TIM1, TIM2 and
//! TIM16/17) as counters: prescaler, reload, compare and update interrupts,
//! one-pulse mode. Counting is upwards; pins, capture, slave modes and DMA
//! requests are not modelled.

use super::access::{Access, Block, Write};

mod cr1 {
    pub const CEN: u32 = 1 << 0;
    pub const UDIS: u32 = 1 << 1;
    pub const URS: u32 = 1 << 2;
    pub const OPM: u32 = 1 << 3;
    pub const ARPE: u32 = 1 << 7;
}

/// SR and DIER: update.
const UIF: u32 = 1 << 0;
/// SR and DIER: compare channel 1; the others follow.
const CC1IF: u32 = 1 << 1;
/// SR and DIER: break.
const BIF: u32 = 1 << 7;

/// What distinguishes the timers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// The counter's largest value.
    pub max: u32,
    /// Compare channels.
    pub channels: usize,
    /// RCR and BDTR exist.
    pub advanced: bool,
}

/// TIM2: 32 bits, four channels.
pub(crate) const TIM2: Layout = Layout {
    max: u32::MAX,
    channels: 4,
    advanced: false,
};
/// TIM1: 16 bits, four channels with interrupts of their own.
pub(crate) const TIM1: Layout = Layout {
    max: 0xffff,
    channels: 4,
    advanced: true,
};
/// TIM16 and TIM17: 16 bits, one channel.
pub(crate) const TIM16: Layout = Layout {
    max: 0xffff,
    channels: 1,
    advanced: true,
};

/// The interrupt lines of a timer; all but TIM1's are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lines {
    pub update: bool,
    pub compare: bool,
    pub brk: bool,
}

impl Lines {
    pub fn any(self) -> bool {
        self.update || self.compare || self.brk
    }
}

/// Alternate functions: of the timers with a break input, it is enabled.
const AF1: u32 = 0x60;
const AF2: u32 = 0x64;

/// Registers without behaviour here: offset and writable bits.
const STORAGE: [(u32, u32); 14] = [
    (0x04, 0x00ff_ffff),
    (0x08, 0x0037_fff7),
    (0x18, 0x0101_ffff),
    (0x1c, 0x0101_ffff),
    (0x20, 0x0033_ffff),
    (0x44, 0x33ff_ffff),
    (0x48, 0x1f1f),
    (0x50, u32::MAX),
    (0x54, 0x0101_fdfd),
    (0x58, 0xe000_ffff),
    (0x5c, 0xffff),
    (AF1, u32::MAX),
    (AF2, u32::MAX),
    (0x68, 0x0f0f_0f0f),
];

/// One timer.
#[derive(Debug)]
pub(crate) struct Tim {
    layout: Layout,
    cr1: u32,
    dier: u32,
    sr: u32,
    psc: u32,
    arr: u32,
    ccr: [u32; 4],
    rcr: u32,
    storage: [u32; STORAGE.len()],
    /// The prescaler and reload values in effect.
    active_psc: u32,
    active_arr: u32,
    /// The counter's value `count` at cycle `since`, where a tick begins.
    count: u32,
    since: u64,
    /// The next cycle at which an enabled interrupt is raised.
    event: Option<u64>,
}

impl Tim {
    pub fn new(layout: Layout) -> Self {
        Tim {
            layout,
            cr1: 0,
            dier: 0,
            sr: 0,
            psc: 0,
            arr: layout.max,
            ccr: [0; 4],
            rcr: 0,
            storage: STORAGE.map(|(offset, _)| {
                (matches!(offset, AF1 | AF2) && layout.advanced).into()
            }),
            active_psc: 0,
            active_arr: layout.max,
            count: 0,
            since: 0,
            event: None,
        }
    }

    /// The levels of the interrupt lines.
    pub fn lines(&self) -> Lines {
        let active = self.sr & self.dier;
        Lines {
            update: active & UIF != 0,
            compare: active & 0x1e != 0,
            brk: active & BIF != 0,
        }
    }

    /// The time of the next interrupt.
    pub fn next_event(&self) -> Option<u64> {
        self.event
    }

    fn running(&self, access: &Access) -> bool {
        self.cr1 & cr1::CEN != 0 && access.kernel_hz != 0
    }

    /// Ticks that fit into `cycles`.
    fn ticks(&self, cycles: u64, access: &Access) -> u64 {
        let num = u128::from(cycles) * u128::from(access.kernel_hz);
        let den = u128::from(access.core_hz) * self.divider();
        (num / den.max(1)) as u64
    }

    /// The first cycle count that holds `ticks`.
    fn cycles(&self, ticks: u64, access: &Access) -> u64 {
        let num =
            u128::from(ticks) * u128::from(access.core_hz) * self.divider();
        num.div_ceil(u128::from(access.kernel_hz.max(1))) as u64
    }

    fn divider(&self) -> u128 {
        u128::from(self.active_psc) + 1
    }

    /// Lets the counter run up to `access.now`.
    pub fn advance(&mut self, access: &Access) {
        if !self.running(access) {
            self.since = access.now;
            self.event = None;
            return;
        }
        let ticks = self.ticks(access.now.saturating_sub(self.since), access);
        self.since += self.cycles(ticks, access);
        self.step(ticks);
        self.schedule(access);
    }

    /// Counts `ticks` and raises the flags that come up on the way.
    fn step(&mut self, ticks: u64) {
        let mut left = ticks;
        while left > 0 && self.cr1 & cr1::CEN != 0 {
            let to_wrap = self.to_wrap();
            let taken = left.min(to_wrap);
            self.compare_on_the_way(taken, to_wrap);
            left -= taken;
            if taken == to_wrap {
                self.count = 0;
                self.update();
                self.compare_at_zero();
                // Whole periods raise the same flags again.
                let period = u64::from(self.active_arr) + 1;
                if left > period {
                    left = left % period + period;
                }
            } else {
                let sum = u64::from(self.count) + taken;
                self.count = (sum & u64::from(self.layout.max)) as u32;
            }
        }
    }

    /// Ticks until the counter starts again at zero.
    fn to_wrap(&self) -> u64 {
        let end = if self.count <= self.active_arr {
            self.active_arr
        } else {
            // Past the reload value it runs through its largest one.
            self.layout.max
        };
        u64::from(end - self.count) + 1
    }

    /// Raises the compare flags that the next `ticks` pass. The tick that
    /// wraps reaches zero, which is dealt with apart.
    fn compare_on_the_way(&mut self, ticks: u64, to_wrap: u64) {
        let first = u64::from(self.count) + 1;
        let last = u64::from(self.count) + ticks.min(to_wrap - 1);
        for n in 0..self.layout.channels {
            if (first..=last).contains(&self.ccr[n].into()) {
                self.sr |= CC1IF << n;
            }
        }
    }

    fn compare_at_zero(&mut self) {
        for n in 0..self.layout.channels {
            if self.ccr[n] == 0 {
                self.sr |= CC1IF << n;
            }
        }
    }

    /// An update event by overflow.
    fn update(&mut self) {
        if self.cr1 & cr1::UDIS == 0 {
            self.sr |= UIF;
            self.active_psc = self.psc;
            self.active_arr = self.arr;
        }
        if self.cr1 & cr1::OPM != 0 {
            self.cr1 &= !cr1::CEN;
        }
    }

    /// Finds the next cycle at which an enabled flag that is still clear is
    /// going to be raised.
    fn schedule(&mut self, access: &Access) {
        self.event = None;
        if !self.running(access) {
            return;
        }
        let waiting = self.dier & !self.sr;
        let wrap = self.to_wrap();
        let mut ticks = None;
        let mut consider = |t: u64| {
            ticks = Some(ticks.map_or(t, |old: u64| old.min(t)));
        };
        if waiting & UIF != 0 {
            consider(wrap);
        }
        for n in 0..self.layout.channels {
            let ccr = self.ccr[n];
            if waiting & CC1IF << n == 0 || ccr > self.active_arr {
                continue;
            }
            consider(if ccr > self.count {
                u64::from(ccr - self.count)
            } else {
                wrap + u64::from(ccr)
            });
        }
        self.event = ticks.map(|t| self.since + self.cycles(t, access));
    }

    /// EGR.UG: starts over with the preloaded values.
    fn generate(&mut self, events: u32, access: &Access) {
        if events & 1 != 0 {
            self.count = 0;
            self.since = access.now;
            if self.cr1 & cr1::UDIS == 0 {
                self.active_psc = self.psc;
                self.active_arr = self.arr;
                if self.cr1 & cr1::URS == 0 {
                    self.sr |= UIF;
                }
            }
        }
        self.sr |= events & 0x1e;
    }

    fn channel(&self, offset: u32) -> Option<usize> {
        let n = (offset.checked_sub(0x34)? / 4) as usize;
        (n < self.layout.channels).then_some(n)
    }
}

impl Block for Tim {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        if !access.peek {
            self.advance(access);
        }
        if let Some(n) = self.channel(offset) {
            return Some(self.ccr[n]);
        }
        Some(match offset {
            0x00 => self.cr1,
            0x0c => self.dier,
            0x10 => self.sr,
            0x14 => 0,
            0x24 => self.count,
            0x28 => self.psc,
            0x2c => self.arr,
            0x30 if self.layout.advanced => self.rcr,
            0x4c => 0,
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i]
            }
        })
    }

    fn write(&mut self, offset: u32, w: Write, access: &Access) -> Option<()> {
        self.advance(access);
        let max = self.layout.max;
        if let Some(n) = self.channel(offset) {
            self.ccr[n] = w.merge(self.ccr[n], max);
        } else {
            match offset {
                0x00 => {
                    self.cr1 = w.merge(self.cr1, 0x0bff);
                    if self.cr1 & cr1::CEN != 0 {
                        self.since = self.since.max(access.now);
                    }
                }
                0x0c => self.dier = w.merge(self.dier, 0x7fff),
                // Flags are cleared by writing zero.
                0x10 => self.sr &= w.merge(u32::MAX, u32::MAX),
                0x14 => self.generate(w.ones(), access),
                0x24 => {
                    self.count = w.merge(self.count, max);
                    self.since = access.now;
                }
                0x28 => self.psc = w.merge(self.psc, 0xffff),
                0x2c => {
                    self.arr = w.merge(self.arr, max);
                    if self.cr1 & cr1::ARPE == 0 {
                        self.active_arr = self.arr;
                    }
                }
                0x30 if self.layout.advanced => {
                    self.rcr = w.merge(self.rcr, 0xffff);
                }
                0x4c => {}
                _ => {
                    let i = STORAGE.iter().position(|r| r.0 == offset)?;
                    self.storage[i] = w.merge(self.storage[i], STORAGE[i].1);
                }
            }
        }
        self.schedule(access);
        Some(())
    }

    fn reset(&mut self) {
        *self = Tim::new(self.layout);
    }
}

#[cfg(test)]
mod tests {
    use super::{CC1IF, TIM2, TIM16, Tim, UIF, cr1};
    use crate::chip::access::{Access, Block, Write};
    use crate::core_id::CoreId;

    /// Core and timer clock in the ratio 2 to 1.
    fn at(now: u64) -> Access {
        Access {
            by: CoreId::Cpu1,
            now,
            core_hz: 2_000_000,
            kernel_hz: 1_000_000,
            size: 4,
            peek: false,
        }
    }

    fn write(t: &mut Tim, offset: u32, value: u32, now: u64) {
        t.write(offset, Write::new(0, 4, value), &at(now)).unwrap();
    }

    fn read(t: &mut Tim, offset: u32, now: u64) -> u32 {
        t.read(offset, &at(now)).unwrap()
    }

    #[test]
    fn the_counter_counts_prescaled_clocks() {
        let mut t = Tim::new(TIM2);
        write(&mut t, 0x28, 9, 0);
        write(&mut t, 0x14, 1, 0);
        write(&mut t, 0x00, cr1::CEN, 100);
        assert_eq!(read(&mut t, 0x24, 119), 0);
        assert_eq!(read(&mut t, 0x24, 120), 1);
        assert_eq!(read(&mut t, 0x24, 100 + 20 * 1234), 1234);
    }

    #[test]
    fn reload_raises_update_and_starts_over() {
        let mut t = Tim::new(TIM16);
        write(&mut t, 0x2c, 99, 0);
        write(&mut t, 0x0c, UIF, 0);
        write(&mut t, 0x00, cr1::CEN, 0);
        assert_eq!(t.next_event(), Some(200));
        t.advance(&at(199));
        assert!(!t.lines().update);
        t.advance(&at(200));
        assert!(t.lines().update);
        assert_eq!(read(&mut t, 0x24, 207), 3);
        write(&mut t, 0x10, !UIF, 207);
        assert!(!t.lines().update);
        assert_eq!(t.next_event(), Some(400));
    }

    #[test]
    fn compare_raises_its_flag_at_its_value() {
        let mut t = Tim::new(TIM2);
        write(&mut t, 0x34, 50, 0);
        write(&mut t, 0x0c, CC1IF, 0);
        write(&mut t, 0x00, cr1::CEN, 0);
        assert_eq!(t.next_event(), Some(100));
        assert_eq!(read(&mut t, 0x10, 99) & CC1IF, 0);
        assert_eq!(read(&mut t, 0x10, 100) & CC1IF, CC1IF);
        // A value that has passed waits for the counter to come round.
        write(&mut t, 0x10, 0, 100);
        assert!(t.next_event().is_some_and(|e| e > u64::from(u32::MAX)));
    }

    #[test]
    fn one_pulse_mode_stops_at_the_update() {
        let mut t = Tim::new(TIM16);
        write(&mut t, 0x2c, 9, 0);
        write(&mut t, 0x00, cr1::CEN | cr1::OPM, 0);
        assert_eq!(read(&mut t, 0x00, 1000) & cr1::CEN, 0);
        assert_eq!(read(&mut t, 0x24, 1000), 0);
    }
}
