// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Who goes on, and when, once a restart or a storm has been dealt with.

use crate::sessions::{GEOMETRY, interrupts, restart, session, two_cores};
use crate::world::{FOR_EVER, with_plain_peer};
use drv_ipcc_server_core::Error;
use ipcc_channel::{Controller, Doorbell, Events, Flags, Sessions};

const A: usize = 0;
const B: usize = 1;

#[test]
fn a_session_is_accepted_only_once_the_peer_has_cleared_what_we_sent() {
    let (chip, mut near, _far) = two_cores((0, 0));
    assert_eq!(near.write(A, 1, b"old", 0), Some(Ok(3)));
    let _ = session(&chip, 1, false);
    assert_eq!(near.read(A, 1, 9, 0), Some(Err(Error::PeerRestarted)));
    near.interrupts();
    let accepted = || chip.control(1).peer().map(|hello| hello.accepted);
    assert_eq!(accepted(), Some(1));
    assert!(near.status(1).flags.contains(Flags::UNSETTLED));
    // A call on another channel waits for that, too.
    near.open(B, 2).unwrap();
    assert_eq!(near.write(B, 2, b"new", FOR_EVER), None);
    chip.slots::<3>(1).dismiss(0);
    near.interrupts();
    assert_eq!(accepted(), Some(2));
    assert_eq!(near.answer(B), Some(Ok(3)));
}

/// The ring that ends the waiting comes on channel 1.
#[test]
fn a_call_on_any_channel_goes_on_when_we_are_accepted() {
    let (chip, mut near, mut far) = two_cores((0, 0));
    near.open(B, 2).unwrap();
    far.open(B, 2).unwrap();
    far.restart_driver(&chip, session(&chip, 1, false));
    far.open(A, 1).unwrap();
    far.open(B, 2).unwrap();
    assert_eq!(far.write(B, 2, b"far", FOR_EVER), None);
    assert_eq!(near.read(B, 2, 9, 0), Some(Err(Error::PeerRestarted)));
    interrupts(&mut near, &mut far);
    assert_eq!(far.answer(B), Some(Ok(3)));
    assert_eq!(near.read_now(B, 2, 9), Ok(b"far".to_vec()));
}

#[test]
fn who_opens_after_a_restart_is_not_told_of_it() {
    let (chip, mut near, mut far) = two_cores((8, 8));
    near.open(B, 1).unwrap();
    near.close(B, 1).unwrap();
    restart(&chip, &mut far, 1);
    interrupts(&mut near, &mut far);
    near.open(B, 1).unwrap();
    assert_eq!(near.write(B, 1, b"x", 0), Some(Ok(1)));
}

#[test]
fn a_ring_without_news_does_not_end_a_read() {
    let (chip, mut near, mut far) = two_cores((0, 0));
    assert_eq!(near.read(A, 1, 9, FOR_EVER), None);
    assert!(chip.slots::<3>(1).ring(0));
    near.interrupts();
    assert_eq!(near.answer(A), None);
    assert_eq!(far.write(A, 1, b"news", 0), Some(Ok(4)));
    near.interrupts();
    assert_eq!(near.answer(A), Some(Ok(4)));
}

#[test]
fn a_poller_is_told_that_the_peer_has_another_geometry() {
    let (chip, mut near, _far) = two_cores((0, 0));
    near.open(B, 1).unwrap();
    near.poll(B, 1, Events::READABLE).unwrap();
    let _ = Sessions::start(chip.control(1), GEOMETRY + 1, false);
    chip.slots::<3>(1).ring(0);
    near.server.on_interrupt();
    assert_eq!(near.posts(B), 1 << 1);
    assert_eq!(near.interrupts(), 0);
}

#[test]
fn a_time_out_ends_the_listening_with_the_call() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    assert_eq!(core.read(A, 1, 9, 5), None);
    core.advance(5);
    assert_eq!(core.answer(A), Some(Err(Error::TimedOut)));
    peer.send(1, b"nobody waits");
    assert_eq!(core.interrupts(), 0);
}

#[test]
fn an_owed_ring_ends_with_the_channel() {
    let (chip, mut core, _peer) = with_plain_peer(0, 0);
    let mut far = chip.flags.side(1);
    core.open(A, 3).unwrap();
    core.ring(A, 3).unwrap();
    core.ring(A, 3).unwrap();
    let id = core.id(A);
    core.server.shutdown(id, 3).unwrap();
    core.close(A, 3).unwrap();
    assert!(!core.status(3).flags.contains(Flags::RING_OWED));
    far.acknowledge(2);
    core.interrupts();
    assert_eq!(far.rx_flags(), 0);
}

#[test]
fn a_muted_channel_is_not_ready_until_it_is_listened_to_again() {
    let (chip, mut core, _peer) = with_plain_peer(0, 0);
    let mut far = chip.flags.side(1);
    core.open(A, 1).unwrap();
    while !core.status(1).flags.contains(Flags::MUTED) {
        chip.slot(0, 1).store(0, 0);
        far.raise(0);
        assert_eq!(core.read(A, 1, 9, 0), Some(Err(Error::PeerProtocol)));
    }
    far.raise(0);
    assert_eq!(core.poll(A, 1, Events::READABLE), Ok(Events::empty()));
    assert_eq!(core.interrupts(), 0);
    core.advance(30);
    assert_eq!(core.posts(A), 1 << 1);
}
