// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::{Dma, Dmamux, Move, ccr};
use crate::chip::access::testing::{at, read, write};

const CCR1: u32 = 0x08;

fn channel(ccr: u32, length: u32) -> Dma {
    let mut d = Dma::new();
    write(&mut d, CCR1 + 4, length, &at(0));
    write(&mut d, CCR1 + 8, 0x4000_8024, &at(0));
    write(&mut d, CCR1 + 12, 0x2000_0000, &at(0));
    write(&mut d, CCR1, ccr | ccr::EN, &at(0));
    d
}

#[test]
fn a_channel_counts_down_and_flags_half_and_end() {
    let mut d = channel(ccr::MINC | ccr::TCIE, 4);
    for n in 0..4 {
        let m = d.next_move(0).unwrap();
        assert_eq!((m.from, m.to), (0x4000_8024, 0x2000_0000 + n));
        assert!(!d.irq(0));
        d.moved(0, true);
        assert_eq!(read(&mut d, CCR1 + 4, &at(0)), 3 - n);
        let half = read(&mut d, 0, &at(0)) >> 2 & 1;
        assert_eq!(half, u32::from(n >= 1));
    }
    assert!(d.irq(0));
    assert_eq!(d.next_move(0), None);
    write(&mut d, 0x04, 1, &at(0));
    assert_eq!(read(&mut d, 0, &at(0)), 0);
}

#[test]
fn circular_mode_starts_over() {
    let mut d = channel(ccr::MINC | ccr::CIRC | ccr::DIR, 2);
    let first = d.next_move(0);
    d.moved(0, true);
    d.moved(0, true);
    assert_eq!(d.next_move(0), first);
    assert_eq!(
        first,
        Some(Move {
            from: 0x2000_0000,
            from_size: 1,
            to: 0x4000_8024,
            to_size: 1,
        })
    );
}

#[test]
fn an_error_stops_the_channel() {
    let mut d = channel(ccr::TEIE, 2);
    d.moved(0, false);
    assert!(d.irq(0));
    assert_eq!(read(&mut d, CCR1, &at(0)) & ccr::EN, 0);
}

#[test]
fn the_multiplexer_has_a_channel_for_each_of_both_controllers() {
    let mut m = Dmamux::default();
    write(&mut m, 4 * 8, 21, &at(0));
    assert_eq!(m.request(1, 1), 21);
    assert_eq!(m.request(0, 0), 0);
}
