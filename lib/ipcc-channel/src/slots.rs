// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Messages in shared memory, announced by a doorbell's flags.

use crate::controller::{Asserted, Controller, Listen, ReadError, Taken};
use crate::order;
use crate::transfer::{Gone, Sink, Source};
use mailbox::{LengthError, RxSlot, TxSlot};

/// The flags of one side of an inter-processor controller.
///
/// There are two flags per channel, one in each direction; a flag is set by
/// the side that sends and cleared by the side that receives. Sets of
/// channels are bits by hardware channel, bit 0 for the first. Reading and
/// writing flags has no memory ordering of its own; [`Slots`] puts a fence
/// beside each.
pub trait Doorbell {
    /// The channels on which the peer's flag is set.
    fn rx_flags(&self) -> u32;

    /// The channels on which our own flag is still set.
    fn tx_flags(&self) -> u32;

    /// Sets our flag.
    fn raise(&mut self, channel: u8);

    /// Clears the peer's flag.
    fn acknowledge(&mut self, channel: u8);

    /// Lets the channels in `rx` interrupt us while the peer's flag is set,
    /// those in `tx` while our own is clear, and no others.
    fn unmask(&mut self, rx: u32, tx: u32);
}

/// What the flags of a channel mean.
#[derive(Clone, Debug)]
pub enum Discipline {
    /// A set flag hands a message slot to the receiver, which clears it after
    /// it has consumed the message.
    Slot {
        /// Where the peer's messages come in.
        rx: RxSlot,
        /// Where our messages go out.
        tx: TxSlot,
    },
    /// A set flag says "look", and the receiver clears it before it looks.
    Doorbell,
}

/// One configured channel.
#[derive(Clone, Debug)]
pub struct Port {
    /// The hardware channel, from 0.
    pub channel: u8,
    /// How it is used.
    pub discipline: Discipline,
}

impl Port {
    #[inline]
    const fn bit(&self) -> u32 {
        1 << self.channel
    }
}

/// The controller made of a [`Doorbell`] and message slots.
#[derive(Clone, Debug)]
pub struct Slots<D, const N: usize> {
    doorbell: D,
    ports: [Port; N],
    /// Unmasked hardware channels. We alone write the mask register, so this
    /// copy is the truth and saves reading it back.
    unmasked_rx: u32,
    unmasked_tx: u32,
}

impl<D: Doorbell, const N: usize> Slots<D, N> {
    /// Takes over the doorbell with everything masked.
    pub fn new(mut doorbell: D, ports: [Port; N]) -> Self {
        doorbell.unmask(0, 0);
        Self {
            doorbell,
            ports,
            unmasked_rx: 0,
            unmasked_tx: 0,
        }
    }

    /// The doorbell itself.
    pub fn doorbell(&self) -> &D {
        &self.doorbell
    }
}

/// Hands a slot, or a clean doorbell, back to the peer.
fn release(doorbell: &mut impl Doorbell, channel: u8) {
    // Our last loads from the slot must be done before the peer can store
    // its next message there.
    order::before_hand_over();
    doorbell.acknowledge(channel);
}

impl<D: Doorbell, const N: usize> Controller for Slots<D, N> {
    fn is_occupied(&self, channel: usize) -> bool {
        self.ports
            .get(channel)
            .is_some_and(|port| self.doorbell.rx_flags() & port.bit() != 0)
    }

    fn is_free(&self, channel: usize) -> bool {
        self.ports
            .get(channel)
            .is_some_and(|port| self.doorbell.tx_flags() & port.bit() == 0)
    }

    fn capacity(&self, channel: usize) -> usize {
        match self.ports.get(channel).map(|port| &port.discipline) {
            Some(Discipline::Slot { tx, .. }) => tx.capacity(),
            Some(Discipline::Doorbell) | None => 0,
        }
    }

    fn read(
        &mut self,
        channel: usize,
        sink: &mut impl Sink,
    ) -> Result<Taken, ReadError> {
        let Some(port) = self.ports.get_mut(channel) else {
            return Ok(Taken::default());
        };
        let is_occupied = self.doorbell.rx_flags() & port.bit() != 0;
        let Discipline::Slot { rx, .. } = &mut port.discipline else {
            return Ok(Taken::default());
        };
        if !is_occupied {
            rx.forget();
            return Ok(Taken::default());
        }
        if sink.room() == 0 {
            return Ok(Taken::default());
        }
        // The flag was seen set; only now may the message be looked at.
        order::taken_over();
        let bytes = match rx.untaken() {
            Ok(bytes) => bytes,
            Err(error) => {
                release(&mut self.doorbell, port.channel);
                return Err(ReadError::Length(error));
            }
        };
        let bytes = sink.take_shared(bytes)?;
        let is_end = rx.take(bytes);
        if is_end {
            release(&mut self.doorbell, port.channel);
        }
        Ok(Taken { bytes, is_end })
    }

