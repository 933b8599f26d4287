// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Both sides of a controller and its memory, for host tests.

use crate::slots::{Discipline, Doorbell, Port, Slots};
use crate::transfer::{Gone, Sink, Source};
use mailbox::memory::Memory;
use mailbox::window::SharedBytes;
use mailbox::{ControlBlock, RxSlot, TxSlot, control};
use std::cell::Cell;
use std::rc::Rc;

/// Bytes of each slot, length word included.
pub const SLOT: usize = 16;

/// The flags of all channels in both directions, as the hardware keeps them.
#[derive(Clone, Debug, Default)]
pub struct FlagRegister(Rc<[Cell<u32>; 2]>);

/// One side's view of a [`FlagRegister`].
#[derive(Clone, Debug)]
pub struct PairedDoorbell {
    flags: FlagRegister,
    side: usize,
    /// What [`Doorbell::unmask`] was told last.
    pub unmasked: (u32, u32),
}

impl FlagRegister {
    /// The doorbell as side 0 or 1 sees it.
    pub fn side(&self, side: usize) -> PairedDoorbell {
        PairedDoorbell {
            flags: self.clone(),
            side,
            unmasked: (0, 0),
        }
    }
}

impl Doorbell for PairedDoorbell {
    fn rx_flags(&self) -> u32 {
        self.flags.0[1 - self.side].get()
    }

    fn tx_flags(&self) -> u32 {
        self.flags.0[self.side].get()
    }

    fn raise(&mut self, channel: u8) {
        let flags = &self.flags.0[self.side];
        flags.set(flags.get() | 1 << channel);
    }

    fn acknowledge(&mut self, channel: u8) {
        let flags = &self.flags.0[1 - self.side];
        flags.set(flags.get() & !(1 << channel));
    }

    fn unmask(&mut self, rx: u32, tx: u32) {
        self.unmasked = (rx, tx);
    }
}

/// A controller with one slot channel per hardware channel, and after those
/// one doorbell channel, together with the memory they share.
#[derive(Debug)]
pub struct Chip {
    /// The flags.
    pub flags: FlagRegister,
    /// Slots, two per channel, then the control block.
    pub memory: Memory,
    channels: usize,
}

impl Chip {
    /// A chip with `channels` slot channels.
    pub fn new(channels: usize) -> Self {
        Self {
            flags: FlagRegister::default(),
            memory: Memory::new(channels * 2 * SLOT + control::SIZE),
            channels,
        }
    }

    /// The slots as side 0 or 1 sees them; `N` is one more than the number of
    /// slot channels.
    pub fn slots<const N: usize>(
        &self,
        side: usize,
    ) -> Slots<PairedDoorbell, N> {
        assert_eq!(N, self.channels + 1);
        let ports = std::array::from_fn(|channel| Port {
            channel: channel as u8,
            discipline: if channel < self.channels {
                Discipline::Slot {
                    rx: RxSlot::new(self.slot(channel, 1 - side)),
                    tx: TxSlot::new(self.slot(channel, side)),
                }
            } else {
                Discipline::Doorbell
            },
        });
        Slots::new(self.flags.side(side), ports)
    }

    /// The slot that `sender` sends from.
    pub fn slot(&self, channel: usize, sender: usize) -> mailbox::Window {
        let offset = (channel * 2 + sender) * SLOT;
        self.memory.window().part(offset, SLOT).unwrap()
    }

    /// The control block as side 0 or 1 sees it.
    pub fn control(&self, side: usize) -> ControlBlock {
        let half = |side: usize| {
            let offset = self.channels * 2 * SLOT + side * control::HALF;
            self.memory.window().part(offset, control::HALF).unwrap()
        };
        ControlBlock::new(half(side), half(1 - side))
    }
}

/// A sink that keeps what it takes.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    /// What it took.
    pub bytes: Vec<u8>,
    /// How much it will hold in all.
    pub limit: usize,
    /// Whether it is gone.
    pub is_gone: bool,
}

impl Inbox {
    /// A sink for `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }
}

impl Sink for Inbox {
    fn room(&self) -> usize {
        self.limit - self.bytes.len()
    }

    fn take_shared(&mut self, bytes: SharedBytes) -> Result<usize, Gone> {
        let mut local = vec![0; bytes.len()];
        bytes.copy_to(&mut local);
        self.take_local(&local)
    }

    fn take_local(&mut self, bytes: &[u8]) -> Result<usize, Gone> {
        if self.is_gone {
            return Err(Gone);
        }
        let n = bytes.len().min(self.room());
        self.bytes.extend(&bytes[..n]);
        Ok(n)
    }
}

/// A source that gives from a slice.
#[derive(Clone, Debug)]
pub struct Outbox<'a> {
    /// What it still gives.
    pub bytes: &'a [u8],
    /// Whether it is gone.
    pub is_gone: bool,
}

impl<'a> Outbox<'a> {
    /// A source of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            is_gone: false,
        }
    }
}

impl Source for Outbox<'_> {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn give_shared(&mut self, space: SharedBytes) -> Result<usize, Gone> {
        if self.is_gone {
            return Err(Gone);
        }
        let n = space.copy_from(self.bytes);
        self.bytes = &self.bytes[n..];
        Ok(n)
    }

    fn give_local(&mut self, space: &mut [u8]) -> Result<usize, Gone> {
        if self.is_gone {
            return Err(Gone);
        }
        let n = space.len().min(self.bytes.len());
        space[..n].copy_from_slice(&self.bytes[..n]);
        self.bytes = &self.bytes[n..];
        Ok(n)
    }
}
