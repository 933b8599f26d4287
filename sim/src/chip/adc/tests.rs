// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Adc;
use crate::chip::access::Access;
use crate::chip::access::testing::{at, read, write};

const ISR: u32 = 0x00;
const IER: u32 = 0x04;
const CR: u32 = 0x08;
const CFGR1: u32 = 0x0c;
const CFGR2: u32 = 0x10;
const SMPR: u32 = 0x14;
const CHSELR: u32 = 0x28;
const DR: u32 = 0x40;

const ADEN: u32 = 1 << 0;
const ADSTART: u32 = 1 << 2;
const ADVREGEN: u32 = 1 << 28;
const EOC: u32 = 1 << 2;
const EOS: u32 = 1 << 3;
const OVR: u32 = 1 << 4;

fn enabled() -> Adc {
    let mut a = Adc::new();
    write(&mut a, CR, ADVREGEN, &at(0));
    write(&mut a, CR, ADVREGEN | ADEN, &at(0));
    a
}

fn start(a: &mut Adc, now: u64) {
    write(a, CR, ADVREGEN | ADSTART, &at(now));
}

#[test]
fn calibration_ends_by_itself() {
    let mut a = Adc::new();
    write(&mut a, CR, ADVREGEN | 1 << 31, &at(0));
    assert_eq!(read(&mut a, CR, &at(0)), ADVREGEN);
    assert_eq!(read(&mut a, ISR, &at(0)), 1 << 11);
    write(&mut a, ISR, 1 << 11, &at(0));
    assert_eq!(read(&mut a, ISR, &at(0)), 0);
}

#[test]
fn it_gets_ready_only_with_a_clock() {
    let stopped = Access {
        kernel_hz: 0,
        ..at(0)
    };
    let mut a = Adc::new();
    write(&mut a, CR, ADVREGEN | ADEN, &stopped);
    assert_eq!(read(&mut a, ISR, &at(0)) & 1, 0);
    assert_eq!(read(&mut enabled(), ISR, &at(0)) & 1, 1);
}

#[test]
fn disabling_takes_the_readiness_away() {
    let mut a = enabled();
    write(&mut a, CR, ADVREGEN | 1 << 1, &at(0));
    assert_eq!(read(&mut a, CR, &at(0)), ADVREGEN);
    assert_eq!(read(&mut a, ISR, &at(0)) & 1, 0);
}

#[test]
fn a_conversion_takes_its_time() {
    let mut a = enabled();
    write(&mut a, SMPR, 3, &at(0));
    write(&mut a, CHSELR, 1 << 13, &at(0));
    start(&mut a, 100);
    // 12.5 clocks to sample and as many to convert.
    assert_eq!(a.next_event(), Some(125));
    a.advance(&at(124));
    assert_eq!(read(&mut a, ISR, &at(124)) & (EOC | EOS), 0);
    a.advance(&at(125));
    assert_eq!(read(&mut a, ISR, &at(125)) & (EOC | EOS), EOC | EOS);
    assert_eq!(read(&mut a, DR, &at(125)), 0x61e);
    assert_eq!(read(&mut a, ISR, &at(125)) & (EOC | EOS), EOS);
    assert_eq!(read(&mut a, CR, &at(125)) & ADSTART, 0);
}

/// Lets time pass until cycle `now`.
fn wait(a: &mut Adc, now: u64) {
    while a.next_event().is_some_and(|t| t <= now) {
        a.advance(&at(now));
    }
}

/// Waits for the end of a conversion and takes its result.
fn next(a: &mut Adc) -> u32 {
    let now = a.next_event().expect("a conversion is under way");
    a.advance(&at(now));
    read(a, DR, &at(now))
}

#[test]
fn a_sequence_gives_one_result_after_the_other() {
    let mut a = enabled();
    write(&mut a, CHSELR, 1 << 13 | 1 << 12 | 1 << 3, &at(0));
    start(&mut a, 0);
    let results = [0; 3].map(|_| next(&mut a));
    assert_eq!(results, [0, 0x400, 0x61e]);
    assert_eq!(a.next_event(), None);
    // Backwards.
    write(&mut a, CFGR1, 1 << 2, &at(0));
    start(&mut a, 0);
    let results = [0; 3].map(|_| next(&mut a));
    assert_eq!(results, [0x61e, 0x400, 0]);
}

