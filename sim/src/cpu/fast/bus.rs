// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a core reaches without an address space: RAM and flash directly, the
//! peripherals through the chip.

use crate::CoreId;
use crate::chip::Shared;
use crate::memory::{FLASH_BASE, FLASH_SIZE, SRAM_SIZE, SRAM1_BASE};
use rsemu::core::space::RamStore;
use rsemu::core::value::{Endian, Width};
use std::ops::Range;
use std::sync::Arc;

/// The private peripheral bus.
pub(in crate::cpu) const PPB: Range<u32> = 0xe000_0000..0xe010_0000;

/// What a core sees at address 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cpu) enum Low {
    /// Nothing, or something that only the address space knows.
    Other,
    /// The flash array.
    Flash,
}

/// Where a data address leads.
enum Target<'a> {
    Memory(&'a RamStore, u64),
    Peripheral,
    Elsewhere,
}

/// A core's fast paths.
#[derive(Debug)]
pub(in crate::cpu) struct Bus {
    pub core: CoreId,
    pub flash: Arc<RamStore>,
    pub sram: Arc<RamStore>,
    pub shared: Arc<Shared>,
    pub low: Low,
}

/// The access needs the general path.
pub(super) struct Bail;

fn width(size: u32) -> Width {
    match size {
        1 => Width::U8,
        2 => Width::U16,
        _ => Width::U32,
    }
}

impl Bus {
    /// The flash address that `addr` aliases, if it lies in the alias.
    #[inline]
    pub fn canonical(&self, addr: u32) -> u32 {
        if addr < FLASH_SIZE && self.low == Low::Flash {
            addr + FLASH_BASE
        } else {
            addr
        }
    }

    #[inline]
    fn target(&self, addr: u32, writes: bool) -> Target<'_> {
        let sram = addr.wrapping_sub(SRAM1_BASE);
        if sram < SRAM_SIZE {
            return Target::Memory(&self.sram, sram.into());
        }
        let flash = self.canonical(addr).wrapping_sub(FLASH_BASE);
        if flash < FLASH_SIZE {
            return if writes {
                Target::Elsewhere
            } else {
                Target::Memory(&self.flash, flash.into())
            };
        }
        match addr >> 24 {
            0x40 | 0x48 | 0x58 => Target::Peripheral,
            _ => Target::Elsewhere,
        }
    }

    /// Loads `size` bytes.
    #[inline]
    pub(super) fn load(
        &self,
        addr: u32,
        size: u32,
        now: u64,
    ) -> Result<u32, Bail> {
        match self.target(addr, false) {
            Target::Memory(store, offset) => store
                .read_value(offset, width(size), Endian::Little)
                .map(|v| v as u32)
                .map_err(|_| Bail),
            Target::Peripheral if addr.is_multiple_of(size) => {
                let mut chip = self.shared.chip();
                let value =
                    chip.read(self.core, addr, size, now).map_err(|_| Bail)?;
                if chip.take_dirty() {
                    self.shared.ask_attention();
                }
                Ok(value)
            }
            _ => Err(Bail),
        }
    }

    /// Stores `size` bytes.
    #[inline]
    pub(super) fn store(
        &self,
        addr: u32,
        size: u32,
        value: u32,
        now: u64,
    ) -> Result<(), Bail> {
        match self.target(addr, true) {
            Target::Memory(store, offset) => store
                .write_value(offset, width(size), value.into(), Endian::Little)
                .map_err(|_| Bail),
            Target::Peripheral if addr.is_multiple_of(size) => {
                let mut chip = self.shared.chip();
                chip.write(self.core, addr, size, value, now)
                    .map_err(|_| Bail)?;
                if chip.take_dirty() {
                    self.shared.ask_attention();
                }
                Ok(())
            }
            _ => Err(Bail),
        }
    }

    /// Whether all of `len` bytes are memory that can be read, and written if
    /// `writes`.
    pub(super) fn is_memory(&self, addr: u32, len: u32, writes: bool) -> bool {
        match self.target(addr, writes) {
            Target::Memory(store, offset) => {
                offset + u64::from(len) <= store.len()
            }
            _ => false,
        }
    }

    /// The halfword at `addr` if it is memory.
    pub fn fetch(&self, addr: u32) -> Option<u16> {
        match self.target(addr, false) {
            Target::Memory(store, offset) => store
                .read_value(offset, Width::U16, Endian::Little)
                .ok()
                .map(|v| v as u16),
            _ => None,
        }
    }
}
