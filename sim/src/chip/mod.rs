// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Everything outside the cores: the peripherals, their clocks and resets,
//! and the interrupt lines they drive.

mod access;
mod adc;
mod aes;
mod analog;
mod crc;
mod dma;
mod effects;
mod exti;
mod flash;
mod gpio;
mod hsem;
mod i2c;
mod ipcc;
mod irq;
mod iwdg;
mod lptim;
pub(crate) mod map;
pub(crate) mod port;
mod pwr;
mod rcc;
mod rng;
mod rtc;
mod spi;
mod storage;
mod syscfg;
mod tim;
mod transfer;
mod uart;
mod wwdg;

use crate::config::ChipConfig;
use crate::core_id::CoreId;
use crate::time::Timebase;
use access::{Access, Block, Write};
use map::{BlockId, Row};
use rsemu::core::space::RamStore;
use std::sync::Arc;

pub use ipcc::FlagCounts;
pub use rcc::ResetCause;
pub use uart::UartId;

/// Nothing answers at an address, or not with this kind of access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BusFault;

/// An access to a register that no model covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawUnmodelled {
    pub by: CoreId,
    pub addr: u32,
    pub is_write: bool,
    /// The block has a model: it just has no register there.
    pub is_reserved: bool,
}

/// What the run loop has to do for the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Release CPU2 from reset.
    BootCpu2,
    /// Reset the whole chip.
    Reset(ResetCause),
    /// Show CPU1 another memory at address 0 (MEMRMP.MEM_MODE).
    Remap(u32),
}

/// The peripherals.
#[derive(Debug)]
pub(crate) struct Chip {
    config: ChipConfig,
    pub time: Timebase,
    pub ipcc: ipcc::Ipcc,
    pub uarts: [uart::Uart; 3],
    pub flash: flash::Flash,
    rcc: rcc::Rcc,
    clocks: rcc::Clocks,
    pwr: pwr::Pwr,
    exti: exti::Exti,
    hsem: hsem::Hsem,
    gpio: [gpio::Gpio; 4],
    syscfg: syscfg::Syscfg,
    rng: rng::Rng,
    iwdg: iwdg::Iwdg,
    rtc: rtc::Rtc,
    /// TIM1, TIM2, TIM16, TIM17.
    tims: [tim::Tim; 4],
    dma: [dma::Dma; 2],
    dmamux: dma::Dmamux,
    flash_array: Arc<RamStore>,
    sram: Arc<RamStore>,
    lptims: [lptim::Lptim; 3],
    adc: adc::Adc,
    dac: analog::Dac,
    vrefbuf: analog::Vrefbuf,
    crc: crc::Crc,
    aes: aes::Aes,
    /// SPI1, SPI2 and the one of the radio.
    spis: [spi::Spi; 3],
    i2cs: [i2c::I2c; 3],
    wwdg: wwdg::Wwdg,
    comp: storage::Storage,
    tamp: storage::Storage,
    dbgmcu: storage::Storage,
    demands: Vec<Demand>,
    unmodelled: Vec<RawUnmodelled>,
    dirty: bool,
    /// Events for each core's WFE.
    events: [bool; 2],
}

impl Chip {
    pub fn new(
        config: ChipConfig,
        flash: Arc<RamStore>,
        sram: Arc<RamStore>,
    ) -> Self {
        let rcc = rcc::Rcc::new();
        let clocks = rcc.clocks();
        Chip {
            time: Timebase::new(clocks.hclk1),
            ipcc: ipcc::Ipcc::new(),
            uarts: UartId::ALL.map(|id| uart::Uart::new(id, config.pacing)),
            flash: flash::Flash::new(Arc::clone(&flash), config.srrvr),
            flash_array: flash,
            sram,
            rcc,
            clocks,
            pwr: pwr::Pwr::new(),
            exti: exti::Exti::new(),
            hsem: hsem::Hsem::new(),
            gpio: [gpio::PORT_A, gpio::PORT_B, gpio::PORT_C, gpio::PORT_H]
                .map(gpio::Gpio::new),
            syscfg: syscfg::Syscfg::new(config.boot.mem_mode()),
            rng: rng::Rng::new(config.seed),
            iwdg: iwdg::Iwdg::new(),
            rtc: rtc::Rtc::new(),
            tims: [tim::TIM1, tim::TIM2, tim::TIM16, tim::TIM16]
                .map(tim::Tim::new),
            dma: [dma::Dma::new(), dma::Dma::new()],
            dmamux: dma::Dmamux::default(),
            lptims: [(); 3].map(|()| lptim::Lptim::new()),
            adc: adc::Adc::new(),
            dac: analog::Dac::new(),
            vrefbuf: analog::Vrefbuf::new(),
            crc: crc::Crc::new(),
            aes: aes::Aes::new(),
            spis: [(); 3].map(|()| spi::Spi::new()),
            i2cs: [(); 3].map(|()| i2c::I2c::new()),
            wwdg: wwdg::Wwdg::new(),
            comp: storage::Storage::new(storage::COMP),
            tamp: storage::Storage::new(storage::TAMP),
            dbgmcu: storage::Storage::new(storage::DBGMCU),
            demands: Vec::new(),
            unmodelled: Vec::new(),
            dirty: true,
            events: [false; 2],
            config,
        }
    }

