// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a peer that misbehaves cannot do to us.

use crate::world::{FOR_EVER, with_plain_peer};
use drv_ipcc_server_core::{Error, Event};
use ipcc_channel::{Doorbell, Events, Flags};

const A: usize = 0;
const B: usize = 1;

/// D2: the original trusted the length word, and read it again and again.
/// Without the check in `RxSlot::untaken` nothing is reported here; with a
/// second load there the next test gets other bytes.
#[test]
fn d2_impossible_lengths_are_survived_and_reported() {
    for rx in [0, 8] {
        for word in [0, 13, 0xFFFF_FFFF] {
            let (chip, mut core, mut peer) = with_plain_peer(rx, 0);
            core.open(A, 1).unwrap();
            assert_eq!(core.read(A, 1, 12, FOR_EVER), None);
            chip.slot(0, 1).store(0, word);
            chip.flags.side(1).raise(0);
            core.interrupts();
            assert_eq!(core.answer(A), Some(Err(Error::PeerProtocol)));
            assert_eq!(core.status(1).statistics.protocol_errors, 1);

            assert!(peer.send(1, b"fine"));
            assert_eq!(core.read_now(A, 1, 12), Ok(b"fine".to_vec()));
        }
    }
}

#[test]
fn d2_a_length_that_changes_between_reads_is_not_believed() {
    let (chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    peer.send(1, b"abcdefgh");
    assert_eq!(core.read_now(A, 1, 3), Ok(b"abc".to_vec()));
    chip.slot(0, 1).store(0, 0xFFFF_FFFF);
    assert_eq!(core.read_now(A, 1, 100), Ok(b"defgh".to_vec()));
    assert_eq!(core.read(A, 1, 9, 0), Some(Err(Error::WouldBlock)));
}

#[test]
fn a_storm_of_empty_flags_is_muted_and_listened_to_again() {
    let (chip, mut core, mut peer) = with_plain_peer(8, 0);
    core.open(A, 1).unwrap();
    let mut handled = 0;
    for _ in 0..1000 {
        chip.slot(0, 1).store(0, 0);
        chip.flags.side(1).raise(0);
        handled += core.interrupts();
    }
    assert!(handled < 10, "{handled} interrupts without a message");
    assert!(core.status(1).flags.contains(Flags::MUTED));
    assert!(core.alarm().is_some());

    core.advance(100);
    assert!(!core.status(1).flags.contains(Flags::MUTED));
    core.interrupts();
    assert!(peer.send(1, b"sane again"));
    core.interrupts();
    assert_eq!(core.read_now(A, 1, 99), Ok(b"sane again".to_vec()));
    assert_eq!(core.alarm(), None);
}

#[test]
fn a_muted_peer_does_not_make_the_channel_readable() {
    let (chip, mut core, mut peer) = with_plain_peer(8, 0);
    core.open(A, 1).unwrap();
    peer.send(1, b"before");
    core.interrupts();
    for _ in 0..8 {
        chip.slot(0, 1).store(0, 0);
        chip.flags.side(1).raise(0);
        core.interrupts();
    }
    assert!(core.status(1).flags.contains(Flags::MUTED));
    chip.flags.side(1).raise(0);
    // What came before the storm is still there, and then nothing is.
    assert_eq!(core.poll(A, 1, Events::READABLE), Ok(Events::READABLE));
    assert_eq!(core.read_now(A, 1, 9), Ok(b"before".to_vec()));
    assert_eq!(core.poll(A, 1, Events::READABLE), Ok(Events::empty()));
    assert_eq!(core.read(A, 1, 9, 0), Some(Err(Error::WouldBlock)));
    assert_eq!(core.interrupts(), 0);
}

#[test]
fn a_flag_that_is_never_cleared_only_stops_the_writer() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.open(B, 1).unwrap();
    core.write(A, 1, b"stuck", 0);
    assert_eq!(core.write(A, 1, b"waits", 50), None);
    core.advance(50);
    assert_eq!(core.answer(A), Some(Err(Error::TimedOut)));
    peer.send(1, b"in");
    assert_eq!(core.read_now(B, 1, 9), Ok(b"in".to_vec()));
}

#[test]
fn overflow_holds_the_peer_off_until_a_read_makes_room() {
    let (_chip, mut core, mut peer) = with_plain_peer(4, 0);
    core.open(A, 1).unwrap();
    peer.send(1, b"0123456789");
    core.interrupts();
    assert!(core.status(1).flags.contains(Flags::OVERFLOW));
    assert!(!peer.send(1, b"refused"));
    assert_eq!(core.interrupts(), 0);

    assert_eq!(core.read_now(A, 1, 3), Ok(b"012".to_vec()));
    assert!(core.status(1).flags.contains(Flags::OVERFLOW));
    // Buffer and slot in one call, as the original does after an overflow.
    assert_eq!(core.read_now(A, 1, 100), Ok(b"3456789".to_vec()));
    assert!(!core.status(1).flags.contains(Flags::OVERFLOW));
    assert!(peer.send(1, b"accepted"));
    let events = core.events();
    assert!(events.contains(&Event::OverflowStart(1)));
    assert!(events.contains(&Event::OverflowEnd(1)));
}

/// The reader gets the bytes, and nobody is told of the message; so the trace
/// has to, and it counts against the peer.
#[test]
fn a_bad_message_behind_good_bytes_is_recorded() {
    let (chip, mut core, mut peer) = with_plain_peer(8, 0);
    core.open(A, 1).unwrap();
    for n in 1..=8 {
        assert!(peer.send(1, b"good"));
        core.interrupts();
        chip.slot(0, 1).store(0, 13);
        chip.flags.side(1).raise(0);
        assert_eq!(core.read_now(A, 1, 9), Ok(b"good".to_vec()));
        assert_eq!(core.status(1).statistics.protocol_errors, n);
    }
    let is_bad = |event: &&Event| **event == Event::PeerProtocol(1);
    assert_eq!(core.events().iter().filter(is_bad).count(), 8);
    assert!(core.status(1).flags.contains(Flags::MUTED));
}

/// It takes each message at the moment it is sent. The rest of a long write
/// waits for the interrupt, and so do not the other channels.
#[test]
fn a_peer_that_takes_at_once_gets_one_message_per_interrupt() {
    let (chip, mut core, _peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    let mut far = chip.flags.side(1);
    core.meanwhile(Event::Sent(1, 12), move || far.acknowledge(0));
    assert_eq!(core.write(A, 1, &[7; 60], FOR_EVER), None);
    for sent in 1..5 {
        assert_eq!(core.status(1).statistics.tx_messages, sent);
        core.server.on_interrupt();
    }
    assert_eq!(core.answer(A), Some(Ok(60)));
    assert_eq!(core.interrupts(), 0);
}

/// It sends the next message at the moment the last is taken.
#[test]
fn a_peer_that_sends_at_once_is_listened_to_once_per_interrupt() {
    let (_chip, mut core, mut peer) = with_plain_peer(8, 0);
    core.open(A, 1).unwrap();
    assert!(peer.send(1, b"x"));
    core.meanwhile(Event::Received(1, 1), move || {
        assert!(peer.send(1, b"x"));
    });
    for taken in 1..=8 {
        core.server.on_interrupt();
        assert_eq!(core.status(1).rx_buffered, taken);
    }
    assert_eq!(core.interrupts(), 0);
}
