// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Restarts of either side.

use crate::world::{Core, FOR_EVER, PlainPeer};
use drv_ipcc_server_core::{Error, Event};
use ipcc_channel::pair::{Chip, SLOT};
use ipcc_channel::{Controller, Doorbell, Events, Flags, Sessions};
use proptest::prelude::*;
use std::rc::Rc;

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

pub const GEOMETRY: u32 = 0x1357;

pub fn session(chip: &Chip, side: usize, is_cold: bool) -> Option<Sessions> {
    Some(Sessions::start(chip.control(side), GEOMETRY, is_cold))
}

/// Two cores that have met, with A having channel 1 open on both.
pub fn two_cores(buffers: (usize, usize)) -> (Chip, Core, Core) {
    let chip = Chip::new(2);
    let mut near = Core::start(&chip, 0, buffers, session(&chip, 0, true));
    let mut far = Core::start(&chip, 1, buffers, session(&chip, 1, false));
    near.open(A, 1).unwrap();
    far.open(A, 1).unwrap();
    (chip, near, far)
}

pub fn interrupts(near: &mut Core, far: &mut Core) {
    let mut rounds = 0;
    while near.interrupts() + far.interrupts() > 0 {
        rounds += 1;
        assert!(rounds < 100, "the cores interrupt each other for ever");
    }
}

pub fn restart(chip: &Chip, core: &mut Core, side: usize) {
    core.restart_driver(chip, session(chip, side, false));
    core.open(A, 1).unwrap();
}

#[test]
fn what_was_sent_before_the_other_side_came_up_is_delivered() {
    let chip = Chip::new(2);
    let mut near = Core::start(&chip, 0, (0, 0), session(&chip, 0, true));
    near.open(A, 1).unwrap();
    assert_eq!(near.write(A, 1, b"early", 0), Some(Ok(5)));
    let mut far = Core::start(&chip, 1, (0, 0), session(&chip, 1, false));
    far.open(A, 1).unwrap();
    assert_eq!(far.read_now(A, 1, 9), Ok(b"early".to_vec()));
    assert_eq!(near.read(A, 1, 9, 0), Some(Err(Error::WouldBlock)));
}

#[test]
fn every_client_learns_of_a_restart_exactly_once_per_channel() {
    let (chip, mut near, mut far) = two_cores((8, 8));
    near.open(B, 1).unwrap();
    near.open(C, 1).unwrap();
    near.open(C, 3).unwrap();
    assert_eq!(near.read(A, 1, 9, FOR_EVER), None);
    near.poll(B, 1, Events::READABLE).unwrap();

    restart(&chip, &mut far, 1);
    interrupts(&mut near, &mut far);

    assert_eq!(near.answer(A), Some(Err(Error::PeerRestarted)));
    assert_eq!(near.posts(B), 1 << 1);
    let restarted = Err(Error::PeerRestarted);
    assert_eq!(near.poll(B, 1, Events::READABLE), restarted);
    assert_eq!(near.write(C, 1, b"x", 0), Some(Err(Error::PeerRestarted)));
    assert_eq!(near.ring(C, 3), Err(Error::PeerRestarted));

    assert_eq!(near.read(A, 1, 9, 0), Some(Err(Error::WouldBlock)));
    assert_eq!(near.poll(B, 1, Events::READABLE), Ok(Events::empty()));
    assert_eq!(near.write(C, 1, b"x", 0), Some(Ok(1)));
    assert_eq!(near.ring(C, 3), Ok(()));
}

#[test]
fn a_half_sent_message_does_not_leak_into_the_new_session() {
    for buffers in [(0, 0), (8, 8), (64, 64)] {
        let (chip, mut near, mut far) = two_cores(buffers);
        // 30 bytes need three slots; the third never goes out.
        far.write(A, 1, &[b'o'; 30], FOR_EVER);
        assert!(near.read_now(A, 1, 3).is_ok());
        restart(&chip, &mut far, 1);
        interrupts(&mut near, &mut far);
        let lost = near.read(A, 1, 99, 0);
        assert_eq!(lost, Some(Err(Error::PeerRestarted)));
        interrupts(&mut near, &mut far);
        assert_eq!(far.write(A, 1, b"new", 0), Some(Ok(3)));
        interrupts(&mut near, &mut far);
        assert_eq!(near.read_now(A, 1, 99), Ok(b"new".to_vec()));
    }
}

#[test]
fn what_the_old_driver_never_took_does_not_reach_the_new_one() {
    for buffers in [(0, 0), (8, 8), (64, 64)] {
        let (chip, mut near, mut far) = two_cores(buffers);
        near.write(A, 1, &[b'o'; 100], 0);
        restart(&chip, &mut far, 1);
        interrupts(&mut near, &mut far);
        let lost = near.write(A, 1, b"new", 0);
        assert_eq!(lost, Some(Err(Error::PeerRestarted)));
        interrupts(&mut near, &mut far);
        assert_eq!(near.write(A, 1, b"new", 0), Some(Ok(3)));
        assert_eq!(far.read_now(A, 1, 99), Ok(b"new".to_vec()));
    }
}

