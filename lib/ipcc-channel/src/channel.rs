// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One channel: its buffers, and what moves through them when.

use crate::controller::{Controller, ReadError};
use crate::ring::Ring;
use crate::status::Statistics;
use crate::transfer::{Gone, Sink, Source};
use mailbox::LengthError;

/// What came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Bytes moved.
    pub bytes: usize,
    /// What was wrong with a message that was found behind them, and has been
    /// thrown away.
    pub error: Option<LengthError>,
}

/// The buffers of one channel, between its clients and its controller.
///
/// A buffer of no bytes makes its direction unbuffered. Bytes keep their
/// order: what is in a buffer is older than what is in the incoming slot,
/// and has to go before what a writer still holds.
#[derive(Debug)]
pub struct Channel<'a> {
    index: usize,
    rx: Ring<'a>,
    tx: Ring<'a>,
    /// A message was found that did not fit the rx buffer, and its rest still
    /// waits in the slot.
    is_overflowing: bool,
    /// Whether an empty message is the peer's way of saying "look at the
    /// control block", and not a mistake.
    pub knows_empty_messages: bool,
    /// Counts since the driver started.
    pub statistics: Statistics,
}

impl<'a> Channel<'a> {
    /// The first channel of a controller, unbuffered.
    pub const EMPTY: Self = Self {
        index: 0,
        rx: Ring::EMPTY,
        tx: Ring::EMPTY,
        is_overflowing: false,
        knows_empty_messages: false,
        statistics: Statistics::ZERO,
    };

    /// The channel with index `index` at its controller.
    pub fn new(index: usize, rx: &'a mut [u8], tx: &'a mut [u8]) -> Self {
        Self {
            index,
            rx: Ring::new(rx),
            tx: Ring::new(tx),
            ..Self::EMPTY
        }
    }

    /// Moves received bytes to `sink`. The peer may then have room to send
    /// more.
    ///
    /// Takes from the rx buffer first, then from the slot without a detour.
    /// What the sink leaves of the message is for [`Channel::receive`].
    ///
    /// # Errors
    ///
    /// [`Gone`]: nothing was moved.
    pub fn read(
        &mut self,
        controller: &mut impl Controller,
        sink: &mut impl Sink,
    ) -> Result<Received, Gone> {
        let buffered = self.rx.copy_to(sink)?;
        let mut received = Received::default();
        if buffered == self.rx.len() {
            received = self.take(controller, sink)?;
        }
        self.rx.consume(buffered);
        received.bytes += buffered;
        Ok(received)
    }

    /// Moves as much of an incoming message to the rx buffer as it has room
    /// for.
    pub fn receive(&mut self, controller: &mut impl Controller) -> Received {
        if !self.has_rx_buffer() {
            return Received::default();
        }
        let mut rx = core::mem::replace(&mut self.rx, Ring::EMPTY);
        let result = self.take(controller, &mut rx);
        self.rx = rx;

        let was_overflowing = self.is_overflowing;
        self.is_overflowing =
            self.rx.room() == 0 && controller.is_occupied(self.index);
        if self.is_overflowing && !was_overflowing {
            add(&mut self.statistics.overflows, 1);
        }
        raise_to(&mut self.statistics.rx_high_water, self.rx.len());
        // A buffer of ours does not go away.
        result.unwrap_or_default()
    }

    /// Moves bytes of `source` towards the peer, and returns how many.
    ///
    /// They go straight to the slot if nothing is queued before them and the
    /// slot is free; what does not fit there goes to the tx buffer.
    ///
    /// # Errors
    ///
    /// The source is gone. What it gave before is on its way.
    pub fn write(
        &mut self,
        controller: &mut impl Controller,
        source: &mut impl Source,
    ) -> Result<usize, Gone> {
        let mut total = 0;
        if self.tx.is_empty() {
            total += self.send(controller, source)?;
        }
        total += self.tx.fill_from(source)?;
        raise_to(&mut self.statistics.tx_high_water, self.tx.len());
        Ok(total)
    }

    /// Sends from the tx buffer if the slot is free. Returns whether anything
    /// changed.
    pub fn transmit(&mut self, controller: &mut impl Controller) -> bool {
        if self.tx.is_empty() {
            return false;
        }
        let mut tx = core::mem::replace(&mut self.tx, Ring::EMPTY);
        let result = self.send(controller, &mut tx);
        self.tx = tx;
        result.is_ok_and(|n| n > 0)
    }

    /// Whether a read would move a byte, or find a bad message.
    pub fn is_readable(&self, controller: &impl Controller) -> bool {
        !self.rx.is_empty() || controller.is_occupied(self.index)
    }

    /// Whether a write would move a byte.
    pub fn is_writable(&self, controller: &impl Controller) -> bool {
        self.tx.room() > 0
            || (self.tx.is_empty() && controller.is_free(self.index))
    }

    /// Whether received bytes can wait for a reader anywhere but in the slot.
    pub fn has_rx_buffer(&self) -> bool {
        self.rx.capacity() > 0
    }