#[test]
fn the_sequence_can_be_given_in_any_order() {
    let mut a = enabled();
    write(&mut a, CFGR1, 1 << 21, &at(0));
    write(&mut a, CHSELR, 0xffff_fcd0, &at(0));
    start(&mut a, 0);
    let results = [0; 3].map(|_| next(&mut a));
    assert_eq!(results, [0, 0x61e, 0x400]);
    assert_eq!(a.next_event(), None);
}

#[test]
fn a_result_that_nobody_takes_is_overrun() {
    let mut a = enabled();
    write(&mut a, CHSELR, 1 << 13 | 1 << 12, &at(0));
    start(&mut a, 0);
    wait(&mut a, 1000);
    assert_eq!(read(&mut a, ISR, &at(1000)) & OVR, OVR);
    // The old result stays, unless CFGR1.OVRMOD says otherwise.
    assert_eq!(read(&mut a, DR, &at(1000)), 0x400);
    write(&mut a, CFGR1, 1 << 12, &at(1000));
    start(&mut a, 1000);
    wait(&mut a, 2000);
    assert_eq!(read(&mut a, DR, &at(2000)), 0x61e);
}

#[test]
fn the_wait_mode_waits_for_results_to_be_taken() {
    let mut a = enabled();
    write(&mut a, CFGR1, 1 << 14, &at(0));
    write(&mut a, CHSELR, 1 << 13 | 1 << 12, &at(0));
    start(&mut a, 0);
    wait(&mut a, 1000);
    assert_eq!(a.next_event(), None);
    assert_eq!(read(&mut a, DR, &at(1000)), 0x400);
    assert_eq!(next(&mut a), 0x61e);
    assert_eq!(read(&mut a, ISR, &at(2000)) & OVR, 0);
}

#[test]
fn continuous_conversion_goes_on_until_it_is_stopped() {
    let mut a = enabled();
    write(&mut a, CFGR1, 1 << 13, &at(0));
    write(&mut a, CHSELR, 1 << 13, &at(0));
    start(&mut a, 0);
    for _ in 0..10 {
        assert_eq!(next(&mut a), 0x61e);
    }
    write(&mut a, CR, ADVREGEN | 1 << 4, &at(1000));
    assert_eq!(read(&mut a, CR, &at(1000)), ADVREGEN | ADEN);
    assert_eq!(a.next_event(), None);
}

#[test]
fn resolution_and_alignment_move_the_result() {
    for (cfgr1, expected) in [
        (0b01 << 3, 0x61e >> 2),
        (0b11 << 3, 0x61e >> 6),
        (1 << 5, 0x61e << 4),
        (1 << 5 | 0b10 << 3, (0x61e >> 4) << 8),
        (1 << 5 | 0b11 << 3, (0x61e >> 6) << 2),
    ] {
        let mut a = enabled();
        write(&mut a, CFGR1, cfgr1, &at(0));
        write(&mut a, CHSELR, 1 << 13, &at(0));
        start(&mut a, 0);
        assert_eq!(next(&mut a), expected, "{cfgr1:#x}");
    }
}

#[test]
fn oversampling_adds_samples_and_shifts_the_sum() {
    let mut a = enabled();
    // Sixteen samples, shifted by two.
    write(&mut a, CFGR2, 1 | 3 << 2 | 2 << 5, &at(0));
    write(&mut a, CHSELR, 1 << 13, &at(0));
    start(&mut a, 0);
    assert_eq!(a.next_event(), Some(16 * 14));
    assert_eq!(next(&mut a), 4 * 0x61e);
}

#[test]
fn results_interrupt_or_ask_the_dma() {
    let mut a = enabled();
    write(&mut a, CHSELR, 1, &at(0));
    write(&mut a, CFGR1, 1, &at(0));
    write(&mut a, IER, EOC, &at(0));
    start(&mut a, 0);
    assert!(!a.irq() && !a.dma_request());
    wait(&mut a, 1000);
    assert!(a.irq() && a.dma_request());
    read(&mut a, DR, &at(1000));
    assert!(!a.irq() && !a.dma_request());
}
