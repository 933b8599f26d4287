// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What clients see of reads and writes, one fact per test.

use crate::world::{FOR_EVER, with_plain_peer};
use drv_ipcc_server_core::{Error, Event};
use ipcc_channel::Flags;

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

#[test]
fn a_read_returns_what_is_there_and_at_least_one_byte() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    assert_eq!(core.read(A, 1, 8, 0), Some(Err(Error::WouldBlock)));
    assert_eq!(core.read(A, 1, 8, FOR_EVER), None);
    peer.send(1, b"hey");
    core.interrupts();
    assert_eq!(core.answer(A), Some(Ok(3)));
    assert_eq!(&core.lease(A)[..3], b"hey");
}

#[test]
fn a_message_larger_than_the_buffer_continues_on_the_next_read() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    peer.send(1, b"abcdefgh");
    assert_eq!(core.read_now(A, 1, 3), Ok(b"abc".to_vec()));
    assert!(!peer.send(1, b"next"));
    assert_eq!(core.read_now(A, 1, 9), Ok(b"defgh".to_vec()));
    assert!(peer.send(1, b"next"));
}

/// D7: with data pending, the original left its critical section twice. Here
/// the call would wait, if `Server::transfer` made no exception of it.
#[test]
fn d7_a_read_of_no_bytes_returns_zero_and_changes_nothing() {
    for rx in [0, 8] {
        let (_chip, mut core, mut peer) = with_plain_peer(rx, 0);
        core.open(A, 1).unwrap();
        assert_eq!(core.read(A, 1, 0, FOR_EVER), Some(Ok(0)));
        peer.send(1, b"kept");
        core.interrupts();
        let before = core.status(1);
        assert_eq!(core.read(A, 1, 0, FOR_EVER), Some(Ok(0)));
        assert_eq!(core.status(1), before);
        assert_eq!(core.read_now(A, 1, 9), Ok(b"kept".to_vec()));
    }
}

/// D1: the original compared with the slot's capacity, and never released a
/// shorter message. Do that in `RxSlot::take`, and the second cannot be sent.
#[test]
fn d1_two_short_messages_in_a_row_arrive_unbuffered() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    for text in [b"one".as_slice(), b"two"] {
        assert!(peer.send(1, text));
        assert_eq!(core.read_now(A, 1, 12), Ok(text.to_vec()));
    }
}

/// D3: a write of no bytes rang the original's doorbell, and a received
/// message of no bytes wedged it (see D2). It rings here if `Slots::write`
/// seals whatever it gets and `Server::transfer` lets nothing through.
#[test]
fn d3_a_write_of_no_bytes_sends_nothing_and_does_not_wait() {
    for tx in [0, 8] {
        let (_chip, mut core, mut peer) = with_plain_peer(0, tx);
        core.open(A, 1).unwrap();
        assert_eq!(core.write(A, 1, b"", FOR_EVER), Some(Ok(0)));
        assert_eq!(peer.take(1), None);
        assert!(!core.status(1).flags.contains(Flags::TX_OCCUPIED));
        assert_eq!(core.write(A, 1, b"x", 0), Some(Ok(1)));
        assert_eq!(core.write(A, 1, b"", FOR_EVER), Some(Ok(0)));
    }
}

/// D9: the original added a negative result to the byte count. What is told
/// here is what `Call::give_up` makes of the two.
#[test]
fn d9_errors_and_partial_counts_never_mix() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 4);
    core.open(A, 1).unwrap();
    // Slot of 12 and buffer of 4, then nothing more fits.
    assert_eq!(core.write(A, 1, &[7; 20], 5), None);
    core.advance(5);
    assert_eq!(core.answer(A), Some(Ok(16)));
    assert_eq!(core.write(A, 1, &[7; 20], 5), None);
    core.advance(5);
    assert_eq!(core.answer(A), Some(Err(Error::TimedOut)));
}

