// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The test is a CPU with NuttX, at its default addresses, which knows nothing
//! of this driver.

use sim::{Soc, Stop};
use system_tests::{
    ALICE, Board, CPU1, CPU2, Call, DAVE, FOR_EVER, PlainPeer, image, ms,
};

/// NuttX's regions of channels 1 to 5: CPU2 sends from the first, CPU1 from
/// the second, 256 bytes each.
const REGIONS: [(u32, u32); 5] = [
    (0x2000_8000, 0x2000_8100),
    (0x2000_8200, 0x2000_8300),
    (0x2000_8400, 0x2000_8500),
    (0x2000_8600, 0x2000_8700),
    (0x2000_8800, 0x2000_8900),
];

/// A board whose shared memory holds what it held at power-on.
fn board() -> Board {
    let mut cpu1 = image("test-puppet-cpu1");
    cpu1.add_bytes("power-on", 0x2000_8000, &[0xA5; 0x1000]);
    let mut board = Board::power(Soc::builder().cpu1(cpu1));
    board.open(ALICE, &[1, 2, 3, 4, 5]);
    board
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7) as u8).collect()
}

#[test]
fn a_message_to_nuttx_lies_where_nuttx_looks() {
    for (channel, (_, theirs)) in (1..).zip(REGIONS) {
        let mut board = board();
        assert_eq!(board.write(ALICE, channel, b"hello, CPU2"), Ok(11));
        assert_eq!(board.soc.ipcc_flags(CPU1), 1 << (channel - 1));
        assert_eq!(board.soc.read_u32(theirs), Some(11));
        let text = board.soc.read_memory(theirs + 4, 12);
        assert_eq!(text.as_deref(), Some(b"hello, CPU2\xA5".as_slice()));
    }
}

#[test]
fn a_message_of_nuttx_is_taken_from_where_nuttx_puts_it() {
    for (channel, (ours, _)) in (1..).zip(REGIONS) {
        let mut board = board();
        let flag = 1 << (channel - 1);
        assert!(board.soc.write_memory(ours + 4, b"hello, CPU1"));
        assert!(board.soc.write_u32(ours, 11));
        board.soc.ipcc_set_flags(CPU2, flag);
        board.run_for(ms(1));
        assert_eq!(board.read(ALICE, channel), Ok(b"hello, CPU1".to_vec()));
        assert_eq!(board.soc.ipcc_flags(CPU2), 0);
        assert_eq!(board.soc.ipcc_flags(CPU1), 0, "nothing in return");
    }
}

#[test]
fn nuttx_on_cpu1_is_served_by_cpu2() {
    let mut board = Board::two_cores();
    board.open(DAVE, &[1, 2, 3, 4, 5]);
    // From now on CPU1 is the test.
    board.soc.stop_core(CPU1);
    for (channel, (ours, theirs)) in (1..).zip(REGIONS) {
        let flag = 1 << (channel - 1);
        assert!(board.soc.write_memory(theirs + 4, b"hello, CPU2"));
        assert!(board.soc.write_u32(theirs, 11));
        board.soc.ipcc_set_flags(CPU1, flag);
        assert_eq!(board.read(DAVE, channel), Ok(b"hello, CPU2".to_vec()));
        assert_eq!(board.soc.ipcc_flags(CPU1), 0);

        assert_eq!(board.write(DAVE, channel, b"hello, CPU1"), Ok(11));
        assert_eq!(board.soc.ipcc_flags(CPU2), flag);
        assert_eq!(board.soc.read_u32(ours), Some(11));
        let text = board.soc.read_memory(ours + 4, 11);
        assert_eq!(text.as_deref(), Some(b"hello, CPU1".as_slice()));
        board.soc.ipcc_clear_flags(CPU2, flag);
    }
}

#[test]
fn nothing_outside_the_slots_concerns_nuttx() {
    let mut board = board();
    assert_eq!(board.write(ALICE, 1, b"hello, CPU2"), Ok(11));
    let window = board.soc.read_memory(0x2000_8000, 0xC00).expect("memory");
    let touched: Vec<usize> =
        (0..window.len()).filter(|i| window[*i] != 0xA5).collect();
    assert_eq!(touched, (0x100..0x10F).collect::<Vec<_>>());
}

#[test]
fn the_length_is_stored_after_the_bytes_and_the_flag_raised_after_both() {
    let mut board = board();
    let (_, slot) = REGIONS[0];
    board.soc.watch(slot);
    board.start(ALICE, Call::write(1, b"hello, CPU2", FOR_EVER));
    let stop = board.soc.run_for(ms(1));
    assert!(
        matches!(stop, Err(Stop::Watch { core: CPU1, .. })),
        "{stop:?}"
    );
    let text = board.soc.read_memory(slot + 4, 11);
    assert_eq!(text.as_deref(), Some(b"hello, CPU2".as_slice()));
    assert_eq!(board.soc.read_u32(slot), Some(11));
    assert_eq!(board.soc.ipcc_flags(CPU1), 0);

    board.soc.unwatch(slot);
    assert_eq!(board.finish(ALICE), Ok(11));
    assert_eq!(board.soc.ipcc_flags(CPU1), 1);
}

#[test]
fn the_flag_is_cleared_with_the_last_byte_and_not_before() {
    let mut board = board();
    let peer = PlainPeer;
    peer.send(&mut board, 1, b"0123456789");
    for (len, is_free) in [(1, false), (8, false), (1, true)] {
        assert_eq!(board.call(ALICE, Call::read(1, len, 0)), Ok(len as u32));
        assert_eq!(peer.is_free(&board, 1), is_free);
    }
}

#[test]
fn a_long_write_is_split_into_chunks_of_at_most_252_bytes() {
    let mut board = board();
    let sent = bytes(1000);
    board.start(ALICE, Call::write(1, &sent, FOR_EVER));
    let mut got = Vec::new();
    let mut chunks = Vec::new();
    while got.len() < sent.len() {
        let chunk = PlainPeer.receive(&mut board, 1);
        chunks.push(chunk.len());
        got.extend(chunk);
    }
    assert_eq!(got, sent);
    assert_eq!(chunks, [252, 252, 252, 244]);
    assert_eq!(board.finish(ALICE), Ok(1000));
}

#[test]
fn the_console_talks_to_a_nuttx_that_echoes() {
    let cpu1 = image("wl55-cpu1");
    let mut board = Board::power(Soc::builder().cpu1(cpu1));
    let typed = bytes(3000);
    board.type_in(&typed);
    let mut echoed = 0;
    while echoed < typed.len() {
        let chunk = PlainPeer.receive(&mut board, 1);
        board.run_until(ms(50), |soc| soc.ipcc_flags(CPU2) & 1 == 0);
        PlainPeer.send(&mut board, 1, &chunk);
        echoed += chunk.len();
    }
    board.expect_printed(&typed, ms(300));
    assert_eq!(board.soc.faults(), []);
}
