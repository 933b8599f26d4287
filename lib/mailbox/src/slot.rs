// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One message slot: a length word followed by the message.
//!
//! ```text
//! offset 0   u32, little-endian: bytes in the message, 1..=capacity
//! offset 4   the message
//! ```
//!
//! The slot belongs to the sender while the doorbell's flag is clear and to
//! the receiver while it is set. Nothing enforces that, so the receiver
//! believes nothing it has not copied out and checked.

use crate::window::{SharedBytes, Window};

/// Bytes of the length word in front of the message.
pub const HEADER: usize = size_of::<u32>();

/// A length word that no sender may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthError {
    /// The flag announces a message of no bytes.
    Zero,
    /// The message claims to be longer than the slot.
    TooLong(u32),
}

/// The receiving end of a slot.
#[derive(Clone, Debug)]
pub struct RxSlot {
    slot: Window,
    /// The message being taken, or `None` before its length has been read.
    message: Option<Message>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Message {
    /// Our copy of the length word, checked against the capacity. The word
    /// in the slot is never looked at again.
    len: usize,
    /// Bytes already moved out, below `len`.
    taken: usize,
}

impl RxSlot {
    /// The receiving end of the slot that fills `slot`.
    pub const fn new(slot: Window) -> Self {
        Self {
            slot,
            message: None,
        }
    }

    /// Largest message the slot can hold, in bytes.
    #[inline]
    pub const fn capacity(&self) -> usize {
        self.slot.len().saturating_sub(HEADER)
    }

    /// The bytes of the message that have not been taken yet; never empty.
    ///
    /// Call this only while the slot is ours. The length word is read on the
    /// first call for a message and remembered from then on.
    ///
    /// # Errors
    ///
    /// The length the sender wrote is impossible. The slot should be handed
    /// back ([`RxSlot::forget`]), because no later look can make it better.
    pub fn untaken(&mut self) -> Result<SharedBytes, LengthError> {
        let message = match self.message {
            Some(message) => message,
            None => {
                let word = self.slot.load(0);
                let len = match usize::try_from(word) {
                    Ok(0) => return Err(LengthError::Zero),
                    Ok(len) if len <= self.capacity() => len,
                    _ => return Err(LengthError::TooLong(word)),
                };
                *self.message.insert(Message { len, taken: 0 })
            }
        };
        let offset = HEADER + message.taken;
        Ok(self.slot.bytes(offset, message.len - message.taken))
    }

    /// Notes that `n` more bytes have been moved out. Returns `true` when that
    /// was the last of the message: the slot must now be handed back, and
    /// until then nothing here refers to it any more.
    #[inline]
    pub fn take(&mut self, n: usize) -> bool {
        let Some(message) = &mut self.message else {
            return false;
        };
        message.taken += n;
        let is_done = message.taken >= message.len;
        if is_done {
            self.message = None;
        }
        is_done
    }

    /// Whether part of a message has been taken and part has not.
    pub const fn is_half_taken(&self) -> bool {
        matches!(self.message, Some(m) if m.taken > 0)
    }

    /// Drops the message being taken, if any, and returns how many of its
    /// bytes nobody has seen.
    pub fn forget(&mut self) -> usize {
        self.message.take().map_or(0, |m| m.len - m.taken)
    }
}

/// The sending end of a slot.
#[derive(Clone, Debug)]
pub struct TxSlot {
    slot: Window,
}

impl TxSlot {
    /// The sending end of the slot that fills `slot`.
    pub const fn new(slot: Window) -> Self {
        Self { slot }
    }

    /// Largest message the slot can hold, in bytes.
    #[inline]
    pub const fn capacity(&self) -> usize {
        self.slot.len().saturating_sub(HEADER)
    }

    /// Where the first `n` bytes of the next message go, or fewer if the slot
    /// is smaller. Call this only while the slot is ours.
    #[inline]
    pub fn space(&self, n: usize) -> SharedBytes {
        self.slot.bytes(HEADER, n)
    }