#[test]
fn a_blocking_write_ends_when_the_whole_buffer_is_on_its_way() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    let bytes: Vec<u8> = (0..30).collect();
    assert_eq!(core.write(A, 1, &bytes, FOR_EVER), None);
    let mut got = Vec::new();
    for is_waiting in [true, false] {
        got.extend(peer.take(1).unwrap());
        core.interrupts();
        assert_eq!(core.is_waiting(A), is_waiting);
    }
    got.extend(peer.take(1).unwrap());
    assert_eq!(core.answer(A), Some(Ok(30)));
    assert_eq!(got, bytes);
    assert_eq!(core.interrupts(), 0);
}

#[test]
fn a_write_that_may_not_wait_writes_what_fits() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 4);
    core.open(A, 1).unwrap();
    assert_eq!(core.write(A, 1, &[1; 14], 0), Some(Ok(14)));
    assert_eq!(core.write(A, 1, &[2; 9], 0), Some(Ok(2)));
    assert_eq!(core.write(A, 1, &[3; 9], 0), Some(Err(Error::WouldBlock)));
}

#[test]
fn writers_are_served_in_the_order_they_came() {
    for tx in [0, 5] {
        let (_chip, mut core, mut peer) = with_plain_peer(0, tx);
        for client in [A, B, C] {
            core.open(client, 1).unwrap();
        }
        assert_eq!(core.write(A, 1, &[b'a'; 40], FOR_EVER), None);
        assert_eq!(core.write(B, 1, b"bbbbbb", FOR_EVER), None);
        // Who may not wait does not overtake who does.
        let refused = core.write(C, 1, b"c", 0);
        assert_eq!(refused, Some(Err(Error::WouldBlock)));
        let mut got = Vec::new();
        while let Some(message) = peer.take(1) {
            got.extend(message);
            core.interrupts();
        }
        let mut want = vec![b'a'; 40];
        want.extend(b"bbbbbb");
        assert_eq!(got, want);
        assert_eq!(core.answer(A), Some(Ok(40)));
        assert_eq!(core.answer(B), Some(Ok(6)));
    }
}

#[test]
fn readers_are_served_in_the_order_they_came() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.open(B, 1).unwrap();
    assert_eq!(core.read(B, 1, 9, FOR_EVER), None);
    assert_eq!(core.read(A, 1, 9, FOR_EVER), None);
    for client in [B, A] {
        peer.send(1, b"next");
        core.interrupts();
        assert_eq!(core.answer(client), Some(Ok(4)));
    }
}

#[test]
fn a_deadline_is_kept_to_the_tick() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    assert_eq!(core.read(A, 1, 9, 7), None);
    assert_eq!(core.alarm(), Some(7));
    core.advance(6);
    assert!(core.is_waiting(A));
    core.advance(1);
    assert_eq!(core.answer(A), Some(Err(Error::TimedOut)));
    assert_eq!(core.alarm(), None);
}

#[test]
fn a_deadline_is_on_record_whether_or_not_something_was_moved() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.write(A, 1, &[7; 20], 5);
    core.advance(5);
    assert_eq!(core.answer(A), Some(Ok(12)));
    assert_eq!(core.events().last(), Some(&Event::CutShort(1, 12)));

    core.write(A, 1, &[7; 20], 5);
    core.advance(5);
    assert_eq!(core.answer(A), Some(Err(Error::TimedOut)));
    let failed = Event::Failed(1, Error::TimedOut);
    assert_eq!(core.events().last(), Some(&failed));
}

#[test]
fn the_alarm_is_set_for_the_first_of_several_deadlines() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.open(B, 1).unwrap();
    core.read(A, 1, 9, 20);
    core.read(B, 1, 9, 10);
    assert_eq!(core.alarm(), Some(10));
    core.advance(10);
    assert_eq!(core.answer(B), Some(Err(Error::TimedOut)));
    assert_eq!(core.alarm(), Some(20));
    peer.send(1, b"x");
    core.interrupts();
    assert_eq!(core.answer(A), Some(Ok(1)));
    assert_eq!(core.alarm(), None);
}