    /// Whether the rx buffer takes more.
    pub fn has_rx_room(&self) -> bool {
        self.rx.room() > 0
    }

    /// Whether part of a message waits in the slot because the rx buffer is
    /// full.
    pub fn is_overflowing(&self) -> bool {
        self.is_overflowing
    }

    /// Bytes in the rx buffer.
    pub fn rx_buffered(&self) -> usize {
        self.rx.len()
    }

    /// Bytes in the tx buffer.
    pub fn tx_buffered(&self) -> usize {
        self.tx.len()
    }

    /// Throws away everything received and not read, wherever it is, and
    /// everything not sent, and lets the peer go on. The bytes are counted.
    pub fn discard(&mut self, controller: &mut impl Controller) {
        let received = self.rx.clear() + controller.dismiss(self.index);
        add(&mut self.statistics.rx_discarded, received);
        add(&mut self.statistics.tx_discarded, self.tx.clear());
        self.is_overflowing = false;
    }

    fn take(
        &mut self,
        controller: &mut impl Controller,
        sink: &mut impl Sink,
    ) -> Result<Received, Gone> {
        match controller.read(self.index, sink) {
            Ok(taken) => {
                let is_end = usize::from(taken.is_end);
                add(&mut self.statistics.rx_bytes, taken.bytes);
                add(&mut self.statistics.rx_messages, is_end);
                Ok(Received {
                    bytes: taken.bytes,
                    error: None,
                })
            }
            Err(ReadError::Length(error)) => {
                if error != LengthError::Zero || !self.knows_empty_messages {
                    add(&mut self.statistics.protocol_errors, 1);
                }
                Ok(Received {
                    bytes: 0,
                    error: Some(error),
                })
            }
            Err(ReadError::Gone) => Err(Gone),
        }
    }

    fn send(
        &mut self,
        controller: &mut impl Controller,
        source: &mut impl Source,
    ) -> Result<usize, Gone> {
        let n = controller.write(self.index, source)?;
        if n > 0 {
            add(&mut self.statistics.tx_messages, 1);
            add(&mut self.statistics.tx_bytes, n);
        }
        Ok(n)
    }
}

fn add(counter: &mut u32, n: usize) {
    *counter = counter.wrapping_add(n as u32);
}

