// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Who is told of what, and what rings.

use crate::world::{FOR_EVER, with_plain_peer};
use drv_ipcc_server_core::Error;
use ipcc_channel::{Doorbell, Events, Flags};

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

/// D4: the original told pollers only when its semaphore stood above zero,
/// and so lost the first event after an idle time. There is no post here if
/// `Server::progress` does not make it.
#[test]
fn d4_the_first_event_after_idle_reaches_the_poller_once() {
    for rx in [0, 8] {
        let (_chip, mut core, mut peer) = with_plain_peer(rx, 0);
        core.open(A, 1).unwrap();
        assert_eq!(core.poll(A, 1, Events::READABLE), Ok(Events::empty()));
        peer.send(1, b"x");
        core.interrupts();
        assert_eq!(core.posts(A), 1 << 1);
        core.interrupts();
        assert_eq!(core.posts(A), 0);
        assert_eq!(core.read_now(A, 1, 9), Ok(b"x".to_vec()));
    }
}

/// D4: nor did it look, unbuffered, when a poll was set up. Without the look in
/// `Server::poll` this one finds nothing.
#[test]
fn d4_a_poll_tells_what_is_ready_already() {
    for rx in [0, 8] {
        let (_chip, mut core, mut peer) = with_plain_peer(rx, 0);
        core.open(A, 1).unwrap();
        assert_eq!(core.poll(A, 1, Events::all()), Ok(Events::WRITABLE));
        peer.send(1, b"x");
        core.interrupts();
        assert_eq!(core.poll(A, 1, Events::READABLE), Ok(Events::READABLE));
        assert_eq!(core.posts(A), 0);
        assert_eq!(core.status(1).pollers, 0);
    }
}

#[test]
fn a_poller_is_told_of_room_when_there_is_room() {
    for tx in [0, 4] {
        let (_chip, mut core, mut peer) = with_plain_peer(0, tx);
        core.open(A, 1).unwrap();
        core.write(A, 1, &[0; 12], 0);
        core.write(A, 1, &[0; 12], 0);
        assert_eq!(core.poll(A, 1, Events::WRITABLE), Ok(Events::empty()));
        assert_eq!(core.posts(A), 0);
        peer.take(1);
        core.interrupts();
        assert_eq!(core.posts(A), 1 << 1);
    }
}

#[test]
fn a_poller_is_not_woken_for_what_a_blocked_caller_takes() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.open(B, 1).unwrap();
    core.poll(A, 1, Events::READABLE).unwrap();
    assert_eq!(core.read(B, 1, 9, FOR_EVER), None);
    peer.send(1, b"x");
    core.interrupts();
    assert_eq!(core.answer(B), Some(Ok(1)));
    assert_eq!(core.posts(A), 0);

    // And of what it leaves, it is.
    assert_eq!(core.read(B, 1, 1, FOR_EVER), None);
    peer.send(1, b"xy");
    core.interrupts();
    assert_eq!(core.posts(A), 1 << 1);
}

#[test]
fn more_pollers_than_configured_are_refused() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    for client in [A, B, C] {
        core.open(client, 1).unwrap();
    }
    core.poll(A, 1, Events::READABLE).unwrap();
    core.poll(A, 1, Events::READABLE).unwrap();
    core.poll(B, 1, Events::READABLE).unwrap();
    assert_eq!(
        core.poll(C, 1, Events::READABLE),
        Err(Error::TooManyWaiters)
    );
    core.server.poll_cancel(core.id(A), 1).unwrap();
    core.poll(C, 1, Events::READABLE).unwrap();
    core.restart_client(B);
    core.poll(A, 1, Events::READABLE).unwrap();
}

#[test]
fn a_cancelled_poll_posts_nothing() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.poll(A, 1, Events::READABLE).unwrap();
    core.server.poll_cancel(core.id(A), 1).unwrap();
    peer.send(1, b"x");
    assert_eq!(core.interrupts(), 0);
    assert_eq!(core.posts(A), 0);
}

#[test]
fn a_poll_without_a_notification_only_looks() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    let id = core.id(A);
    let readable = Events::READABLE.bits();
    assert_eq!(core.server.poll(id, 1, readable, 0), Ok(Events::empty()));
    assert_eq!(core.status(1).pollers, 0);
    core.poll(A, 1, Events::READABLE).unwrap();
    core.server.poll(id, 1, readable, 0).unwrap();
    assert_eq!(core.status(1).pollers, 1);
    assert_eq!(core.server.poll(id, 1, 4, 1), Err(Error::BadArgument));
}

#[test]
fn nothing_is_listened_for_that_nobody_waits_for() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    peer.send(1, b"x");
    assert_eq!(core.interrupts(), 0);
    core.write(A, 1, b"y", 0);
    peer.take(1);
    assert_eq!(core.interrupts(), 0);
    assert_eq!(core.status(1).statistics.tx_interrupts, 0);
}

#[test]
fn a_ring_is_seen_once_and_the_peer_may_ring_again() {
    let (chip, mut core, _peer) = with_plain_peer(0, 0);
    let mut far = chip.flags.side(1);
    core.open(A, 3).unwrap();
    assert_eq!(core.wait(A, 3, 0), Some(Err(Error::WouldBlock)));
    far.raise(2);
    assert_eq!(core.wait(A, 3, 0), Some(Ok(0)));
    assert_eq!(far.tx_flags(), 0);
    assert_eq!(core.wait(A, 3, FOR_EVER), None);
    assert_eq!(core.interrupts(), 0);
    far.raise(2);
    assert_eq!(core.interrupts(), 1);
    assert_eq!(core.answer(A), Some(Ok(0)));
}

#[test]
fn a_ring_while_the_last_is_unseen_is_repeated_and_not_lost() {
    let (chip, mut core, _peer) = with_plain_peer(0, 0);
    let mut far = chip.flags.side(1);
    core.open(A, 3).unwrap();
    core.ring(A, 3).unwrap();
    assert_eq!(far.rx_flags(), 0b100);
    assert_eq!(core.interrupts(), 0);
    core.ring(A, 3).unwrap();
    core.ring(A, 3).unwrap();
    assert!(core.status(3).flags.contains(Flags::RING_OWED));
    far.acknowledge(2);
    assert_eq!(core.interrupts(), 1);
    assert_eq!(far.rx_flags(), 0b100);
    far.acknowledge(2);
    assert_eq!(core.interrupts(), 0);
    assert_eq!(far.rx_flags(), 0);
}

#[test]
fn a_doorbell_can_be_polled() {
    let (chip, mut core, _peer) = with_plain_peer(0, 0);
    core.open(A, 3).unwrap();
    assert_eq!(core.poll(A, 3, Events::READABLE), Ok(Events::empty()));
    chip.flags.side(1).raise(2);
    core.interrupts();
    assert_eq!(core.posts(A), 1 << 3);
    assert_eq!(core.poll(A, 3, Events::all()), Ok(Events::all()));
    assert_eq!(core.wait(A, 3, 0), Some(Ok(0)));
}
