// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What happens in the chip besides the register access that causes it: time
//! passing, clocks changing, blocks being reset.

use super::access::Block;
use super::map::{self, BlockId};
use super::{
    Chip, Demand, ResetCause, UartId, lptim, rcc, spi, syscfg, tim, uart,
};
use crate::core_id::CoreId;
use crate::memory::{SRAM_SIZE, SRAM1_BASE, SRAM2_BASE};

/// The timers, in the order in which the chip keeps them.
const TIMERS: [BlockId; 4] =
    [BlockId::Tim1, BlockId::Tim2, BlockId::Tim16, BlockId::Tim17];

/// The low-power timers, in the same way.
const LPTIMS: [BlockId; 3] =
    [BlockId::Lptim1, BlockId::Lptim2, BlockId::Lptim3];

const SPIS: [BlockId; 3] = [BlockId::Spi1, BlockId::Spi2, BlockId::SubghzSpi];

impl Chip {
    /// Resets everything that a system reset resets: not the flash array,
    /// the option bytes, the backup domain and the debug block, nor the host
    /// side of lines and pins.
    pub fn system_reset(&mut self, cause: ResetCause, now: u64) {
        for row in &map::MAP {
            match row.block {
                BlockId::Rtc | BlockId::Tamp => {}
                block => self.reset_block(block),
            }
        }
        self.syscfg = syscfg::Syscfg::new(self.config.boot.mem_mode());
        self.rcc.record_reset(cause);
        self.demands.clear();
        self.demands.push(Demand::Remap(self.syscfg.mem_mode()));
        self.update_clocks(now);
    }

    /// Brings every block up to `now`.
    pub fn advance(&mut self, now: u64) {
        let now = self.time.advance(now);
        for id in UartId::ALL {
            let uart = &self.uarts[id.index()];
            if uart.next_event().is_some_and(|t| t <= now) {
                let access = self.uart_access(id);
                self.uarts[id.index()].advance(&access);
                self.dirty = true;
            }
        }
        for (i, block) in TIMERS.into_iter().enumerate() {
            if self.tims[i].next_event().is_some_and(|t| t <= now) {
                let access = self.access(block, CoreId::Cpu1, now, false);
                self.tims[i].advance(&access);
                self.dirty = true;
            }
        }
        for (i, block) in LPTIMS.into_iter().enumerate() {
            if self.lptims[i].next_event().is_some_and(|t| t <= now) {
                let access = self.access(block, CoreId::Cpu1, now, false);
                self.lptims[i].advance(&access);
                self.dirty = true;
            }
        }
        for (i, block) in SPIS.into_iter().enumerate() {
            // A frame after the other, for the DMA to keep up.
            while self.spis[i].next_event().is_some_and(|t| t <= now) {
                let access = self.access(block, CoreId::Cpu1, now, false);
                self.spis[i].advance(&access);
                self.transfer();
                self.dirty = true;
            }
        }
        while self.adc.next_event().is_some_and(|t| t <= now) {
            let block = BlockId::Adc;
            let access = self.access(block, CoreId::Cpu1, now, false);
            self.adc.advance(&access);
            self.transfer();
            self.dirty = true;
        }
        if self.rtc.next_event().is_some_and(|t| t <= now) {
            let block = BlockId::Rtc;
            let access = self.access(block, CoreId::Cpu1, now, false);
            self.rtc.advance(&access);
            self.dirty = true;
        }
        if self.dirty {
            self.transfer();
        }
        if self.iwdg.deadline().is_some_and(|t| t <= now) {
            self.iwdg.reset();
            let cause = ResetCause::IndependentWatchdog;
            self.demands.push(Demand::Reset(cause));
            self.dirty = true;
        }
        if self.wwdg.next_event().is_some_and(|t| t <= now) {
            self.dirty = true;
            if self.wwdg.advance(now) {
                self.wwdg.reset();
                let cause = ResetCause::WindowWatchdog;
                self.demands.push(Demand::Reset(cause));
            }
        }
    }

    /// The time of the next change that no access causes.
    pub fn next_event(&self) -> Option<u64> {
        self.uarts
            .iter()
            .filter_map(uart::Uart::next_event)
            .chain(self.tims.iter().filter_map(tim::Tim::next_event))
            .chain(self.lptims.iter().filter_map(lptim::Lptim::next_event))
            .chain(self.spis.iter().filter_map(spi::Spi::next_event))
            .chain(self.adc.next_event())
            .chain(self.rtc.next_event())
            .chain(self.wwdg.next_event())
            .chain(self.iwdg.deadline())
            .min()
    }

    /// Carries out what a write to `id` asked of the rest of the chip.
    pub(super) fn follow_up(&mut self, id: BlockId, now: u64) {
        self.dirty = true;
        match id {
            BlockId::Rcc => match self.rcc.take_request() {
                Some(rcc::Request::Reset(group, bits)) => {
                    for bit in (0..32).filter(|b| bits >> b & 1 != 0) {
                        for block in map::reset_by(group, bit) {
                            self.reset_block(block);
                        }
                    }
                }
                Some(rcc::Request::Clocks) => self.update_clocks(now),
                Some(rcc::Request::BackupReset) => {
                    self.tamp.reset();
                    self.rtc.reset();
                    self.update_clocks(now);
                }
                None => {}
            },
            BlockId::Pwr => {
                self.rcc.backup_writable = self.pwr.backup_writable();
                if self.pwr.take_boot_request() {
                    self.demands.push(Demand::BootCpu2);
                }
            }
            BlockId::Flash if self.flash.take_launch() => {
                self.demands.push(Demand::Reset(ResetCause::OptionBytes));
            }
            BlockId::Syscfg => {
                self.demands.push(Demand::Remap(self.syscfg.mem_mode()));
                self.observe_pins();
                if self.syscfg.take_erase_request() {
                    self.erase_sram2();
                }
            }
            BlockId::GpioA
            | BlockId::GpioB
            | BlockId::GpioC
            | BlockId::GpioH => self.observe_pins(),
            _ => {}
        }
        self.transfer();
    }

    fn erase_sram2(&mut self) {
        let start = u64::from(SRAM2_BASE - SRAM1_BASE);
        let zeroes = vec![0; (u64::from(SRAM_SIZE) - start) as usize];
        let written = self.sram.write_at(start, &zeroes);
        written.expect("SRAM2 is the end of the store");
    }

    fn update_clocks(&mut self, now: u64) {
        let clocks = self.rcc.clocks();
        if clocks == self.clocks {
            return;
        }
        let core = CoreId::Cpu1;
        self.advance_timers(now);
        let old_wwdg = self.access(BlockId::Wwdg, core, now, false);
        let access = self.access(BlockId::Rtc, core, now, false);
        self.rtc.rescale(&access, clocks.hclk1);
        self.iwdg.rescale(&access, clocks.hclk1);
        self.clocks = clocks;
        self.time.set_frequency(now, clocks.hclk1);
        let new_wwdg = self.access(BlockId::Wwdg, core, now, false);
        self.wwdg.rescale(&old_wwdg, &new_wwdg);
        self.advance_timers(now);
    }

    fn advance_timers(&mut self, now: u64) {
        for (i, block) in TIMERS.into_iter().enumerate() {
            let access = self.access(block, CoreId::Cpu1, now, false);
            self.tims[i].advance(&access);
        }
        for (i, block) in LPTIMS.into_iter().enumerate() {
            let access = self.access(block, CoreId::Cpu1, now, false);
            self.lptims[i].advance(&access);
        }
    }

    fn reset_block(&mut self, id: BlockId) {
        if let Some(block) = self.block(id) {
            block.reset();
        }
    }
}