fn raise_to(mark: &mut u32, level: usize) {
    *mark = (*mark).max(level as u32);
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::pair::{Chip, Inbox, Outbox};
    use proptest::prelude::*;

    fn write(
        channel: &mut Channel<'_>,
        controller: &mut impl Controller,
        bytes: &[u8],
    ) -> usize {
        channel.write(controller, &mut Outbox::new(bytes)).unwrap()
    }

    fn read(
        channel: &mut Channel<'_>,
        controller: &mut impl Controller,
        limit: usize,
    ) -> Vec<u8> {
        let mut inbox = Inbox::new(limit);
        channel.read(controller, &mut inbox).unwrap();
        inbox.bytes
    }

    #[test]
    fn a_full_rx_buffer_keeps_the_channel_occupied() {
        let chip = Chip::new(1);
        let (mut near, mut far) = (chip.slots::<2>(0), chip.slots::<2>(1));
        let mut memory = [0; 8];
        let mut receiver = Channel::new(0, &mut memory, &mut []);
        let mut sender = Channel::new(0, &mut [], &mut []);

        write(&mut sender, &mut far, b"twelve bytes");
        receiver.receive(&mut near);
        assert!(receiver.is_overflowing());
        assert_eq!(receiver.statistics.overflows, 1);
        assert!(!far.is_free(0));

        // The rest comes with the read, and the peer may send again.
        assert_eq!(read(&mut receiver, &mut near, 100), b"twelve bytes");
        assert!(far.is_free(0));
        receiver.receive(&mut near);
        assert!(!receiver.is_overflowing());
        assert_eq!(receiver.statistics.rx_messages, 1);
    }

    #[test]
    fn a_write_goes_straight_to_a_free_slot_and_the_rest_is_buffered() {
        let chip = Chip::new(1);
        let (mut near, mut far) = (chip.slots::<2>(0), chip.slots::<2>(1));
        let mut memory = [0; 8];
        let mut sender = Channel::new(0, &mut [], &mut memory);
        let mut receiver = Channel::new(0, &mut [], &mut []);

        assert_eq!(write(&mut sender, &mut near, &[7; 30]), 12 + 8);
        assert!(!sender.is_writable(&near));
        assert!(!sender.transmit(&mut near));
        assert_eq!(read(&mut receiver, &mut far, 100), [7; 12]);
        assert!(sender.transmit(&mut near));
        assert_eq!(read(&mut receiver, &mut far, 100), [7; 8]);
        assert!(!sender.transmit(&mut near));
        assert!(sender.is_writable(&near));
        assert_eq!(sender.statistics.tx_messages, 2);
    }

    #[test]
    fn an_unbuffered_read_keeps_message_boundaries() {
        let chip = Chip::new(1);
        let (mut near, mut far) = (chip.slots::<2>(0), chip.slots::<2>(1));
        let mut receiver = Channel::new(0, &mut [], &mut []);
        let mut sender = Channel::new(0, &mut [], &mut []);
        for text in [b"one".as_slice(), b"two"] {
            write(&mut sender, &mut far, text);
            assert_eq!(read(&mut receiver, &mut near, 100), text);
        }
    }

    #[test]
    fn good_bytes_in_front_of_a_bad_message_are_delivered() {
        let chip = Chip::new(1);
        let (mut near, mut far) = (chip.slots::<2>(0), chip.slots::<2>(1));
        let mut memory = [0; 8];
        let mut receiver = Channel::new(0, &mut memory, &mut []);
        let mut sender = Channel::new(0, &mut [], &mut []);
        write(&mut sender, &mut far, b"good");
        receiver.receive(&mut near);
        far.ring(0);
        assert_eq!(read(&mut receiver, &mut near, 100), b"good");
        assert_eq!(receiver.statistics.protocol_errors, 1);
    }

    #[test]
    fn a_reader_that_is_gone_loses_nothing_for_the_next() {
        let chip = Chip::new(1);
        let (mut near, mut far) = (chip.slots::<2>(0), chip.slots::<2>(1));
        let mut memory = [0; 8];
        let mut receiver = Channel::new(0, &mut memory, &mut []);
        let mut sender = Channel::new(0, &mut [], &mut []);
        write(&mut sender, &mut far, b"0123456789");
        receiver.receive(&mut near);
        let mut gone = Inbox::new(9);
        gone.is_gone = true;
        assert_eq!(receiver.read(&mut near, &mut gone), Err(Gone));
        assert_eq!(read(&mut receiver, &mut near, 100), b"0123456789");
    }

    #[test]
    fn discarding_frees_the_peer_and_counts_what_was_lost() {
        let chip = Chip::new(1);
        let (mut near, mut far) = (chip.slots::<2>(0), chip.slots::<2>(1));
        let (mut rx, mut tx) = ([0; 4], [0; 4]);
        let mut channel = Channel::new(0, &mut rx, &mut tx);
        let mut peer = Channel::new(0, &mut [], &mut []);
        write(&mut peer, &mut far, b"0123456789");
        channel.receive(&mut near);
        write(&mut channel, &mut near, &[1; 15]);
        channel.discard(&mut near);
        assert!(far.is_free(0));
        assert_eq!(channel.statistics.rx_discarded, 10);
        assert_eq!(channel.statistics.tx_discarded, 3);
        assert!(!channel.is_readable(&near));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Write(usize),
        Transmit,
        Receive,
        Read(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0usize..40).prop_map(Step::Write),
            Just(Step::Transmit),
            Just(Step::Receive),
            (0usize..40).prop_map(Step::Read),
        ]
    }

    proptest! {
        /// Whatever the buffers and the order of events, the peer reads a
        /// prefix of what was written, and all of it in the end.
        #[test]
        fn the_stream_arrives_unchanged(
            tx_buffer in 0usize..20,
            rx_buffer in 0usize..20,
            steps in proptest::collection::vec(step(), 0..80),
        ) {
            let chip = Chip::new(1);
            let (mut near, mut far) = (chip.slots::<2>(0), chip.slots::<2>(1));
            let (mut tx, mut rx) = (vec![0; tx_buffer], vec![0; rx_buffer]);
            let mut sender = Channel::new(0, &mut [], &mut tx);
            let mut receiver = Channel::new(0, &mut rx, &mut []);
            let mut sent = Vec::new();
            let mut got = Vec::new();
            for step in steps {
                match step {
                    Step::Write(n) => {
                        let start = sent.len();
                        let bytes: Vec<u8> =
                            (start..start + n).map(|i| i as u8).collect();
                        let is_writable = sender.is_writable(&near);
                        let n = write(&mut sender, &mut near, &bytes);
                        prop_assert_eq!(n > 0, is_writable && !bytes.is_empty());
                        sent.extend(&bytes[..n]);
                    }
                    Step::Transmit => {
                        sender.transmit(&mut near);
                    }
                    Step::Receive => {
                        receiver.receive(&mut far);
                    }
                    Step::Read(n) => {
                        let is_readable = receiver.is_readable(&far);
                        let bytes = read(&mut receiver, &mut far, n);
                        prop_assert_eq!(!bytes.is_empty(), is_readable && n > 0);
                        got.extend(bytes);
                    }
                }
                prop_assert_eq!(&got[..], &sent[..got.len()]);
            }
            while got.len() < sent.len() {
                sender.transmit(&mut near);
                got.extend(read(&mut receiver, &mut far, 100));
            }
            prop_assert_eq!(&got, &sent);
            let (tx, rx) = (sender.statistics, receiver.statistics);
            prop_assert_eq!(tx.tx_messages, rx.rx_messages);
            prop_assert_eq!(tx.tx_bytes as usize, sent.len());
            prop_assert_eq!(rx.rx_bytes as usize, got.len());
        }
    }
}
