// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Hardware semaphores (RM0453, chapter HSEM).

use super::access::{Access, Block, Write};
use crate::core_id::CoreId;

const COUNT: usize = 16;
const LOCK: u32 = 1 << 31;
const COREID: u32 = 0xf << 8;
const PROCID: u32 = 0xff;

/// The identity that the bus gives a core (HSEM_Rx.COREID).
fn core_id(core: CoreId) -> u32 {
    match core {
        CoreId::Cpu1 => 4 << 8,
        CoreId::Cpu2 => 8 << 8,
    }
}

/// The HSEM block.
#[derive(Debug)]
pub(crate) struct Hsem {
    sem: [u32; COUNT],
    ier: [u32; 2],
    isr: [u32; 2],
    key: u32,
}

impl Hsem {
    pub fn new() -> Self {
        Hsem {
            sem: [0; COUNT],
            ier: [0; 2],
            isr: [0; 2],
            key: 0,
        }
    }

    /// The level of the interrupt line of `core`.
    pub fn irq(&self, core: CoreId) -> bool {
        self.isr[core.index()] & self.ier[core.index()] != 0
    }

    fn free(&mut self, n: usize) {
        self.sem[n] = 0;
        for isr in &mut self.isr {
            *isr |= 1 << n;
        }
    }

    /// Two-step lock and unlock: the written core and process must be the
    /// ones that hold the semaphore.
    fn write_semaphore(&mut self, n: usize, value: u32, by: CoreId) {
        let owner = value & (COREID | PROCID);
        if value & COREID != core_id(by) {
            return;
        }
        if value & LOCK != 0 {
            if self.sem[n] & LOCK == 0 {
                self.sem[n] = LOCK | owner;
            }
        } else if self.sem[n] == LOCK | owner {
            self.free(n);
        }
    }

    /// One-step lock: reading takes a free semaphore for process 0.
    fn read_lock(&mut self, n: usize, access: &Access) -> u32 {
        if self.sem[n] & LOCK == 0 && !access.peek {
            self.sem[n] = LOCK | core_id(access.by);
        }
        self.sem[n]
    }
}

impl Block for Hsem {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        let n = (offset as usize & 0x7f) / 4;
        Some(match offset {
            0x00..=0x3c => self.sem[n],
            0x80..=0xbc => self.read_lock(n, access),
            0x100 => self.ier[0],
            0x104 | 0x114 | 0x140 => 0,
            0x108 => self.isr[0],
            0x10c => self.isr[0] & self.ier[0],
            0x110 => self.ier[1],
            0x118 => self.isr[1],
            0x11c => self.isr[1] & self.ier[1],
            0x144 => self.key,
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, access: &Access) -> Option<()> {
        match offset {
            0x00..=0x3c => {
                let n = offset as usize / 4;
                self.write_semaphore(n, w.ones(), access.by);
            }
            0x80..=0xbc | 0x108 | 0x10c | 0x118 | 0x11c => {}
            0x100 => self.ier[0] = w.merge(self.ier[0], 0xffff),
            0x104 => self.isr[0] &= !w.ones(),
            0x110 => self.ier[1] = w.merge(self.ier[1], 0xffff),
            0x114 => self.isr[1] &= !w.ones(),
            0x140 => {
                if w.ones() & 0xffff_0000 == self.key {
                    let core = w.ones() & COREID;
                    for n in 0..COUNT {
                        if self.sem[n] & (LOCK | COREID) == LOCK | core {
                            self.free(n);
                        }
                    }
                }
            }
            0x144 => self.key = w.merge(self.key, 0xffff_0000),
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Hsem::new();
    }
}

#[cfg(test)]
mod tests;
