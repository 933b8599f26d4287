// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The flash interface (RM0453, chapter FLASH): latency and cache control
//! read back, option bytes, and programming and erasing by either core.
//!
//! Fast programming is the other kind without its rules of order and time.
//! Operations complete at once: the busy flags never show. Write, read and
//! security protections are not enforced.

use super::access::{Access, Block, Write};
use crate::core_id::CoreId;
use crate::memory::{CPU2_BASE, FLASH_BASE, FLASH_SIZE};
use rsemu::core::space::RamStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const PAGE: u32 = 2048;

mod cr {
    pub const PG: u32 = 1 << 0;
    pub const PER: u32 = 1 << 1;
    pub const MER: u32 = 1 << 2;
    pub const STRT: u32 = 1 << 16;
    pub const FSTPG: u32 = 1 << 18;
    pub const OPTSTRT: u32 = 1 << 17;
    pub const EOPIE: u32 = 1 << 24;
    pub const ERRIE: u32 = 1 << 25;
    pub const OBL_LAUNCH: u32 = 1 << 27;
    pub const OPTLOCK: u32 = 1 << 30;
    pub const LOCK: u32 = 1 << 31;
    pub const RESET: u32 = LOCK | OPTLOCK;
    pub const STORED: u32 = 0x0704_03ff & !STRT;
}

mod sr {
    pub const EOP: u32 = 1 << 0;
    pub const PROGERR: u32 = 1 << 3;
    pub const PGAERR: u32 = 1 << 5;
    pub const SIZERR: u32 = 1 << 6;
    pub const PGSERR: u32 = 1 << 7;
    pub const ERRORS: u32 = 0xc3fa;
}

/// The option registers: offset, value from the factory, writable bits.
const OPTIONS: [(u32, u32, u32); 9] = [
    (0x20, 0x3fff_f0aa, 0xcf8f_7eff),
    (0x24, 0xffff_ffff, 0xff),
    (0x28, 0xffff_ff00, 0x8000_00ff),
    (0x2c, 0xff80_ffff, 0x007f_007f),
    (0x30, 0xff80_ffff, 0x007f_007f),
    (0x34, 0xffff_ffff, 0xff),
    (0x38, 0xffff_ff00, 0xff),
    (0x3c, 0xffff_ffff, 0x3fff),
    (0x80, 0xffff_efff, 0x80ff_10ff),
];
const SRRVR: u32 = 0x84;
const SRRVR_C2OPT: u32 = 1 << 31;
/// C2OPT is set, and no memory is secure.
const SRRVR_RESET: u32 = 0xffff_0000 | ((CPU2_BASE - FLASH_BASE) / 4);

/// Progress of an unlock key sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    Locked,
    FirstKey,
    Open,
    /// A wrong key locks until the next reset.
    Barred,
}

impl Lock {
    fn write(&mut self, value: u32, keys: [u32; 2]) {
        *self = match (*self, value) {
            (Lock::Locked, v) if v == keys[0] => Lock::FirstKey,
            (Lock::FirstKey, v) if v == keys[1] => Lock::Open,
            (Lock::Open, _) => Lock::Open,
            _ => Lock::Barred,
        };
    }
}

/// The FLASH block and the array behind it.
#[derive(Debug)]
pub(crate) struct Flash {
    array: Arc<RamStore>,
    /// Counts changes of the array.
    generation: Arc<AtomicU64>,
    acr: u32,
    acr2: u32,
    c2acr: u32,
    cr: [u32; 2],
    sr: [u32; 2],
    lock: Lock,
    optlock: Lock,
    options: [u32; OPTIONS.len()],
    srrvr: u32,
    /// First word of a double word: address and value.
    pending: [Option<(u32, u32)>; 2],
    launch: bool,
}

impl Flash {
    pub fn new(array: Arc<RamStore>, srrvr: Option<u32>) -> Self {
        Flash {
            array,
            generation: Arc::new(AtomicU64::new(1)),
            acr: 0x0600,
            acr2: 0,
            c2acr: 0x0600,
            cr: [cr::RESET; 2],
            sr: [0; 2],
            lock: Lock::Locked,
            optlock: Lock::Locked,
            options: OPTIONS.map(|(_, value, _)| value),
            srrvr: srrvr.unwrap_or(SRRVR_RESET),
            pending: [None; 2],
            launch: false,
        }
    }

