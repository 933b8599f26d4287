// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the driver takes interrupts for, and what not.

use system_tests::{ALICE, Board, CPU1, Call, FOR_EVER, PlainPeer, ms};

#[test]
fn each_message_costs_one_interrupt() {
    for channel in [1, 2] {
        let mut board = Board::one_core();
        board.open(ALICE, &[channel]);
        let before = board.ipcc_interrupts(CPU1);
        for n in 1..=20 {
            board.start(ALICE, Call::read(channel, 100, FOR_EVER));
            board.run_for(ms(1));
            PlainPeer.send(&mut board, channel, b"message");
            assert_eq!(board.finish_read(ALICE), Ok(b"message".to_vec()));
            board.run_for(ms(1));
            assert_eq!(board.ipcc_interrupts(CPU1) - before, n);
            let status = board.status(ALICE, channel);
            assert_eq!(u64::from(status.statistics.rx_interrupts), n);
        }
    }
}
