// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What clients see, one fact per test.

mod world;

use drv_ipcc_server_core::{Error, Event};
use ipcc_channel::{Doorbell, Events, Flags};
use world::{FOR_EVER, with_plain_peer};

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

/// D7: with data pending, the original left its critical section twice.
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
/// shorter message.
#[test]
fn d1_two_short_messages_in_a_row_arrive_unbuffered() {
    let (_chip, mut core, mut peer) = with_plain_peer(0, 0);
    core.open(A, 1).unwrap();
    for text in [b"one".as_slice(), b"two"] {
        assert!(peer.send(1, text));
        assert_eq!(core.read_now(A, 1, 12), Ok(text.to_vec()));
    }
}

/// D2: the original trusted the length word, and read it again and again.
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

/// D3: a write of no bytes rang the original's doorbell, and a received
/// message of no bytes wedged it.
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

/// D9: the original added a negative result to the byte count.
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

/// D4: the original told pollers only when its semaphore stood above zero,
/// and so lost the first event after an idle time.
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

/// D5: closing any channel unmasked the original's channel 1.
#[test]
fn d5_closing_one_channel_leaves_the_others_masks_alone() {
    let (_chip, mut core, _peer) = with_plain_peer(8, 8);
    core.open(A, 1).unwrap();
    core.open(A, 2).unwrap();
    core.open(B, 3).unwrap();
    assert_eq!(core.wait(B, 3, FOR_EVER), None);
    let masks =
        |core: &world::Core| core.server.controller().doorbell().unmasked;
    assert_eq!(masks(&core), (0b111, 0));
    core.close(A, 2).unwrap();
    assert_eq!(masks(&core), (0b101, 0));
    core.open(A, 2).unwrap();
    core.close(A, 1).unwrap();
    assert_eq!(masks(&core), (0b110, 0));
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
    while !core.status(1).flags.contains(Flags::MUTED) {
        chip.slot(0, 1).store(0, 0);
        chip.flags.side(1).raise(0);
        core.interrupts();
    }
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