    /// The count of changes of the array.
    pub fn generation(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.generation)
    }

    /// Where CPU2 finds its vector table (FLASH_SRRVR.C2OPT and SBRV).
    pub fn cpu2_boot_address(&self) -> u32 {
        let offset = (self.srrvr & 0xffff) * 4;
        if self.srrvr & SRRVR_C2OPT != 0 {
            FLASH_BASE.wrapping_add(offset)
        } else {
            0x2000_0000u32.wrapping_add(offset)
        }
    }

    /// Takes a request to reload the option bytes, which resets the chip.
    pub fn take_launch(&mut self) -> bool {
        std::mem::take(&mut self.launch)
    }

    /// The level of the interrupt line of `core`.
    pub fn irq(&self, core: CoreId) -> bool {
        let (cr, sr) = (self.cr[core.index()], self.sr[core.index()]);
        (cr & cr::EOPIE != 0 && sr & sr::EOP != 0)
            || (cr & cr::ERRIE != 0 && sr & sr::ERRORS != 0)
    }

    /// A store by `core` into the array.
    pub fn program(&mut self, core: CoreId, addr: u32, size: u32, value: u32) {
        let i = core.index();
        if self.lock != Lock::Open || self.cr[i] & (cr::PG | cr::FSTPG) == 0 {
            self.sr[i] |= sr::PGSERR;
            return;
        }
        if size != 4 {
            self.sr[i] |= sr::SIZERR;
            return;
        }
        match self.pending[i].take() {
            None if addr.is_multiple_of(8) => {
                self.pending[i] = Some((addr, value))
            }
            Some((first, low)) if addr == first + 4 => {
                self.program_double(i, first, low, value);
            }
            _ => self.sr[i] |= sr::PGAERR,
        }
    }

    fn program_double(&mut self, i: usize, addr: u32, low: u32, high: u32) {
        let value = u64::from(high) << 32 | u64::from(low);
        let offset = u64::from(addr - FLASH_BASE);
        let mut old = [0; 8];
        let readable = self.array.read_at(offset, &mut old).is_ok();
        // Only an erased double word takes a value; zero always can.
        if !readable || (u64::from_le_bytes(old) != u64::MAX && value != 0) {
            self.sr[i] |= sr::PROGERR;
            return;
        }
        let written = self.array.write_at(offset, &value.to_le_bytes());
        written.expect("just read from there");
        self.finish(i);
    }

    fn finish(&mut self, i: usize) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        if self.cr[i] & cr::EOPIE != 0 {
            self.sr[i] |= sr::EOP;
        }
    }

    fn start(&mut self, i: usize) {
        let (offset, len) = if self.cr[i] & cr::MER != 0 {
            (0, FLASH_SIZE)
        } else if self.cr[i] & cr::PER != 0 {
            ((self.cr[i] >> 3 & 0x7f) * PAGE, PAGE)
        } else {
            self.sr[i] |= sr::PGSERR;
            return;
        };
        let erased = self.array.fill(offset.into(), len.into(), 0xff);
        erased.expect("pages lie in the array");
        self.finish(i);
    }

    fn write_cr(&mut self, core: CoreId, w: Write) {
        let i = core.index();
        if self.lock != Lock::Open {
            return;
        }
        self.cr[i] = w.merge(self.cr[i], cr::STORED);
        if w.ones() & cr::STRT != 0 {
            self.start(i);
        }
        if core == CoreId::Cpu1 {
            if w.ones() & cr::OPTSTRT != 0 && self.optlock == Lock::Open {
                // The option registers already hold the new values.
                self.finish(i);
            }
            if w.ones() & cr::OBL_LAUNCH != 0 && self.optlock == Lock::Open {
                self.launch = true;
            }
            if w.ones() & cr::OPTLOCK != 0 {
                self.optlock = Lock::Locked;
            }
            if w.ones() & cr::LOCK != 0 {
                self.lock = Lock::Locked;
                self.optlock = Lock::Locked;
            }
        }
    }

    fn read_cr(&self) -> u32 {
        let mut v = self.cr[0] & !cr::RESET;
        if self.lock != Lock::Open {
            v |= cr::LOCK;
        }
        if self.optlock != Lock::Open {
            v |= cr::OPTLOCK;
        }
        v
    }
}

impl Block for Flash {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.acr,
            0x04 => self.acr2,
            0x08 | 0x0c => 0,
            0x10 => self.sr[0],
            0x14 => self.read_cr(),
            // No ECC error ever happens.
            0x18 => 0,
            0x5c => self.c2acr,
            0x60 => self.sr[1],
            0x64 => self.cr[1],
            SRRVR => self.srrvr,
            _ => {
                let i = OPTIONS.iter().position(|o| o.0 == offset)?;
                self.options[i]
            }
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 => self.acr = w.merge(self.acr, 0x8f07),
            0x04 => self.acr2 = w.merge(self.acr2, 0x7),
            0x08 => self.lock.write(w.ones(), [0x4567_0123, 0xcdef_89ab]),
            0x0c if self.lock == Lock::Open => {
                self.optlock.write(w.ones(), [0x0819_2a3b, 0x4c5d_6e7f]);
            }
            0x0c => {}
            0x10 => self.sr[0] &= !w.ones(),
            0x14 => self.write_cr(CoreId::Cpu1, w),
            0x18 => {}
            0x5c => self.c2acr = w.merge(self.c2acr, 0x8b00),
            0x60 => self.sr[1] &= !w.ones(),
            0x64 => self.write_cr(CoreId::Cpu2, w),
            SRRVR => {
                if self.optlock == Lock::Open {
                    self.srrvr = w.merge(self.srrvr, u32::MAX);
                }
            }
            _ => {
                let i = OPTIONS.iter().position(|o| o.0 == offset)?;
                if self.optlock == Lock::Open {
                    let bits = OPTIONS[i].2;
                    self.options[i] = w.merge(self.options[i], bits);
                }
            }
        }
        Some(())
    }

    /// The array and the option bytes are not volatile.
    fn reset(&mut self) {
        let mut fresh = Flash::new(self.array.clone(), Some(self.srrvr));
        fresh.options = self.options;
        fresh.generation = Arc::clone(&self.generation);
        *self = fresh;
    }
}

#[cfg(test)]
mod tests;
