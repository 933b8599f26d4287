// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Wwdg;
use crate::chip::access::testing::{at, read, write};

const CR: u32 = 0x00;
const CFR: u32 = 0x04;
const SR: u32 = 0x08;
const WDGA: u32 = 1 << 7;
const EWI: u32 = 1 << 9;

/// Cycles per count.
const COUNT: u64 = 4096;

/// A watchdog that is going to count from 0x50 and that may be refreshed
/// below 0x48.
fn running() -> Wwdg {
    let mut w = Wwdg::new();
    write(&mut w, CFR, EWI | 0x47, &at(0));
    write(&mut w, CR, WDGA | 0x50, &at(0));
    w
}

#[test]
fn it_warns_and_then_resets() {
    let mut w = running();
    let warning = 0x10 * COUNT;
    assert_eq!(w.next_event(), Some(warning));
    assert!(!w.advance(warning));
    assert!(w.irq());
    assert_eq!(read(&mut w, SR, &at(warning)), 1);
    assert_eq!(w.next_event(), Some(warning + COUNT));
    assert!(!w.advance(warning + COUNT - 1));
    assert!(w.advance(warning + COUNT));
}

#[test]
fn the_counter_can_be_read() {
    let mut w = running();
    assert_eq!(read(&mut w, CR, &at(5 * COUNT)), WDGA | 0x4b);
}

#[test]
fn a_refresh_in_the_window_starts_again() {
    let mut w = running();
    let now = 9 * COUNT;
    write(&mut w, CR, WDGA | 0x50, &at(now));
    assert!(!w.advance(now));
    assert_eq!(w.next_event(), Some(now + 0x10 * COUNT));
}

#[test]
fn a_refresh_before_the_window_resets_at_once() {
    let mut w = running();
    write(&mut w, CR, WDGA | 0x50, &at(8 * COUNT));
    assert!(w.advance(8 * COUNT));
}

#[test]
fn a_count_below_its_last_resets_at_once() {
    let mut w = running();
    write(&mut w, CR, WDGA | 0x3f, &at(9 * COUNT));
    assert!(w.advance(9 * COUNT));
}

#[test]
fn it_cannot_be_stopped() {
    let mut w = running();
    write(&mut w, CR, 0x50, &at(9 * COUNT));
    assert_eq!(read(&mut w, CR, &at(9 * COUNT)) & WDGA, WDGA);
    assert!(w.next_event().is_some());
}

#[test]
fn the_prescaler_stretches_the_counts() {
    let mut w = Wwdg::new();
    write(&mut w, CFR, 3 << 11 | 0x7f, &at(0));
    write(&mut w, CR, WDGA | 0x41, &at(0));
    assert_eq!(w.next_event(), Some(8 * COUNT));
    assert!(!w.irq());
}
