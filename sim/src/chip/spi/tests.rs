// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Spi;
use crate::chip::access::testing::{at, read};
use crate::chip::access::{Access, Block, Write};

const CR1: u32 = 0x00;
const CR2: u32 = 0x04;
const SR: u32 = 0x08;
const DR: u32 = 0x0c;

const RXNE: u32 = 1 << 0;
const TXE: u32 = 1 << 1;
const BSY: u32 = 1 << 7;
const OVR: u32 = 1 << 6;

fn write(s: &mut Spi, offset: u32, size: u32, value: u32) {
    let w = Write::new(offset, size, value);
    s.write(offset, w, &at(0)).expect("a register");
}

/// Waits for the end of the transfer.
fn wait(s: &mut Spi) {
    while s.next_event().is_some() {
        s.advance(&at(1000));
    }
}

/// Stores to DR and waits for the end of the transfer.
fn send(s: &mut Spi, size: u32, value: u32) {
    write(s, DR, size, value);
    wait(s);
}

fn load(s: &mut Spi, size: u32) -> u32 {
    s.read(DR, &Access { size, ..at(0) }).expect("a register")
}

/// A master whose receiver reports single bytes.
fn master() -> Spi {
    let mut s = Spi::new();
    write(&mut s, CR2, 2, 0x1700);
    write(&mut s, CR1, 2, 1 << 2 | 1 << 6);
    s
}

#[test]
fn it_always_has_room_for_another_frame() {
    let mut s = Spi::new();
    assert_eq!(read(&mut s, SR, &at(0)), TXE);
    assert_eq!(read(&mut s, CR2, &at(0)), 0x0700);
}

#[test]
fn a_frame_takes_its_bits_at_the_rate_of_the_bus() {
    let mut s = master();
    // Eight bits at a quarter of the clock.
    write(&mut s, CR1, 2, 1 << 2 | 1 << 6 | 1 << 3);
    write(&mut s, DR, 1, 0);
    assert_eq!(read(&mut s, SR, &at(0)), TXE | BSY | 1 << 11);
    assert_eq!(s.next_event(), Some(32));
    s.advance(&at(31));
    assert_eq!(read(&mut s, SR, &at(0)) & (BSY | RXNE), BSY);
    s.advance(&at(32));
    assert_eq!(read(&mut s, SR, &at(0)) & (BSY | RXNE), RXNE);
}

#[test]
fn a_full_fifo_takes_no_more() {
    let mut s = master();
    write(&mut s, DR, 2, 0);
    assert_eq!(read(&mut s, SR, &at(0)) & TXE, TXE);
    write(&mut s, DR, 2, 0);
    assert_eq!(read(&mut s, SR, &at(0)) & TXE, 0);
    wait(&mut s);
    assert_eq!(read(&mut s, SR, &at(0)) & TXE, TXE);
}

#[test]
fn a_frame_comes_in_for_each_that_goes_out() {
    let mut s = master();
    send(&mut s, 1, 0xa5);
    assert_eq!(read(&mut s, SR, &at(0)), TXE | RXNE | 1 << 9);
    assert_eq!(load(&mut s, 1), 0);
    assert_eq!(read(&mut s, SR, &at(0)), TXE);
}

#[test]
fn a_halfword_packs_two_short_frames_or_is_one_long_one() {
    let mut s = master();
    send(&mut s, 2, 0x1234);
    assert_eq!(read(&mut s, SR, &at(0)) >> 9 & 3, 2);
    load(&mut s, 1);
    assert_eq!(read(&mut s, SR, &at(0)) & RXNE, RXNE);
    load(&mut s, 1);
    assert_eq!(read(&mut s, SR, &at(0)) & RXNE, 0);
    write(&mut s, CR2, 2, 0x0f00);
    send(&mut s, 2, 0x1234);
    assert_eq!(read(&mut s, SR, &at(0)) & RXNE, RXNE);
    load(&mut s, 2);
    assert_eq!(read(&mut s, SR, &at(0)) & RXNE, 0);
}

#[test]
fn too_many_frames_overrun_the_receiver() {
    let mut s = master();
    for _ in 0..5 {
        send(&mut s, 1, 0);
    }
    assert_eq!(read(&mut s, SR, &at(0)) & OVR, OVR);
    // Reading DR and then SR clears it.
    load(&mut s, 1);
    assert_eq!(read(&mut s, SR, &at(0)) & OVR, OVR);
    assert_eq!(read(&mut s, SR, &at(0)) & OVR, 0);
}

#[test]
fn nothing_moves_while_it_is_off_or_a_slave() {
    for cr1 in [0, 1 << 2, 1 << 6] {
        let mut s = master();
        write(&mut s, CR1, 2, cr1);
        write(&mut s, DR, 1, 0);
        assert_eq!(s.next_event(), None, "{cr1:#x}");
    }
}

#[test]
fn frames_interrupt_or_ask_the_dma() {
    let mut s = master();
    write(&mut s, CR2, 2, 0x1700 | 1 << 6 | 0b11);
    assert!(!s.irq() && !s.rx_request() && s.tx_request());
    send(&mut s, 1, 0);
    assert!(s.irq() && s.rx_request());
    load(&mut s, 1);
    assert!(!s.irq() && !s.rx_request());
}
