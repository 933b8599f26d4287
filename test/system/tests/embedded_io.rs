// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Code that is written for the traits of `embedded-io`, and knows nothing of
//! channels, runs on a channel. What it does is in `test/puppet`.

use system_tests::{ALICE, Board, Call, DAVE, FOR_EVER, Failure, ms};

#[test]
fn generic_code_relays_a_stream_on_either_core() {
    for (relays, talks) in [(DAVE, ALICE), (ALICE, DAVE)] {
        for channel in [1, 2, 5] {
            let mut board = Board::two_cores();
            board.open(talks, &[channel]);
            for len in [1, 100, 252, 253, 1000] {
                let bytes: Vec<u8> =
                    (0..len).map(|i| (i % 253) as u8).collect();
                board.start(relays, Call::relay(channel, len));
                let write = Call::write(channel, &bytes, FOR_EVER);
                assert_eq!(board.call(talks, write), Ok(len as u32));
                let mut back = Vec::new();
                while back.len() < len {
                    board.start(talks, Call::read(channel, len, 50));
                    back.extend(board.finish_read(talks).expect("bytes"));
                }
                assert_eq!(back, bytes);
                assert_eq!(board.finish(relays), Ok(len as u32));
            }
        }
    }
}

#[test]
fn the_error_of_a_channel_is_that_of_the_stream() {
    let mut board = Board::two_cores();
    board.start(DAVE, Call::relay(1, 100));
    board.run_for(ms(60));
    board.crash(system_tests::CPU1, system_tests::IPCC);
    board.run_for(ms(5));
    assert_eq!(board.finish(DAVE), Err(Failure::PeerRestarted));
}

#[test]
fn a_stream_is_closed_when_it_goes_out_of_scope() {
    let mut board = Board::two_cores();
    board.open(ALICE, &[1]);
    board.start(DAVE, Call::relay(1, 4));
    assert_eq!(board.write(ALICE, 1, b"ping"), Ok(4));
    assert_eq!(board.finish(DAVE), Ok(4));
    assert_eq!(board.status(DAVE, 1).opens, 0);
}