#[test]
fn a_restart_is_noticed_at_the_next_call_even_when_nobody_listens() {
    let (chip, mut near, mut far) = two_cores((0, 0));
    restart(&chip, &mut far, 1);
    assert_eq!(near.interrupts(), 0);
    assert_eq!(near.read(A, 1, 9, 0), Some(Err(Error::PeerRestarted)));
    interrupts(&mut near, &mut far);
    assert_eq!(near.write(A, 1, b"hello", 0), Some(Ok(5)));
    assert_eq!(far.read_now(A, 1, 9), Ok(b"hello".to_vec()));
}

#[test]
fn nothing_is_sent_until_both_sides_have_settled() {
    let (chip, mut near, mut far) = two_cores((0, 8));
    restart(&chip, &mut far, 1);
    assert!(far.status(1).flags.contains(Flags::UNSETTLED));
    let refused = far.write(A, 1, b"too early", 0);
    assert_eq!(refused, Some(Err(Error::WouldBlock)));
    assert_eq!(far.poll(A, 1, Events::WRITABLE), Ok(Events::empty()));
    assert_eq!(near.read(A, 1, 9, 0), Some(Err(Error::PeerRestarted)));
    interrupts(&mut near, &mut far);
    assert!(!far.status(1).flags.contains(Flags::UNSETTLED));
    assert_eq!(far.posts(A), 1 << 1);
    assert!(far.events().contains(&Event::Settled));
}

/// A side rings when it asks for a new session, and when it grants one. Here
/// the ring of `side` comes when the other has found out by itself. Returns that
/// side and the other, after the chip they live on.
fn late_ring(side: usize) -> (Chip, Core, Core) {
    let (chip, mut near, mut far) = two_cores((0, 0));
    restart(&chip, &mut far, 1);
    let postpone = |ringer| {
        if ringer == side {
            chip.slots::<3>(1 - ringer).dismiss(0);
        }
    };
    postpone(1);
    assert_eq!(near.read(A, 1, 9, 0), Some(Err(Error::PeerRestarted)));
    postpone(0);
    assert_eq!(far.read(A, 1, 9, 0), Some(Err(Error::WouldBlock)));
    interrupts(&mut near, &mut far);
    assert!(chip.slots::<3>(side).ring(0));
    if side == 0 {
        (chip, near, far)
    } else {
        (chip, far, near)
    }
}

#[test]
fn a_late_ring_is_no_message() {
    for side in [0, 1] {
        let (_chip, mut sender, mut receiver) = late_ring(side);
        let level = receiver.poll(A, 1, Events::READABLE);
        assert_eq!(level, Ok(Events::empty()));
        assert_eq!(sender.write(A, 1, b"new", 0), Some(Ok(3)));
        interrupts(&mut sender, &mut receiver);
        assert_eq!(receiver.posts(A), 1 << 1);
        assert_eq!(receiver.read_now(A, 1, 9), Ok(b"new".to_vec()));
    }
}

#[test]
fn a_late_ring_is_in_nobodys_way() {
    for side in [0, 1] {
        let (_chip, mut sender, mut receiver) = late_ring(side);
        interrupts(&mut sender, &mut receiver);
        assert_eq!(sender.write(A, 1, b"new", 0), Some(Ok(3)));
        // Nobody reads the message, and it interrupts nobody for ever.
        interrupts(&mut sender, &mut receiver);
    }
}

#[test]
fn a_peer_that_restarts_without_end_does_not_interrupt_without_end() {
    let (chip, mut near, _far) = two_cores((8, 8));
    let mut interrupts = 0;
    for _ in 0..100 {
        let _ = session(&chip, 1, false);
        chip.slots::<3>(1).ring(0);
        interrupts += near.interrupts();
    }
    assert!((1..20).contains(&interrupts), "{interrupts} interrupts");
    assert!(near.events().contains(&Event::Muted(1)));

    // Later it is listened to again.
    near.advance(30);
    assert_eq!(near.read(A, 1, 9, 0), Some(Err(Error::PeerRestarted)));
    near.interrupts();
    assert!(chip.slots::<3>(1).is_free(0));
}

