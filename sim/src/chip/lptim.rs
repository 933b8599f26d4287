// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The low-power timers (RM0453, chapter LPTIM) as counters: prescaler,
//! reload, compare, repetition, single and continuous mode. External clocks,
//! triggers, the encoder and the output pin are not modelled.

use super::access::{Access, Block, Write};

mod cr {
    pub const ENABLE: u32 = 1 << 0;
    pub const SNGSTRT: u32 = 1 << 1;
    pub const CNTSTRT: u32 = 1 << 2;
    pub const COUNTRST: u32 = 1 << 3;
    pub const RSTARE: u32 = 1 << 4;
}

/// ISR, ICR and IER: compare match.
const CMPM: u32 = 1 << 0;
/// Reload match.
const ARRM: u32 = 1 << 1;
/// A write of CMP, ARR or RCR has arrived in the timer's clock domain.
const CMPOK: u32 = 1 << 3;
const ARROK: u32 = 1 << 4;
/// The end of as many periods as RCR asks for.
const UE: u32 = 1 << 7;
const REPOK: u32 = 1 << 8;
const FLAGS: u32 = 0x1ff;

/// Whether and for how long the timer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    Stopped,
    Single,
    Continuous,
}

/// One low-power timer.
#[derive(Debug)]
pub(crate) struct Lptim {
    isr: u32,
    ier: u32,
    cfgr: u32,
    cr: u32,
    cmp: u32,
    arr: u32,
    or: u32,
    rcr: u32,
    run: Run,
    /// Periods before the one that ends with an update event.
    repetitions: u64,
    /// The counter's value at cycle `since`, where a tick begins.
    count: u64,
    since: u64,
    event: Option<u64>,
}

impl Lptim {
    pub fn new() -> Self {
        Lptim {
            isr: 0,
            ier: 0,
            cfgr: 0,
            cr: 0,
            cmp: 0,
            arr: 1,
            or: 0,
            rcr: 0,
            run: Run::Stopped,
            repetitions: 0,
            count: 0,
            since: 0,
            event: None,
        }
    }

    /// The level of the interrupt line.
    pub fn irq(&self) -> bool {
        self.isr & self.ier != 0
    }

    /// The time of the next interrupt.
    pub fn next_event(&self) -> Option<u64> {
        self.event
    }

    fn is_running(&self, access: &Access) -> bool {
        self.run != Run::Stopped && access.kernel_hz != 0
    }

    /// Core cycles of `count` prescaled ticks, and the reverse.
    fn cycles(&self, ticks: u64, access: &Access) -> u64 {
        let clocks = u128::from(ticks) << (self.cfgr >> 9 & 7);
        let cycles = clocks * u128::from(access.core_hz);
        cycles.div_ceil(access.kernel_hz.max(1).into()) as u64
    }

    fn ticks(&self, cycles: u64, access: &Access) -> u64 {
        let clocks = u128::from(cycles) * u128::from(access.kernel_hz)
            / u128::from(access.core_hz);
        (clocks >> (self.cfgr >> 9 & 7)) as u64
    }

    fn period(&self) -> u64 {
        u64::from(self.arr) + 1
    }

    /// How often the counter equals `value` in the first `ticks` ticks after
    /// zero.
    fn matches(&self, value: u32, ticks: u64) -> u64 {
        match ticks.checked_sub(value.into()) {
            Some(past) if value <= self.arr => past / self.period() + 1,
            _ => 0,
        }
    }

    /// Lets the counter run up to `access.now`.
    pub fn advance(&mut self, access: &Access) {
        if !self.is_running(access) {
            self.since = access.now;
            self.event = None;
            return;
        }
        let ticks = self.ticks(access.now.saturating_sub(self.since), access);
        self.since += self.cycles(ticks, access);
        let mut end = self.count + ticks;
        if self.run == Run::Single {
            end = end.min(self.period());
        }
        for (flag, value) in [(CMPM, self.cmp), (ARRM, self.arr)] {
            if self.matches(value, end) > self.matches(value, self.count) {
                self.isr |= flag;
            }
        }
        self.end_periods(end / self.period());
        self.count = end % self.period();
        if self.run == Run::Single && end >= self.period() {
            self.run = Run::Stopped;
            self.count = 0;
        }
        self.schedule(access);
    }