    /// A load of `size` bytes by `by`.
    pub fn read(
        &mut self,
        by: CoreId,
        addr: u32,
        size: u32,
        now: u64,
    ) -> Result<u32, BusFault> {
        let row = map::decode(addr).ok_or(BusFault)?;
        self.advance(now);
        if !self.is_clocked(row, by) {
            return Ok(0);
        }
        let access = Access {
            size,
            ..self.access(row.block, by, self.time.now(), false)
        };
        let offset = map::offset(row, addr) & !3;
        let word = match self.block(row.block) {
            Some(block) => block.read(offset, &access),
            None => None,
        };
        let word = word.unwrap_or_else(|| {
            self.report_unmodelled(by, addr, row.block, false);
            0
        });
        // Reading takes a byte from a FIFO or a result; a timer catches up.
        self.dirty |= matches!(
            row.block,
            BlockId::Usart1
                | BlockId::Usart2
                | BlockId::Lpuart1
                | BlockId::Tim1
                | BlockId::Tim2
                | BlockId::Tim16
                | BlockId::Tim17
                | BlockId::Lptim1
                | BlockId::Lptim2
                | BlockId::Lptim3
                | BlockId::Adc
                | BlockId::Aes
                | BlockId::Spi1
                | BlockId::Spi2
                | BlockId::SubghzSpi
        );
        let shifted = word >> (8 * (addr & 3));
        Ok(match size {
            1 => shifted & 0xff,
            2 => shifted & 0xffff,
            _ => shifted,
        })
    }

    /// A store of `size` bytes by `by`.
    pub fn write(
        &mut self,
        by: CoreId,
        addr: u32,
        size: u32,
        value: u32,
        now: u64,
    ) -> Result<(), BusFault> {
        let row = map::decode(addr).ok_or(BusFault)?;
        self.advance(now);
        if !self.is_clocked(row, by) || self.is_held(row) {
            return Ok(());
        }
        // PWR_CR1.DBP protects the whole backup domain.
        if matches!(row.block, BlockId::Rtc | BlockId::Tamp)
            && !self.pwr.backup_writable()
        {
            return Ok(());
        }
        let access = self.access(row.block, by, self.time.now(), false);
        let offset = map::offset(row, addr) & !3;
        let w = Write::new(addr, size, value);
        let done = match self.block(row.block) {
            Some(block) => block.write(offset, w, &access),
            None => None,
        };
        if done.is_none() {
            self.report_unmodelled(by, addr, row.block, true);
        }
        self.follow_up(row.block, access.now);
        Ok(())
    }

    /// A debugger's look at a register: clock gates are ignored and nothing
    /// changes. `None` where no register is modelled.
    pub fn peek(&mut self, by: CoreId, addr: u32) -> Option<u32> {
        let row = map::decode(addr)?;
        let access = self.access(row.block, by, self.time.now(), true);
        let offset = map::offset(row, addr) & !3;
        self.block(row.block)?.read(offset, &access)
    }

    /// A store behind the guest's back: clock gates are ignored. Returns
    /// whether the register is modelled.
    pub fn poke(&mut self, by: CoreId, addr: u32, value: u32) -> bool {
        let Some(row) = map::decode(addr) else {
            return false;
        };
        let access = self.access(row.block, by, self.time.now(), false);
        let offset = map::offset(row, addr) & !3;
        let w = Write::new(addr & !3, 4, value);
        let done = match self.block(row.block) {
            Some(block) => block.write(offset, w, &access),
            None => None,
        };
        self.follow_up(row.block, access.now);
        done.is_some()
    }

    /// A store into the flash array.
    pub fn program_flash(
        &mut self,
        by: CoreId,
        addr: u32,
        size: u32,
        value: u32,
    ) {
        self.flash.program(by, addr, size, value);
        self.dirty = true;
    }

    /// `core` executed SEV.
    pub fn send_event(&mut self, core: CoreId) {
        if self.exti.send_event(core) {
            self.events[core.other().index()] = true;
        }
    }

    /// Takes an event for `core`.
    pub fn take_event(&mut self, core: CoreId) -> bool {
        std::mem::take(&mut self.events[core.index()])
    }

    /// What the run loop has to do, in the order it was asked for.
    pub fn take_demands(&mut self) -> Vec<Demand> {
        std::mem::take(&mut self.demands)
    }

    /// Whether there is anything to take.
    pub fn has_demands(&self) -> bool {
        !self.demands.is_empty()
    }

    /// Accesses to registers without a model since the last call.
    pub fn take_unmodelled(&mut self) -> Vec<RawUnmodelled> {
        std::mem::take(&mut self.unmodelled)
    }

    /// Whether anything changed that the run loop must look at: interrupt
    /// lines, the next event, demands or reports.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// Queues bytes at the far end of a UART.
    pub fn type_bytes(&mut self, id: UartId, bytes: &[u8]) {
        let access = self.uart_access(id);
        self.uarts[id.index()].type_bytes(bytes, &access);
    }