/// The ring that tells of the second restart is thrown away with what was left
/// of the first.
#[test]
fn a_restart_while_the_last_one_is_dealt_with_is_noticed() {
    let (chip, mut near, _far) = two_cores((0, 0));
    assert_eq!(near.read(A, 1, 9, FOR_EVER), None);
    let _ = session(&chip, 1, false);
    chip.slots::<3>(1).ring(0);
    let chip = Rc::new(chip);
    let far = Rc::clone(&chip);
    near.meanwhile(Event::PeerRestarted(2), move || {
        let _ = session(&far, 1, false);
        far.slots::<3>(1).ring(0);
    });
    near.interrupts();
    assert_eq!(near.status(1).peer_session, 3);

    // It clears what was there, and is accepted.
    chip.slots::<3>(1).dismiss(0);
    near.interrupts();
    assert_eq!(chip.control(1).peer().map(|hello| hello.accepted), Some(3));
}

/// The ring that tells of the restart is taken for a late one.
#[test]
fn a_restart_while_a_late_ring_is_expected_is_noticed() {
    let (chip, mut near, mut far) = two_cores((8, 8));
    restart(&chip, &mut far, 1);
    assert_eq!(near.read(A, 1, 9, 0), Some(Err(Error::PeerRestarted)));
    interrupts(&mut near, &mut far);

    let far = Rc::new(chip);
    let chip = Rc::clone(&far);
    near.meanwhile(Event::Open(2, near.id(A)), move || {
        let _ = session(&far, 1, false);
        far.slots::<3>(1).ring(1);
    });
    near.open(A, 2).unwrap();
    near.interrupts();
    assert_eq!(near.status(1).peer_session, 3);
    assert_eq!(chip.control(1).peer().map(|hello| hello.accepted), Some(3));
}

/// It restarts and rings at the very moment at which it is accepted.
#[test]
fn a_peer_that_restarts_whenever_it_is_accepted_does_not_keep_us_busy() {
    let (chip, mut near, _far) = two_cores((8, 8));
    let far = Rc::new(chip);
    let chip = Rc::clone(&far);
    let mut restarts = 0;
    near.meanwhile(Event::Settled, move || {
        restarts += 1;
        assert!(restarts < 100, "there is no end to it");
        far.slots::<3>(1).dismiss(0);
        let _ = session(&far, 1, false);
        far.slots::<3>(1).ring(0);
    });
    let _ = session(&chip, 1, false);
    chip.slots::<3>(1).ring(0);
    near.interrupts();
    assert!(near.events().contains(&Event::Muted(1)));
}

#[test]
fn both_sides_may_restart_at_once() {
    let (chip, mut near, mut far) = two_cores((8, 8));
    near.write(A, 1, &[b'o'; 30], 0);
    far.write(A, 1, &[b'o'; 30], 0);
    restart(&chip, &mut near, 0);
    restart(&chip, &mut far, 1);
    interrupts(&mut near, &mut far);
    let _ = near.read(A, 1, 9, 0);
    let _ = far.read(A, 1, 9, 0);
    interrupts(&mut near, &mut far);
    assert_eq!(near.write(A, 1, b"to far", 0), Some(Ok(6)));
    assert_eq!(far.write(A, 1, b"to near", 0), Some(Ok(7)));
    interrupts(&mut near, &mut far);
    assert_eq!(far.read_now(A, 1, 9), Ok(b"to far".to_vec()));
    assert_eq!(near.read_now(A, 1, 9), Ok(b"to near".to_vec()));
}

#[test]
fn another_geometry_is_named() {
    let chip = Chip::new(2);
    let mut near = Core::start(&chip, 0, (0, 0), session(&chip, 0, true));
    near.open(A, 1).unwrap();
    near.open(B, 1).unwrap();
    assert_eq!(near.read(B, 1, 9, FOR_EVER), None);
    let _ = Sessions::start(chip.control(1), GEOMETRY + 1, false);
    let mismatch = Some(Err(Error::GeometryMismatch));
    assert_eq!(near.read(A, 1, 9, 0), mismatch);
    assert_eq!(near.answer(B), Some(Err(Error::GeometryMismatch)));
    assert_eq!(near.write(A, 1, b"x", 0), mismatch);
    assert!(near.status(1).flags.contains(Flags::GEOMETRY_MISMATCH));
    assert_eq!(near.interrupts(), 0);
    near.close(A, 1).unwrap();
}

#[test]
fn a_plain_peer_sees_nothing_of_sessions() {
    let chip = Chip::new(2);
    let mut near = Core::start(&chip, 0, (8, 8), session(&chip, 0, true));
    let mut peer = PlainPeer::new(&chip);
    near.open(A, 1).unwrap();
    near.restart_driver(&chip, session(&chip, 0, false));
    near.open(A, 1).unwrap();
    near.interrupts();
    let far = chip.flags.side(1);
    assert_eq!((far.rx_flags(), far.tx_flags()), (0, 0));
    assert_eq!(near.write(A, 1, b"hello", 0), Some(Ok(5)));
    assert_eq!(peer.take(1), Some(b"hello".to_vec()));
    peer.send(1, b"world");
    assert_eq!(near.read_now(A, 1, 9), Ok(b"world".to_vec()));
    // To a plain peer an empty message is a mistake.
    chip.slot(0, 1).store(0, 0);
    chip.flags.side(1).raise(0);
    near.interrupts();
    assert_eq!(near.status(1).statistics.protocol_errors, 1);
}

