// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Lptim;
use crate::chip::access::Access;
use crate::chip::access::testing::{self, read, write};

const ISR: u32 = 0x00;
const ICR: u32 = 0x04;
const IER: u32 = 0x08;
const CFGR: u32 = 0x0c;
const CR: u32 = 0x10;
const CMP: u32 = 0x14;
const ARR: u32 = 0x18;
const CNT: u32 = 0x1c;
const RCR: u32 = 0x28;

/// An access at cycle `now`; the timer's clock is half of the core's.
fn at(now: u64) -> Access {
    Access {
        kernel_hz: 8_000_000,
        ..testing::at(now)
    }
}

/// A timer with a period of 100 ticks that matches at 40, started by `start`
/// in cycle 0.
fn started(start: u32) -> Lptim {
    let mut t = Lptim::new();
    write(&mut t, IER, 3, &at(0));
    write(&mut t, CR, 1, &at(0));
    write(&mut t, ARR, 99, &at(0));
    write(&mut t, CMP, 40, &at(0));
    write(&mut t, ICR, 0x18, &at(0));
    write(&mut t, CR, 1 | start, &at(0));
    t
}

const SINGLE: u32 = 1 << 1;
const CONTINUOUS: u32 = 1 << 2;

#[test]
fn writes_arrive_at_once_and_only_in_an_enabled_timer() {
    let mut t = Lptim::new();
    assert_eq!(read(&mut t, ARR, &at(0)), 1);
    write(&mut t, ARR, 99, &at(0));
    assert_eq!(read(&mut t, ARR, &at(0)), 1);
    write(&mut t, CR, 1, &at(0));
    write(&mut t, ARR, 99, &at(0));
    assert_eq!(read(&mut t, ARR, &at(0)), 99);
    assert_eq!(read(&mut t, ISR, &at(0)), 1 << 4);
    write(&mut t, CMP, 5, &at(0));
    assert_eq!(read(&mut t, ISR, &at(0)), 3 << 3);
    // The configuration is the other way round.
    write(&mut t, CFGR, 7 << 9, &at(0));
    assert_eq!(read(&mut t, CFGR, &at(0)), 0);
}

#[test]
fn it_counts_to_the_reload_value_and_starts_again() {
    let mut t = started(CONTINUOUS);
    assert_eq!(read(&mut t, CNT, &at(39)), 19);
    assert_eq!(read(&mut t, CNT, &at(198)), 99);
    assert_eq!(read(&mut t, CNT, &at(200)), 0);
    assert_eq!(read(&mut t, CNT, &at(200 * 1000 + 14)), 7);
}

#[test]
fn matches_interrupt_when_they_happen() {
    let mut t = started(CONTINUOUS);
    assert_eq!(t.next_event(), Some(80));
    t.advance(&at(79));
    assert!(!t.irq());
    t.advance(&at(80));
    assert!(t.irq());
    assert_eq!(read(&mut t, ISR, &at(80)), 1);
    assert_eq!(t.next_event(), Some(198));
    t.advance(&at(198));
    assert_eq!(read(&mut t, ISR, &at(198)), 3);
    write(&mut t, ICR, 3, &at(198));
    assert!(!t.irq());
    assert_eq!(t.next_event(), Some(280));
}

#[test]
fn a_single_run_ends_with_its_period() {
    let mut t = started(SINGLE);
    assert_eq!(read(&mut t, CNT, &at(190)), 95);
    assert_eq!(read(&mut t, CNT, &at(500)), 0);
    assert_eq!(t.next_event(), None);
    assert_eq!(read(&mut t, ISR, &at(500)) & 3, 3);
    write(&mut t, ICR, 3, &at(500));
    assert_eq!(read(&mut t, ISR, &at(900)) & 3, 0);
    write(&mut t, CR, 1 | SINGLE, &at(1000));
    assert_eq!(read(&mut t, CNT, &at(1010)), 5);
}

#[test]
fn an_update_event_ends_the_periods_that_are_repeated() {
    const UE: u32 = 1 << 7;
    let mut t = Lptim::new();
    write(&mut t, IER, UE, &at(0));
    write(&mut t, CR, 1, &at(0));
    write(&mut t, ARR, 99, &at(0));
    write(&mut t, RCR, 2, &at(0));
    write(&mut t, CR, 1 | CONTINUOUS, &at(0));
    assert_eq!(t.next_event(), Some(600));
    t.advance(&at(599));
    assert!(!t.irq());
    t.advance(&at(600));
    assert!(t.irq());
    write(&mut t, ICR, UE, &at(610));
    assert_eq!(t.next_event(), Some(1200));
    // Late by seven periods: two update events, and one period more.
    t.advance(&at(600 + 1400));
    assert!(t.irq());
    write(&mut t, ICR, UE, &at(2000));
    assert_eq!(t.next_event(), Some(2400));
}

#[test]
fn a_single_run_matches_once() {
    let mut t = started(SINGLE);
    t.advance(&at(198));
    write(&mut t, ICR, 3, &at(198));
    assert_eq!(t.next_event(), None);
    t.advance(&at(1000));
    assert!(!t.irq());
}

#[test]
fn the_prescaler_divides_the_clock() {
    let mut t = Lptim::new();
    write(&mut t, CFGR, 3 << 9, &at(0));
    write(&mut t, CR, 1, &at(0));
    write(&mut t, ARR, 0xffff, &at(0));
    write(&mut t, CR, 1 | CONTINUOUS, &at(0));
    assert_eq!(read(&mut t, CNT, &at(16 * 10)), 10);
}

#[test]
fn disabling_stops_and_clears_the_counter() {
    let mut t = started(CONTINUOUS);
    write(&mut t, CR, 0, &at(50));
    assert_eq!(t.next_event(), None);
    assert_eq!(read(&mut t, CNT, &at(90)), 0);
}