    fn write(
        &mut self,
        channel: usize,
        source: &mut impl Source,
    ) -> Result<usize, Gone> {
        let Some(port) = self.ports.get_mut(channel) else {
            return Ok(0);
        };
        let is_free = self.doorbell.tx_flags() & port.bit() == 0;
        let Discipline::Slot { tx, .. } = &mut port.discipline else {
            return Ok(0);
        };
        if !is_free || source.remaining() == 0 {
            return Ok(0);
        }
        // The flag was seen clear; the peer's loads of the previous message
        // must not be overtaken by our stores.
        order::taken_over();
        let n = source.give_shared(tx.space(source.remaining()))?;
        if n > 0 {
            tx.seal(n);
            order::before_hand_over();
            self.doorbell.raise(port.channel);
        }
        Ok(n)
    }

    fn ring(&mut self, channel: usize) -> bool {
        if !self.is_free(channel) {
            return false;
        }
        let Some(port) = self.ports.get_mut(channel) else {
            return false;
        };
        if let Discipline::Slot { tx, .. } = &mut port.discipline {
            tx.seal(0);
        }
        // Whatever the ring is about was stored before it.
        order::before_hand_over();
        self.doorbell.raise(port.channel);
        true
    }

    fn dismiss(&mut self, channel: usize) -> usize {
        let is_occupied = self.is_occupied(channel);
        let Some(port) = self.ports.get_mut(channel) else {
            return 0;
        };
        if !is_occupied {
            return 0;
        }
        let lost = match &mut port.discipline {
            Discipline::Slot { rx, .. } => {
                order::taken_over();
                rx.untaken().map_or(0, |_| rx.forget())
            }
            Discipline::Doorbell => 0,
        };
        release(&mut self.doorbell, port.channel);
        lost
    }

    fn heed(&mut self, channel: usize) -> bool {
        if !self.is_occupied(channel) {
            return false;
        }
        let Some(port) = self.ports.get_mut(channel) else {
            return false;
        };
        let Discipline::Slot { rx, .. } = &mut port.discipline else {
            return false;
        };
        order::taken_over();
        let is_empty = rx.untaken() == Err(LengthError::Zero);
        if is_empty {
            release(&mut self.doorbell, port.channel);
        }
        is_empty
    }

    fn listen(&mut self, channel: usize, listen: Listen) {
        let Some(port) = self.ports.get(channel) else {
            return;
        };
        let with = |set: u32, on: bool| {
            if on {
                set | port.bit()
            } else {
                set & !port.bit()
            }
        };
        let rx = with(self.unmasked_rx, listen.rx);
        let tx = with(self.unmasked_tx, listen.tx);
        if (rx, tx) != (self.unmasked_rx, self.unmasked_tx) {
            (self.unmasked_rx, self.unmasked_tx) = (rx, tx);
            self.doorbell.unmask(rx, tx);
        }
    }