#[test]
fn a_half_taken_message_of_a_plain_peer_is_delivered_again_whole() {
    let chip = Chip::new(2);
    let mut near = Core::start(&chip, 0, (0, 0), None);
    let mut peer = PlainPeer::new(&chip);
    near.open(A, 1).unwrap();
    peer.send(1, b"abcdef");
    assert_eq!(near.read_now(A, 1, 2), Ok(b"ab".to_vec()));
    near.restart_driver(&chip, None);
    near.open(A, 1).unwrap();
    assert_eq!(near.read_now(A, 1, 9), Ok(b"abcdef".to_vec()));
    assert!(peer.send(1, b"next"));
}

/// One side's client: it tags what it writes with the conversation it thinks
/// it is in, and numbers the bytes.
#[derive(Debug, Default)]
struct Talker {
    conversation: u8,
    written: u8,
    /// Conversation of the peer that is being read, and bytes read of it.
    reading: Option<(u8, u8)>,
}

impl Talker {
    /// Whatever was under way is void.
    fn start_over(&mut self) {
        self.conversation += 1;
        self.written = 0;
        self.reading = None;
    }

    fn write(&mut self, core: &mut Core, n: u8) {
        let bytes: Vec<u8> = (0..n)
            .flat_map(|i| [self.conversation, self.written.wrapping_add(i)])
            .collect();
        match core.write(A, 1, &bytes, 0).unwrap() {
            // Slots and buffers have an even number of bytes here.
            Ok(n) => self.written = self.written.wrapping_add(n as u8 / 2),
            Err(Error::PeerRestarted) => self.start_over(),
            Err(error) => assert_eq!(error, Error::WouldBlock),
        }
    }

    fn read(&mut self, core: &mut Core, n: u8) {
        match core.read_now(A, 1, usize::from(n) * 2) {
            Ok(bytes) => {
                for pair in bytes.as_chunks::<2>().0 {
                    let (conversation, next) =
                        *self.reading.get_or_insert((pair[0], 0));
                    assert_eq!(*pair, [conversation, next]);
                    self.reading = Some((conversation, next.wrapping_add(1)));
                }
            }
            Err(Error::PeerRestarted) => self.start_over(),
            Err(error) => assert_eq!(error, Error::WouldBlock),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize, u8),
    Read(usize, u8),
    Interrupt(usize),
    Restart(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0usize..2, 1u8..20).prop_map(|(s, n)| Step::Write(s, n)),
        4 => (0usize..2, 1u8..20).prop_map(|(s, n)| Step::Read(s, n)),
        4 => (0usize..2).prop_map(Step::Interrupt),
        1 => (0usize..2).prop_map(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever restarts when: within a conversation bytes arrive in order
    /// from its beginning, conversations never mix, and in the end both sides
    /// talk again.
    #[test]
    fn conversations_never_mix(
        half in 0usize..8,
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        assert_eq!(SLOT % 2, 0);
        let buffers = (half * 2, half * 2);
        let (chip, near, far) = two_cores(buffers);
        let mut cores = [near, far];
        let mut talkers = [Talker::default(), Talker::default()];
        for step in steps {
            match step {
                Step::Write(s, n) => talkers[s].write(&mut cores[s], n),
                Step::Read(s, n) => talkers[s].read(&mut cores[s], n),
                Step::Interrupt(s) => {
                    cores[s].interrupts();
                }
                Step::Restart(s) => {
                    restart(&chip, &mut cores[s], s);
                    talkers[s].start_over();
                }
            }
        }
        // Both look, settle, and empty what is under way; whoever restarted
        // so often that it was muted is listened to again.
        let [near, far] = &mut cores;
        for _ in 0..40 {
            near.advance(1);
            far.advance(1);
            talkers[0].read(near, 100);
            talkers[1].read(far, 100);
            interrupts(near, far);
        }
        for (from, to) in [(0, 1), (1, 0)] {
            let before = talkers[from].written;
            talkers[from].write(&mut cores[from], 3);
            prop_assert_ne!(talkers[from].written, before);
            talkers[to].read(&mut cores[to], 100);
            let conversation = talkers[from].conversation;
            let written = talkers[from].written;
            prop_assert_eq!(
                talkers[to].reading,
                Some((conversation, written))
            );
        }
    }
}
