// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the driver takes interrupts for, and what not.

use system_tests::{
    ALICE, Board, CPU1, Call, FOR_EVER, Failure, IPCC, NOW, PlainPeer, ms,
};

/// The first core's control and mask register.
const C1CR: u32 = 0x5800_0C00;
const C1MR: u32 = 0x5800_0C04;

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

/// D6: the original unmasked its interrupts before there were buffers, or
/// anybody to tell. Channels that `Ipcc::start` and `Slots::new` leave unmasked
/// show in the mask register.
#[test]
fn d6_nothing_interrupts_before_there_is_somebody_to_deal_with_it() {
    let mut board = Board::one_core();
    let peer = PlainPeer::boot(&mut board);
    board.open(ALICE, &[1]);
    board.crash(CPU1, IPCC);
    for channel in [1, 2, 5, 6] {
        peer.raise(&mut board, channel);
    }
    peer.announce(&mut board, 1, 5);
    let before = board.ipcc_interrupts(CPU1);
    board.run_for(ms(60));
    assert_eq!(board.read(ALICE, 1), Err(Failure::ServerRestarted));

    // The driver is up; both lines are enabled, all channels are masked.
    let register = |at| board.soc.peek_register(CPU1, at);
    assert_eq!(register(C1CR), Some(0x0001_0001));
    assert_eq!(register(C1MR), Some(u32::MAX));
    assert_eq!(board.ipcc_interrupts(CPU1), before);
    // Nothing of it is lost.
    board.open(ALICE, &[1, 6]);
    assert_eq!(board.call(ALICE, Call::read(1, 100, NOW)), Ok(5));
    assert_eq!(board.call(ALICE, Call::wait(6, NOW)), Ok(0));
}