    fn asserted(&self) -> Asserted {
        let rx = self.doorbell.rx_flags() & self.unmasked_rx;
        let tx = !self.doorbell.tx_flags() & self.unmasked_tx;
        let mut asserted = Asserted::default();
        for (index, port) in self.ports.iter().enumerate() {
            if rx & port.bit() != 0 {
                asserted.rx |= 1 << index;
            }
            if tx & port.bit() != 0 {
                asserted.tx |= 1 << index;
            }
        }
        asserted
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::pair::{Chip, Inbox, Outbox};

    fn send(slots: &mut impl Controller, channel: usize, bytes: &[u8]) {
        let n = slots.write(channel, &mut Outbox::new(bytes)).unwrap();
        assert_eq!(n, bytes.len());
    }

    #[test]
    fn two_short_messages_in_a_row_arrive() {
        let chip = Chip::new(1);
        let (mut one, mut two) = (chip.slots::<2>(0), chip.slots::<2>(1));
        for text in [b"first".as_slice(), b"2nd"] {
            assert!(one.is_free(0));
            send(&mut one, 0, text);
            assert!(!one.is_free(0) && two.is_occupied(0));

            let mut inbox = Inbox::new(100);
            let taken = two.read(0, &mut inbox).unwrap();
            assert!(taken.is_end);
            assert_eq!(inbox.bytes, text);
            assert!(one.is_free(0) && !two.is_occupied(0));
        }
    }

    #[test]
    fn the_slot_is_handed_back_with_the_last_byte_and_not_before() {
        let chip = Chip::new(1);
        let (mut one, mut two) = (chip.slots::<2>(0), chip.slots::<2>(1));
        send(&mut one, 0, b"abcdef");
        assert!(!two.read(0, &mut Inbox::new(5)).unwrap().is_end);
        assert!(!one.is_free(0));
        assert!(two.read(0, &mut Inbox::new(5)).unwrap().is_end);
        assert!(one.is_free(0));
    }

    /// Nothing keeps the peer from clearing its own flag.
    #[test]
    fn a_flag_that_vanishes_takes_the_message_with_it() {
        let chip = Chip::new(1);
        let (mut one, mut two) = (chip.slots::<2>(0), chip.slots::<2>(1));
        send(&mut one, 0, b"abcdef");
        assert!(!two.read(0, &mut Inbox::new(2)).unwrap().is_end);
        chip.flags.side(1).acknowledge(0);
        assert_eq!(two.read(0, &mut Inbox::new(9)).unwrap().bytes, 0);
        send(&mut one, 0, b"new");
        let mut inbox = Inbox::new(9);
        assert!(two.read(0, &mut inbox).unwrap().is_end);
        assert_eq!(inbox.bytes, b"new");
    }

    #[test]
    fn nothing_is_sent_or_taken_for_no_bytes() {
        let chip = Chip::new(1);
        let (mut one, mut two) = (chip.slots::<2>(0), chip.slots::<2>(1));
        send(&mut one, 0, b"");
        assert!(one.is_free(0));
        send(&mut one, 0, b"x");
        assert_eq!(two.read(0, &mut Inbox::new(0)).unwrap().bytes, 0);
        assert!(two.is_occupied(0));
    }

    #[test]
    fn a_client_that_is_gone_costs_no_byte() {
        let chip = Chip::new(1);
        let (mut one, mut two) = (chip.slots::<2>(0), chip.slots::<2>(1));
        let mut outbox = Outbox::new(b"lost");
        outbox.is_gone = true;
        assert_eq!(one.write(0, &mut outbox), Err(Gone));
        assert!(one.is_free(0));

        send(&mut one, 0, b"kept");
        let mut inbox = Inbox::new(9);
        inbox.is_gone = true;
        assert_eq!(two.read(0, &mut inbox), Err(ReadError::Gone));
        let mut inbox = Inbox::new(9);
        two.read(0, &mut inbox).unwrap();
        assert_eq!(inbox.bytes, b"kept");
    }

    #[test]
    fn an_impossible_message_is_thrown_away_and_the_channel_goes_on() {
        let chip = Chip::new(1);
        let (mut one, mut two) = (chip.slots::<2>(0), chip.slots::<2>(1));
        for (word, error) in [
            (0, LengthError::Zero),
            (13, LengthError::TooLong(13)),
            (u32::MAX, LengthError::TooLong(u32::MAX)),
        ] {
            chip.slot(0, 0).store(0, word);
            one.doorbell.raise(0);
            assert_eq!(
                two.read(0, &mut Inbox::new(9)),
                Err(ReadError::Length(error))
            );
            assert!(one.is_free(0));
        }
        send(&mut one, 0, b"fine");
        assert_eq!(two.read(0, &mut Inbox::new(9)).unwrap().bytes, 4);
    }

    #[test]
    fn listening_to_one_channel_leaves_the_others_alone() {
        let chip = Chip::new(3);
        let mut slots = chip.slots::<4>(0);
        let both = Listen { rx: true, tx: true };
        for channel in 0..4 {
            slots.listen(channel, both);
        }
        slots.cleanup(2);
        assert_eq!(slots.doorbell.unmasked, (0b1011, 0b1011));
        slots.listen(
            1,
            Listen {
                rx: true,
                tx: false,
            },
        );
        assert_eq!(slots.doorbell.unmasked, (0b1011, 0b1001));
    }

    #[test]
    fn conditions_interrupt_only_while_listened_for() {
        let chip = Chip::new(1);
        let (mut one, mut two) = (chip.slots::<2>(0), chip.slots::<2>(1));
        send(&mut one, 0, b"x");
        assert_eq!(two.asserted(), Asserted::default());
        two.listen(0, Listen { rx: true, tx: true });
        assert_eq!(two.asserted(), Asserted { rx: 1, tx: 1 });
        one.listen(0, Listen { rx: true, tx: true });
        assert_eq!(one.asserted(), Asserted::default());
        two.read(0, &mut Inbox::new(9)).unwrap();
        assert_eq!(one.asserted(), Asserted { rx: 0, tx: 1 });
    }

    #[test]
    fn a_doorbell_rings_once_until_it_was_seen() {
        let chip = Chip::new(1);
        let (mut one, mut two) = (chip.slots::<2>(0), chip.slots::<2>(1));
        assert!(one.ring(1));
        assert!(!one.ring(1));
        assert!(two.is_occupied(1));
        assert_eq!(two.dismiss(1), 0);
        assert!(!two.is_occupied(1));
        assert!(one.ring(1));
        assert_eq!(one.capacity(1), 0);
    }

    #[test]
    fn an_index_that_is_not_configured_is_silent() {
        let chip = Chip::new(1);
        let mut slots = chip.slots::<2>(0);
        assert!(!slots.is_occupied(2) && !slots.is_free(2));
        assert_eq!(slots.read(2, &mut Inbox::new(1)).unwrap().bytes, 0);
        assert_eq!(slots.write(2, &mut Outbox::new(b"x")), Ok(0));
        assert!(!slots.ring(2));
        assert_eq!(slots.cleanup(2), 0);
    }
}