    fn end_periods(&mut self, ended: u64) {
        match self.repetitions.checked_sub(ended) {
            Some(left) => self.repetitions = left,
            None => {
                self.isr |= UE;
                let rcr = u64::from(self.rcr);
                let late = ended - self.repetitions - 1;
                self.repetitions = rcr - late % (rcr + 1);
            }
        }
    }

    /// Finds the next cycle at which an enabled flag that is still clear is
    /// going to be raised.
    fn schedule(&mut self, access: &Access) {
        self.event = None;
        if !self.is_running(access) {
            return;
        }
        let waiting = self.ier & !self.isr;
        let ticks = [(CMPM, self.cmp), (ARRM, self.arr)]
            .into_iter()
            .filter(|&(flag, value)| waiting & flag != 0 && value <= self.arr)
            .filter(|&(_, value)| {
                self.run == Run::Continuous || u64::from(value) > self.count
            })
            .map(|(_, value)| match u64::from(value) {
                value if value > self.count => value - self.count,
                value => value + self.period() - self.count,
            });
        let update = (self.repetitions + 1) * self.period() - self.count;
        let update = (waiting & UE != 0).then_some(update);
        let ticks = ticks.chain(update).min();
        self.event = ticks.map(|t| self.since + self.cycles(t, access));
    }

    fn write_cr(&mut self, w: Write, access: &Access) {
        self.cr = w.merge(self.cr, cr::ENABLE | cr::RSTARE);
        if self.cr & cr::ENABLE == 0 {
            self.run = Run::Stopped;
            self.count = 0;
            return;
        }
        let run = match w.ones() & (cr::SNGSTRT | cr::CNTSTRT) {
            0 => self.run,
            cr::SNGSTRT => Run::Single,
            _ => Run::Continuous,
        };
        if self.run == Run::Stopped && run != Run::Stopped {
            self.since = access.now;
            self.repetitions = self.rcr.into();
        }
        self.run = run;
        if w.ones() & cr::COUNTRST != 0 {
            self.count = 0;
            self.since = access.now;
        }
    }
}

impl Block for Lptim {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        if !access.peek {
            self.advance(access);
        }
        Some(match offset {
            0x00 => self.isr,
            0x04 => 0,
            0x08 => self.ier,
            0x0c => self.cfgr,
            0x10 => self.cr,
            0x14 => self.cmp,
            0x18 => self.arr,
            0x1c => self.count as u32,
            0x20 => self.or,
            0x28 => self.rcr,
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, access: &Access) -> Option<()> {
        self.advance(access);
        let is_enabled = self.cr & cr::ENABLE != 0;
        match offset {
            0x04 => self.isr &= !w.ones(),
            0x08 => self.ier = w.merge(self.ier, FLAGS),
            // Only a disabled timer can be configured.
            0x0c if !is_enabled => self.cfgr = w.merge(self.cfgr, 0x01fe_eedf),
            0x10 => self.write_cr(w, access),
            // Only an enabled one takes new values.
            0x14 if is_enabled => {
                self.cmp = w.merge(self.cmp, 0xffff);
                self.isr |= CMPOK;
            }
            0x18 if is_enabled => {
                self.arr = w.merge(self.arr, 0xffff);
                self.isr |= ARROK;
            }
            0x20 => self.or = w.merge(self.or, 3),
            0x28 => {
                self.rcr = w.merge(self.rcr, 0xff);
                self.isr |= REPOK;
            }
            0x00 | 0x0c | 0x14 | 0x18 | 0x1c => {}
            _ => return None,
        }
        self.schedule(access);
        Some(())
    }

    fn reset(&mut self) {
        *self = Lptim::new();
    }
}

#[cfg(test)]
mod tests;