    /// Drives an input pin from outside; `None` lets it float.
    pub fn drive_pin(&mut self, port: char, pin: u8, level: Option<bool>) {
        if let Some(gpio) = port_index(port).map(|i| &mut self.gpio[i]) {
            gpio.drive(pin, level);
        }
        self.observe_pins();
    }

    /// The output data register of a port.
    pub fn port_output(&self, port: char) -> u32 {
        port_index(port).map_or(0, |i| self.gpio[i].output())
    }

    fn observe_pins(&mut self) {
        let mut level = 0;
        for n in 0..16 {
            let port = match self.syscfg.exti_port(n) {
                p @ 0..=2 => p as usize,
                7 => 3,
                _ => continue,
            };
            level |= self.gpio[port].pins() & (1 << n);
        }
        self.exti.observe(level);
    }

    fn report_unmodelled(
        &mut self,
        by: CoreId,
        addr: u32,
        block: BlockId,
        is_write: bool,
    ) {
        let is_reserved = self.block(block).is_some();
        self.unmodelled.push(RawUnmodelled {
            by,
            addr,
            is_write,
            is_reserved,
        });
        self.dirty = true;
    }

    fn is_clocked(&self, row: &Row, by: CoreId) -> bool {
        row.gate
            .is_none_or(|(group, bit)| self.rcc.is_enabled(by, group, bit))
    }

    fn is_held(&self, row: &Row) -> bool {
        row.gate
            .is_some_and(|(group, bit)| self.rcc.holds_reset(group, bit))
    }

    fn access(
        &self,
        block: BlockId,
        by: CoreId,
        now: u64,
        peek: bool,
    ) -> Access {
        Access {
            by,
            now,
            core_hz: self.clocks.hclk1,
            kernel_hz: self.clocks.kernel(block),
            size: 4,
            peek,
        }
    }

    fn uart_access(&self, id: UartId) -> Access {
        let block = match id {
            UartId::Usart1 => BlockId::Usart1,
            UartId::Usart2 => BlockId::Usart2,
            UartId::Lpuart1 => BlockId::Lpuart1,
        };
        self.access(block, CoreId::Cpu1, self.time.now(), false)
    }

    /// The model of a block; `None` if it has none at all.
    fn block(&mut self, id: BlockId) -> Option<&mut dyn Block> {
        Some(match id {
            BlockId::Rcc => &mut self.rcc,
            BlockId::Pwr => &mut self.pwr,
            BlockId::Ipcc => &mut self.ipcc,
            BlockId::Usart1 => &mut self.uarts[UartId::Usart1.index()],
            BlockId::Usart2 => &mut self.uarts[UartId::Usart2.index()],
            BlockId::Lpuart1 => &mut self.uarts[UartId::Lpuart1.index()],
            BlockId::Flash => &mut self.flash,
            BlockId::Exti => &mut self.exti,
            BlockId::Hsem => &mut self.hsem,
            BlockId::GpioA => &mut self.gpio[0],
            BlockId::GpioB => &mut self.gpio[1],
            BlockId::GpioC => &mut self.gpio[2],
            BlockId::GpioH => &mut self.gpio[3],
            BlockId::Syscfg => &mut self.syscfg,
            BlockId::Rng => &mut self.rng,
            BlockId::Iwdg => &mut self.iwdg,
            BlockId::Rtc => &mut self.rtc,
            BlockId::Tim1 => &mut self.tims[0],
            BlockId::Tim2 => &mut self.tims[1],
            BlockId::Tim16 => &mut self.tims[2],
            BlockId::Tim17 => &mut self.tims[3],
            BlockId::Dma1 => &mut self.dma[0],
            BlockId::Dma2 => &mut self.dma[1],
            BlockId::Dmamux1 => &mut self.dmamux,
            BlockId::Lptim1 => &mut self.lptims[0],
            BlockId::Lptim2 => &mut self.lptims[1],
            BlockId::Lptim3 => &mut self.lptims[2],
            BlockId::Adc => &mut self.adc,
            BlockId::Dac => &mut self.dac,
            BlockId::Vrefbuf => &mut self.vrefbuf,
            BlockId::Crc => &mut self.crc,
            BlockId::Aes => &mut self.aes,
            BlockId::Spi1 => &mut self.spis[0],
            BlockId::Spi2 => &mut self.spis[1],
            BlockId::SubghzSpi => &mut self.spis[2],
            BlockId::I2c1 => &mut self.i2cs[0],
            BlockId::I2c2 => &mut self.i2cs[1],
            BlockId::I2c3 => &mut self.i2cs[2],
            BlockId::Wwdg => &mut self.wwdg,
            BlockId::Comp => &mut self.comp,
            BlockId::Tamp => &mut self.tamp,
            BlockId::Dbgmcu => &mut self.dbgmcu,
            _ => return None,
        })
    }
}

fn port_index(port: char) -> Option<usize> {
    match port.to_ascii_uppercase() {
        'A' => Some(0),
        'B' => Some(1),
        'C' => Some(2),
        'H' => Some(3),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
