// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The windows through which a core reaches the chip.

use super::{BusFault, Chip};
use crate::core_id::CoreId;
use rsemu::core::error::BusError;
use rsemu::core::space::{AccessConstraints, MemAttrs, MemOps, MemResult};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the cores' bus windows and the run loop share. Everything runs on one
/// thread: the lock and the atomics are there because the address space of
/// `rsemu` asks its devices to be `Sync`.
#[derive(Debug)]
pub(crate) struct Shared {
    chip: Mutex<Chip>,
    now: AtomicU64,
    attention: AtomicBool,
    /// Changes of the flash array, for caches of decoded instructions.
    flash_generation: Arc<AtomicU64>,
}

impl Shared {
    pub fn new(chip: Chip) -> Arc<Self> {
        Arc::new(Shared {
            flash_generation: chip.flash.generation(),
            chip: Mutex::new(chip),
            now: AtomicU64::new(0),
            attention: AtomicBool::new(true),
        })
    }

    /// The chip. A panic elsewhere must not hide behind a poisoned lock.
    pub fn chip(&self) -> MutexGuard<'_, Chip> {
        self.chip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the chip the time of the access that a core may make next.
    pub fn set_now(&self, cycle: u64) {
        self.now.store(cycle, Ordering::Relaxed);
    }

    /// Whether an access changed something that the run loop must look at.
    pub fn wants_attention(&self) -> bool {
        self.attention.load(Ordering::Relaxed)
    }

    /// Acknowledges [`Shared::wants_attention`].
    pub fn attend(&self) {
        self.attention.store(false, Ordering::Relaxed);
    }

    /// A number that changes whenever the flash array does.
    pub fn flash_generation(&self) -> u64 {
        self.flash_generation.load(Ordering::Relaxed)
    }

    /// Notes a change of the flash array from outside.
    pub fn flash_changed(&self) {
        self.flash_generation.fetch_add(1, Ordering::Relaxed);
    }

    /// Makes the run loop look at the chip before the next instruction.
    pub fn ask_attention(&self) {
        self.attention.store(true, Ordering::Relaxed);
    }
}

/// One core's view of a window of peripheral addresses.
#[derive(Debug)]
pub(crate) struct Port {
    shared: Arc<Shared>,
    core: CoreId,
    base: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Peripherals,
    FlashArray,
}

impl Port {
    /// A window of peripherals that starts at `base`.
    pub fn peripherals(shared: Arc<Shared>, core: CoreId, base: u32) -> Self {
        Port {
            shared,
            core,
            base,
            kind: Kind::Peripherals,
        }
    }

    /// The write side of the flash array, which starts at `base`.
    pub fn flash(shared: Arc<Shared>, core: CoreId, base: u32) -> Self {
        Port {
            shared,
            core,
            base,
            kind: Kind::FlashArray,
        }
    }

    fn addr(&self, offset: u64) -> u32 {
        self.base.wrapping_add(offset as u32)
    }
}

impl From<BusFault> for BusError {
    fn from(_: BusFault) -> BusError {
        BusError::Unassigned
    }
}

impl MemOps for Port {
    fn read(&self, offset: u64, dst: &mut [u8], _: MemAttrs) -> MemResult {
        let now = self.shared.now.load(Ordering::Relaxed);
        let addr = self.addr(offset);
        let size = dst.len() as u32;
        let mut chip = self.shared.chip();
        let value = chip.read(self.core, addr, size, now)?;
        dst.copy_from_slice(&value.to_le_bytes()[..dst.len()]);
        if chip.take_dirty() {
            self.shared.ask_attention();
        }
        Ok(())
    }

    fn write(&self, offset: u64, src: &[u8], _: MemAttrs) -> MemResult {
        let now = self.shared.now.load(Ordering::Relaxed);
        let addr = self.addr(offset);
        let size = src.len() as u32;
        let mut bytes = [0; 4];
        bytes[..src.len()].copy_from_slice(src);
        let value = u32::from_le_bytes(bytes);
        let mut chip = self.shared.chip();
        match self.kind {
            Kind::Peripherals => {
                chip.write(self.core, addr, size, value, now)?;
            }
            Kind::FlashArray => {
                chip.program_flash(self.core, addr, size, value);
            }
        }
        if chip.take_dirty() {
            self.shared.ask_attention();
        }
        Ok(())
    }

    fn constraints(&self) -> AccessConstraints {
        use rsemu::core::value::Width;
        AccessConstraints::IO
            .with_widths(Width::U8, Width::U32)
            .with_natural_alignment(true)
    }
}
