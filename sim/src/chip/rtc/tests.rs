// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Rtc;
use crate::chip::access::Access;
use crate::chip::access::testing::{self, read, write};

const TR: u32 = 0x00;
const DR: u32 = 0x04;
const ICSR: u32 = 0x0c;
const WUTR: u32 = 0x14;
const CR: u32 = 0x18;
const WPR: u32 = 0x24;
const ALRMAR: u32 = 0x40;
const SR: u32 = 0x50;
const MISR: u32 = 0x54;
const SCR: u32 = 0x5c;

const SECOND: u64 = 16_000_000;
const INIT: u32 = 1 << 7;

/// An access at cycle `now` with the RTC on the LSE.
fn at(now: u64) -> Access {
    Access {
        kernel_hz: 32_768,
        ..testing::at(now)
    }
}

/// A clock that reads Thursday, 2024-02-29, 23:59:58 in cycle 0.
fn running() -> Rtc {
    let mut r = Rtc::new();
    write(&mut r, WPR, 0xca, &at(0));
    write(&mut r, WPR, 0x53, &at(0));
    write(&mut r, ICSR, INIT, &at(0));
    write(&mut r, TR, 0x23_5958, &at(0));
    write(&mut r, DR, 0x24_8229, &at(0));
    write(&mut r, ICSR, 0, &at(0));
    r
}

#[test]
fn the_calendar_counts_from_where_it_was_set() {
    let mut r = running();
    assert_eq!(read(&mut r, TR, &at(SECOND)), 0x23_5959);
    assert_eq!(read(&mut r, TR, &at(2 * SECOND)), 0);
    assert_eq!(read(&mut r, DR, &at(2 * SECOND)), 0x24_a301);
    assert_eq!(read(&mut r, ICSR, &at(0)) >> 4 & 1, 1);
}

#[test]
fn nothing_can_be_written_without_the_keys() {
    let mut r = Rtc::new();
    write(&mut r, WPR, 0x53, &at(0));
    write(&mut r, ICSR, INIT, &at(0));
    assert_eq!(read(&mut r, ICSR, &at(0)) & INIT, 0);
}

#[test]
fn the_wake_up_timer_expires_again_and_again() {
    let mut r = running();
    write(&mut r, WUTR, 1, &at(0));
    // Every two seconds, with interrupt.
    write(&mut r, CR, 1 << 14 | 1 << 10 | 4, &at(0));
    assert_eq!(r.next_event(), Some(2 * SECOND));
    r.advance(&at(2 * SECOND));
    assert!(r.wakes() && !r.alarms());
    write(&mut r, SCR, 4, &at(2 * SECOND));
    assert!(!r.wakes());
    assert_eq!(r.next_event(), Some(4 * SECOND));
}

#[test]
fn an_alarm_raises_its_flag_when_the_calendar_matches() {
    let mut r = running();
    assert_eq!(read(&mut r, ICSR, &at(0)) & 3, 3);
    // Midnight of any day.
    write(&mut r, ALRMAR, 1 << 31, &at(0));
    write(&mut r, CR, 1 << 12 | 1 << 8, &at(0));
    assert_eq!(read(&mut r, ICSR, &at(0)) & 3, 2);
    assert_eq!(r.next_event(), Some(2 * SECOND));
    r.advance(&at(2 * SECOND - 1));
    assert!(!r.alarms());
    r.advance(&at(2 * SECOND));
    assert!(r.alarms() && !r.wakes());
    assert_eq!(read(&mut r, MISR, &at(2 * SECOND)), 1);
    assert_eq!(r.next_event(), Some((2 + 86_400) * SECOND));
}

#[test]
fn an_alarm_without_interrupt_only_shows_its_flag() {
    let mut r = running();
    // Alarm B, each second.
    write(&mut r, 0x48, 0x8080_8080, &at(0));
    write(&mut r, CR, 1 << 9, &at(0));
    r.advance(&at(SECOND));
    assert!(!r.alarms());
    assert_eq!(read(&mut r, SR, &at(SECOND)), 2);
    assert_eq!(read(&mut r, MISR, &at(SECOND)), 0);
}

#[test]
fn the_subseconds_of_an_alarm_have_two_registers() {
    let mut r = running();
    write(&mut r, 0x44, 8 << 24 | 0x12, &at(0));
    write(&mut r, 0x70, 0x0001_0034, &at(0));
    assert_eq!(read(&mut r, 0x44, &at(0)), 8 << 24 | 0x34);
    write(&mut r, 0x44, 0x56, &at(0));
    assert_eq!(read(&mut r, 0x70, &at(0)), 0x0001_0056);
}

#[test]
fn alarms_keep_their_time_when_the_core_clock_changes() {
    let mut r = running();
    write(&mut r, ALRMAR, 1 << 31, &at(0));
    write(&mut r, CR, 1 << 12 | 1 << 8, &at(0));
    let now = SECOND / 2;
    r.rescale(&at(now), 32_000_000);
    assert_eq!(r.next_event(), Some(now + 3 * SECOND));
}

#[test]
fn the_calendar_stands_still_while_it_is_set() {
    let mut r = running();
    write(&mut r, ICSR, INIT, &at(0));
    assert_eq!(read(&mut r, TR, &at(5 * SECOND)), 0x23_5958);
    write(&mut r, ICSR, 0, &at(5 * SECOND));
    assert_eq!(read(&mut r, TR, &at(6 * SECOND)), 0x23_5959);
}

#[test]
fn the_binary_mode_counts_down_from_the_top_and_alarms() {
    const SSR: u32 = 0x08;
    let mut r = running();
    // As ST's timer server does: 1024 ticks per second, all bits compared.
    write(&mut r, ICSR, INIT, &at(0));
    write(&mut r, 0x10, 31 << 16, &at(0));
    write(&mut r, ICSR, INIT | 1 << 8, &at(0));
    write(&mut r, ICSR, 0, &at(0));
    assert_eq!(read(&mut r, ICSR, &at(0)) >> 8 & 3, 1);
    assert_eq!(read(&mut r, SSR, &at(0)), u32::MAX);
    assert_eq!(read(&mut r, SSR, &at(SECOND)), u32::MAX - 1024);
    write(&mut r, 0x44, 32 << 24, &at(SECOND));
    write(&mut r, 0x70, u32::MAX - 1536, &at(SECOND));
    write(&mut r, CR, 1 << 12 | 1 << 8, &at(SECOND));
    assert_eq!(r.next_event(), Some(3 * SECOND / 2));
    // At twice the core clock it takes twice the cycles.
    r.rescale(&at(SECOND), 32_000_000);
    assert_eq!(r.next_event(), Some(2 * SECOND));
}
