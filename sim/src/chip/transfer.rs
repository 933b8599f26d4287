// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Data movements of the DMA controllers.

use super::access::{Access, Write};
use super::dma::{CHANNELS, Move};
use super::uart::UartId;
use super::{Chip, map};
use crate::core_id::CoreId;
use crate::memory::{FLASH_BASE, FLASH_SIZE, SRAM_SIZE, SRAM1_BASE};
use rsemu::core::space::RamStore;

/// The request number of the ADC.
const ADC: u32 = 5;
/// Input and output of the AES.
const AES: (u32, u32) = (39, 40);
/// Receiver and transmitter of SPI1, SPI2 and the SPI of the radio.
const SPIS: [(u32, u32); 3] = [(7, 8), (9, 10), (41, 42)];
/// Request numbers of the multiplexer (RM0453, table "DMAMUX: assignment of
/// multiplexer inputs to resources"): receiver and transmitter of each UART.
const UARTS: [(UartId, u32, u32); 3] = [
    (UartId::Usart1, 17, 18),
    (UartId::Usart2, 19, 20),
    (UartId::Lpuart1, 21, 22),
];

impl Chip {
    /// Makes every movement that is asked for.
    pub(super) fn transfer(&mut self) {
        loop {
            let mut moved = false;
            for dma in 0..self.dma.len() {
                for n in 0..CHANNELS {
                    let Some(m) = self.dma[dma].next_move(n) else {
                        continue;
                    };
                    let request = self.dmamux.request(dma, n);
                    if self.dma[dma].is_mem2mem(n) || self.requested(request) {
                        let success = self.make(m).is_some();
                        self.dma[dma].moved(n, success);
                        moved = true;
                    }
                }
            }
            if !moved {
                return;
            }
        }
    }

    fn requested(&self, request: u32) -> bool {
        let by_uart = UARTS.iter().any(|&(id, rx, tx)| {
            let uart = &self.uarts[id.index()];
            (request == rx && uart.rx_request())
                || (request == tx && uart.tx_request())
        });
        let by_spi = SPIS.iter().zip(&self.spis).any(|(&(rx, tx), spi)| {
            (request == rx && spi.rx_request())
                || (request == tx && spi.tx_request())
        });
        let by_aes = (request == AES.0 && self.aes.in_request())
            || (request == AES.1 && self.aes.out_request());
        by_uart || by_spi || by_aes || request == ADC && self.adc.dma_request()
    }

    fn make(&mut self, m: Move) -> Option<()> {
        let value = self.dma_read(m.from, m.from_size)?;
        self.dma_write(m.to, m.to_size, value)
    }

    fn dma_read(&mut self, addr: u32, size: u32) -> Option<u32> {
        if let Some((store, offset)) = self.memory(addr) {
            let mut bytes = [0; 4];
            store.read_at(offset, &mut bytes[..size as usize]).ok()?;
            return Some(u32::from_le_bytes(bytes));
        }
        let row = map::decode(addr)?;
        let now = self.time.now();
        let access = Access {
            size,
            ..self.access(row.block, CoreId::Cpu1, now, false)
        };
        let offset = map::offset(row, addr) & !3;
        let word = self.block(row.block)?.read(offset, &access)?;
        Some(word >> (8 * (addr & 3)))
    }

    fn dma_write(&mut self, addr: u32, size: u32, value: u32) -> Option<()> {
        if let Some((store, offset)) = self.memory(addr) {
            if addr < SRAM1_BASE {
                return None;
            }
            let bytes = value.to_le_bytes();
            return store.write_at(offset, &bytes[..size as usize]).ok();
        }
        let row = map::decode(addr)?;
        let now = self.time.now();
        let access = self.access(row.block, CoreId::Cpu1, now, false);
        let offset = map::offset(row, addr) & !3;
        let w = Write::new(addr, size, value);
        self.block(row.block)?.write(offset, w, &access)
    }

    fn memory(&self, addr: u32) -> Option<(&RamStore, u64)> {
        let sram = addr.wrapping_sub(SRAM1_BASE);
        let flash = addr.wrapping_sub(FLASH_BASE);
        if sram < SRAM_SIZE {
            Some((&self.sram, sram.into()))
        } else if flash < FLASH_SIZE {
            Some((&self.flash_array, flash.into()))
        } else {
            None
        }
    }
}
