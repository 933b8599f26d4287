// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The test in the place of CPU2.

use crate::{Board, CPU1, CPU2, ms};

/// Where the mailboxes are: the start of SRAM2.
const WINDOW: u32 = 0x2000_8000;

/// Bytes of a mailbox, length word included.
const MAILBOX: u32 = 256;

/// PWR_CR4, and in it C2BOOT.
const PWR_CR4: u32 = 0x5800_040C;
const C2BOOT: u32 = 1 << 15;

/// A CPU2 that the test plays by hand, with the memory layout of NuttX. What
/// it does takes no time.
pub struct PlainPeer;

impl PlainPeer {
    /// Bytes of the largest message.
    pub const CAPACITY: usize = MAILBOX as usize - 4;

    /// Makes the driver think that it has started us.
    pub fn boot(board: &mut Board) -> Self {
        assert!(board.soc.poke_register(CPU1, PWR_CR4, C2BOOT));
        Self
    }

    /// Where we send from.
    pub fn our_slot(channel: u8) -> u32 {
        WINDOW + (u32::from(channel) - 1) * 2 * MAILBOX
    }

    /// Where CPU1 sends from.
    pub fn their_slot(channel: u8) -> u32 {
        Self::our_slot(channel) + MAILBOX
    }

    fn bit(channel: u8) -> u32 {
        1 << (channel - 1)
    }

    /// Whether CPU1 has taken our last message.
    pub fn is_free(&self, board: &Board, channel: u8) -> bool {
        board.soc.ipcc_flags(CPU2) & Self::bit(channel) == 0
    }

    /// Whether CPU1 has a message for us.
    pub fn is_occupied(&self, board: &Board, channel: u8) -> bool {
        board.soc.ipcc_flags(CPU1) & Self::bit(channel) != 0
    }

    /// Raises our flag, whatever is in the slot.
    pub fn raise(&self, board: &mut Board, channel: u8) {
        board.soc.ipcc_set_flags(CPU2, Self::bit(channel));
    }

    /// Clears CPU1's flag, without a look at the slot.
    pub fn acknowledge(&self, board: &mut Board, channel: u8) {
        board.soc.ipcc_clear_flags(CPU1, Self::bit(channel));
    }

    /// Sends a message: the bytes, the length, the flag.
    ///
    /// # Panics
    ///
    /// If CPU1 has not taken the last one.
    #[track_caller]
    pub fn send(&self, board: &mut Board, channel: u8, message: &[u8]) {
        assert!(self.is_free(board, channel), "the slot is not ours");
        let slot = Self::our_slot(channel);
        assert!(message.len() <= Self::CAPACITY);
        assert!(board.soc.write_memory(slot + 4, message));
        self.announce(board, channel, message.len() as u32);
    }

    /// Writes a length word, true or not, and raises our flag.
    pub fn announce(&self, board: &mut Board, channel: u8, len: u32) {
        assert!(board.soc.write_u32(Self::our_slot(channel), len));
        self.raise(board, channel);
    }

    /// Looks at CPU1's message, if there is one.
    pub fn look(&self, board: &Board, channel: u8) -> Option<Vec<u8>> {
        if !self.is_occupied(board, channel) {
            return None;
        }
        let slot = Self::their_slot(channel);
        let len = board.soc.read_u32(slot)? as usize;
        assert!(len <= Self::CAPACITY, "the driver announces {len} bytes");
        board.soc.read_memory(slot + 4, len)
    }

    /// Takes CPU1's message, if there is one: the bytes, then the flag.
    pub fn take(&self, board: &mut Board, channel: u8) -> Option<Vec<u8>> {
        let message = self.look(board, channel)?;
        self.acknowledge(board, channel);
        Some(message)
    }

    /// Waits for CPU1's message, and takes it.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[track_caller]
    pub fn receive(&self, board: &mut Board, channel: u8) -> Vec<u8> {
        let bit = Self::bit(channel);
        board.run_until(ms(50), |soc| soc.ipcc_flags(CPU1) & bit != 0);
        self.take(board, channel).expect("a message")
    }
}
