// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Who may use a channel, from the first open to the last close.

use crate::world::{Core, FOR_EVER, with_plain_peer};
use drv_ipcc_server_core::Error;
use ipcc_channel::{Events, Flags};

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

#[test]
fn a_channel_must_exist_and_be_open_and_be_ours() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    assert_eq!(core.open(A, 0), Err(Error::NoSuchChannel));
    assert_eq!(core.open(A, 4), Err(Error::NoSuchChannel));
    assert_eq!(core.open(A, 255), Err(Error::NoSuchChannel));
    assert_eq!(core.open(C, 2), Err(Error::AccessDenied));
    assert_eq!(core.read(A, 1, 1, 0), Some(Err(Error::NotOpen)));
    assert_eq!(core.write(A, 1, b"x", 0), Some(Err(Error::NotOpen)));
    assert_eq!(core.close(A, 1), Err(Error::NotOpen));
    assert_eq!(core.poll(A, 1, Events::all()), Err(Error::NotOpen));
    assert_eq!(core.server.poll_cancel(core.id(A), 1), Err(Error::NotOpen));
    assert_eq!(core.ring(A, 3), Err(Error::NotOpen));
    let stranger = abi::TaskId::for_index_and_gen(9, 0.into());
    assert_eq!(core.server.open(stranger, 1), Err(Error::Unlisted));
    assert_eq!(core.server.status(9), Err(Error::NoSuchChannel));
}

#[test]
fn opens_are_counted_and_closing_one_too_many_is_an_error() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.open(A, 1).unwrap();
    core.close(A, 1).unwrap();
    peer.send(1, b"x");
    assert_eq!(core.read_now(A, 1, 9), Ok(b"x".to_vec()));
    core.close(A, 1).unwrap();
    assert_eq!(core.close(A, 1), Err(Error::NotOpen));
}

#[test]
fn opening_too_often_is_refused_and_not_an_overflow() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    for _ in 0..255 {
        core.open(A, 1).unwrap();
    }
    assert_eq!(core.open(A, 1), Err(Error::Busy));
}

#[test]
fn an_exclusive_channel_has_one_client_at_a_time() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    core.open(A, 2).unwrap();
    core.open(A, 2).unwrap();
    assert_eq!(core.open(B, 2), Err(Error::Busy));
    core.close(A, 2).unwrap();
    core.close(A, 2).unwrap();
    core.open(B, 2).unwrap();
}

#[test]
fn a_restarted_client_does_not_keep_an_exclusive_channel() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    core.open(A, 2).unwrap();
    core.restart_client(A);
    core.open(B, 2).unwrap();
    assert_eq!(core.open(A, 2), Err(Error::Busy));
}

#[test]
fn a_restarted_client_starts_with_nothing() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.poll(A, 1, Events::READABLE).unwrap();
    core.restart_client(A);
    assert_eq!(core.read(A, 1, 4, 0), Some(Err(Error::NotOpen)));
    let status = core.status(1);
    assert_eq!((status.opens, status.pollers), (0, 0));
}

#[test]
fn a_dead_reader_is_passed_over_and_no_byte_is_lost() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.open(B, 1).unwrap();
    assert_eq!(core.read(A, 1, 8, FOR_EVER), None);
    assert_eq!(core.read(B, 1, 8, FOR_EVER), None);
    core.restart_client(A);
    peer.send(1, b"for B");
    core.interrupts();
    assert_eq!(core.answer(B), Some(Ok(5)));
    assert_eq!(&core.lease(B)[..5], b"for B");
    assert_eq!(core.status(1).opens, 1);
}

#[test]
fn any_number_of_dead_readers_is_passed_over() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    for client in [A, B, C] {
        core.open(client, 1).unwrap();
        assert_eq!(core.read(client, 1, 9, FOR_EVER), None);
    }
    for client in [A, B, C] {
        core.restart_client(client);
    }
    assert!(peer.send(1, b"kept"));
    core.interrupts();
    let status = core.status(1);
    assert_eq!((status.opens, status.readers), (0, 0));
    core.open(B, 1).unwrap();
    assert_eq!(core.read_now(B, 1, 9), Ok(b"kept".to_vec()));
}