    /// Writes the length word of a message whose bytes are in place. The
    /// doorbell comes next.
    #[inline]
    pub fn seal(&mut self, len: usize) {
        debug_assert!(len <= self.capacity());
        self.slot.store(0, len as u32);
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::memory::Memory;
    use proptest::prelude::*;

    fn send(memory: &Memory, message: &[u8]) {
        let mut tx = TxSlot::new(memory.window());
        tx.space(message.len()).copy_from(message);
        tx.seal(message.len());
    }

    fn receive(rx: &mut RxSlot, at_most: usize) -> (Vec<u8>, bool) {
        let bytes = rx.untaken().unwrap().prefix(at_most);
        let mut out = vec![0; bytes.len()];
        bytes.copy_to(&mut out);
        let is_done = rx.take(out.len());
        (out, is_done)
    }

    #[test]
    fn a_short_message_ends_at_its_own_length_not_at_the_capacity() {
        let memory = Memory::new(256);
        let mut rx = RxSlot::new(memory.window());
        for text in [b"one".as_slice(), b"two!"] {
            send(&memory, text);
            assert_eq!(receive(&mut rx, 252), (text.to_vec(), true));
        }
    }

    #[test]
    fn impossible_lengths_are_refused() {
        let memory = Memory::new(256);
        let mut rx = RxSlot::new(memory.window());
        for (word, error) in [
            (0, LengthError::Zero),
            (253, LengthError::TooLong(253)),
            (0xFFFF_FFFF, LengthError::TooLong(0xFFFF_FFFF)),
            (0xFFFF_FFFC, LengthError::TooLong(0xFFFF_FFFC)),
        ] {
            memory.window().store(0, word);
            assert_eq!(rx.untaken(), Err(error));
        }
        memory.window().store(0, 252);
        assert_eq!(rx.untaken().unwrap().len(), 252);
    }

    #[test]
    fn the_length_is_read_once_however_the_sender_changes_it() {
        let memory = Memory::new(32);
        let mut rx = RxSlot::new(memory.window());
        send(&memory, b"abcdef");
        assert_eq!(receive(&mut rx, 2), (b"ab".to_vec(), false));

        memory.window().store(0, 0xFFFF_FFFF);
        assert_eq!(receive(&mut rx, 2), (b"cd".to_vec(), false));
        memory.window().store(0, 1);
        assert_eq!(receive(&mut rx, 9), (b"ef".to_vec(), true));
    }

    #[test]
    fn a_forgotten_message_tells_how_much_was_unseen() {
        let memory = Memory::new(32);
        let mut rx = RxSlot::new(memory.window());
        assert_eq!(rx.forget(), 0);
        send(&memory, b"abcdef");
        receive(&mut rx, 2);
        assert!(rx.is_half_taken());
        assert_eq!(rx.forget(), 4);
        assert!(!rx.is_half_taken());
    }

    #[test]
    fn the_sender_never_gets_more_room_than_the_slot_has() {
        let memory = Memory::new(32);
        let tx = TxSlot::new(memory.window());
        assert_eq!(tx.capacity(), 28);
        assert_eq!(tx.space(100).len(), 28);
        assert_eq!(tx.space(0).len(), 0);
    }

    proptest! {
        #[test]
        fn any_length_word_is_survived(word: u32, second: u32) {
            let memory = Memory::new(64);
            let mut rx = RxSlot::new(memory.window());
            memory.window().store(0, word);
            match rx.untaken() {
                Ok(bytes) => {
                    prop_assert_eq!(bytes.len(), word as usize);
                    memory.window().store(0, second);
                    prop_assert_eq!(rx.untaken().unwrap(), bytes);
                }
                Err(LengthError::Zero) => prop_assert_eq!(word, 0),
                Err(LengthError::TooLong(w)) => {
                    prop_assert_eq!(w, word);
                    prop_assert!(word > 60);
                }
            }
        }

        #[test]
        fn a_message_arrives_whole_in_any_number_of_pieces(
            message in proptest::collection::vec(any::<u8>(), 1..60),
            piece in 1usize..70,
        ) {
            let memory = Memory::new(64);
            let mut rx = RxSlot::new(memory.window());
            send(&memory, &message);
            let mut got = Vec::new();
            loop {
                let (bytes, is_done) = receive(&mut rx, piece);
                got.extend(bytes);
                if is_done {
                    break;
                }
            }
            prop_assert_eq!(got, message);
        }
    }
}