/// D5: closing any channel unmasked the original's channel 1. A `close` that
/// listens to channel 1 shows in these masks.
#[test]
fn d5_closing_one_channel_leaves_the_others_masks_alone() {
    let (_chip, mut core, _peer) = with_plain_peer(8, 8);
    core.open(A, 1).unwrap();
    core.open(A, 2).unwrap();
    core.open(B, 3).unwrap();
    assert_eq!(core.wait(B, 3, FOR_EVER), None);
    let masks = |core: &Core| core.server.controller().doorbell().unmasked;
    assert_eq!(masks(&core), (0b111, 0));
    core.close(A, 2).unwrap();
    assert_eq!(masks(&core), (0b101, 0));
    core.open(A, 2).unwrap();
    core.close(A, 1).unwrap();
    assert_eq!(masks(&core), (0b110, 0));
}

#[test]
fn what_came_before_the_open_is_found() {
    for rx in [0, 8] {
        let (_chip, mut core, mut peer) = with_plain_peer(rx, 0);
        peer.send(1, b"early");
        assert_eq!(core.interrupts(), 0);
        core.open(A, 1).unwrap();
        assert_eq!(core.read_now(A, 1, 9), Ok(b"early".to_vec()));
    }
}

#[test]
fn what_overflowed_waits_for_the_next_user_after_the_last_close() {
    let (_chip, mut core, mut peer) = with_plain_peer(4, 0);
    core.open(A, 1).unwrap();
    peer.send(1, b"0123456789");
    core.interrupts();
    core.close(A, 1).unwrap();
    assert_eq!(core.interrupts(), 0);
    core.open(B, 1).unwrap();
    assert_eq!(core.read_now(B, 1, 100), Ok(b"0123456789".to_vec()));
    assert!(peer.send(1, b"next"));
}

#[test]
fn what_was_written_before_the_last_close_is_still_sent() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 8);
    core.open(A, 1).unwrap();
    core.write(A, 1, &[1; 20], 0);
    core.close(A, 1).unwrap();
    assert_eq!(peer.take(1), Some(vec![1; 12]));
    core.interrupts();
    assert_eq!(peer.take(1), Some(vec![1; 8]));
    assert_eq!(core.interrupts(), 0);
}

#[test]
fn a_shutdown_ends_waiting_calls_and_refuses_new_ones() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    for client in [A, B, C] {
        core.open(client, 1).unwrap();
    }
    assert_eq!(core.read(A, 1, 9, FOR_EVER), None);
    assert_eq!(core.write(B, 1, &[0; 20], FOR_EVER), None);
    core.poll(C, 1, Events::READABLE).unwrap();
    core.server.shutdown(core.id(C), 1).unwrap();
    assert_eq!(core.answer(A), Some(Err(Error::Closed)));
    assert_eq!(core.answer(B), Some(Ok(12)));
    assert_eq!(core.posts(C), 1 << 1);
    assert_eq!(core.open(A, 1), Err(Error::Closed));
    assert_eq!(core.read(A, 1, 9, 0), Some(Err(Error::Closed)));
    assert_eq!(core.poll(A, 1, Events::READABLE), Err(Error::Closed));
    assert_eq!(core.interrupts(), 0);
}

#[test]
fn after_a_shutdown_the_last_close_frees_the_peer() {
    let (_chip, mut core, mut peer) = with_plain_peer(4, 4);
    core.open(A, 1).unwrap();
    core.open(B, 1).unwrap();
    peer.send(1, b"0123456789");
    core.interrupts();
    core.server.shutdown(core.id(A), 1).unwrap();
    core.close(A, 1).unwrap();
    assert!(!peer.send(1, b"not yet"));
    core.close(B, 1).unwrap();
    assert_eq!(core.status(1).statistics.rx_discarded, 10);
    assert!(peer.send(1, b"new"));

    // Channel 1 is configured to open again, channel 2 is not.
    core.open(C, 1).unwrap();
    assert_eq!(core.read_now(C, 1, 9), Ok(b"new".to_vec()));
    core.open(A, 2).unwrap();
    core.server.shutdown(core.id(A), 2).unwrap();
    core.close(A, 2).unwrap();
    assert_eq!(core.open(A, 2), Err(Error::Closed));
}

#[test]
fn a_channel_shut_down_by_a_client_that_dies_is_released() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.server.shutdown(core.id(A), 1).unwrap();
    core.restart_client(A);
    core.open(A, 1).unwrap();
}

#[test]
fn each_kind_of_channel_refuses_the_others_operations() {
    let (_chip, mut core, _peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.open(A, 3).unwrap();
    assert_eq!(core.ring(A, 1), Err(Error::WrongKind));
    assert_eq!(core.wait(A, 1, 0), Some(Err(Error::WrongKind)));
    assert_eq!(core.read(A, 3, 1, 0), Some(Err(Error::WrongKind)));
    assert_eq!(core.write(A, 3, b"x", 0), Some(Err(Error::WrongKind)));
}

#[test]
fn the_status_counts_what_happened() {
    let (_chip, mut core, mut peer) = with_plain_peer(4, 4);
    core.open(A, 1).unwrap();
    peer.send(1, b"0123456789");
    core.interrupts();
    core.read_now(A, 1, 99).unwrap();
    core.write(A, 1, &[0; 15], 0);
    let status = core.status(1);
    let counts = status.statistics;
    assert_eq!((status.number, status.opens), (1, 1));
    assert_eq!((counts.rx_messages, counts.rx_bytes), (1, 10));
    assert_eq!((counts.tx_messages, counts.tx_bytes), (1, 12));
    assert_eq!((counts.rx_interrupts, counts.overflows), (1, 1));
    assert_eq!((counts.rx_high_water, counts.tx_high_water), (4, 3));
    assert_eq!(status.tx_buffered, 3);
    assert_eq!(
        status.flags,
        Flags::TX_OCCUPIED | Flags::RX_UNMASKED | Flags::TX_UNMASKED
    );
}

/// One that shut it down has closed it; the other died, and has no reason to
/// call again.
#[test]
fn a_channel_shut_down_is_released_by_the_death_of_its_last_user() {
    let (_chip, mut core, mut peer) = with_plain_peer(4, 0);
    core.open(A, 1).unwrap();
    core.open(B, 1).unwrap();
    peer.send(1, b"0123456789");
    core.interrupts();
    core.server.shutdown(core.id(A), 1).unwrap();
    core.close(A, 1).unwrap();
    core.restart_client(B);
    core.open(C, 1).unwrap();
    assert_eq!(core.status(1).opens, 1);
    assert!(peer.send(1, b"new"));
    assert_eq!(core.read_now(C, 1, 9), Ok(b"new".to_vec()));
}

#[test]
fn a_dead_poller_is_noticed_when_it_cannot_be_told() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    core.poll(A, 1, Events::READABLE).unwrap();
    core.restart_client(A);
    peer.send(1, b"x");
    core.interrupts();
    assert_eq!((core.status(1).opens, core.status(1).pollers), (0, 0));
    assert_eq!(core.posts(A), 0);
}

/// The call is refused; what it brought to light is dealt with all the same.
#[test]
fn a_refused_call_leaves_nothing_half_done() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    for client in [A, B] {
        core.open(client, 1).unwrap();
        assert_eq!(core.read(client, 1, 9, FOR_EVER), None);
        core.restart_client(client);
    }
    assert!(peer.send(1, b"x"));
    assert_eq!(core.open(A, 9), Err(Error::NoSuchChannel));
    assert_eq!((core.status(1).opens, core.status(1).readers), (0, 0));
}
