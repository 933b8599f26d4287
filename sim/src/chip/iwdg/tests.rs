// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Iwdg;
use crate::chip::access::Access;
use crate::chip::access::testing::{at, read, write};

const KR: u32 = 0x00;
const PR: u32 = 0x04;
const RLR: u32 = 0x08;
const SR: u32 = 0x0c;
const WINR: u32 = 0x10;

/// An access at cycle `now` with the watchdog on the LSI.
fn on_lsi(now: u64) -> Access {
    Access {
        kernel_hz: 32_000,
        ..at(now)
    }
}

/// A running watchdog with a period of 1024 ticks of the LSI divided by 4.
fn running() -> Iwdg {
    let mut w = Iwdg::new();
    write(&mut w, KR, 0xcccc, &on_lsi(0));
    write(&mut w, KR, 0x5555, &on_lsi(0));
    write(&mut w, PR, 0, &on_lsi(0));
    write(&mut w, RLR, 1023, &on_lsi(0));
    write(&mut w, KR, 0xaaaa, &on_lsi(0));
    w
}

/// 4096 periods of the LSI in core cycles.
const PERIOD: u64 = 4096 * 16_000_000 / 32_000;

#[test]
fn it_does_not_run_before_it_is_started() {
    let mut w = Iwdg::new();
    write(&mut w, KR, 0xaaaa, &on_lsi(0));
    assert_eq!(w.deadline(), None);
    write(&mut w, KR, 0xcccc, &on_lsi(0));
    // The longest period: 4096 ticks of the LSI divided by 256.
    assert_eq!(w.deadline(), Some(4096 * 256 * 500));
}

#[test]
fn a_refresh_starts_the_period_again() {
    let mut w = running();
    assert_eq!(w.deadline(), Some(PERIOD));
    write(&mut w, KR, 0xaaaa, &on_lsi(5000));
    assert_eq!(w.deadline(), Some(5000 + PERIOD));
}

#[test]
fn other_keys_refresh_nothing() {
    let mut w = running();
    for key in [0, 0x5555, 0xaaab, 0x1234] {
        write(&mut w, KR, key, &on_lsi(5000));
    }
    assert_eq!(w.deadline(), Some(PERIOD));
}

#[test]
fn settings_change_only_while_unlocked() {
    let mut w = Iwdg::new();
    for (offset, reset) in [(PR, 7), (RLR, 0xfff), (WINR, 0xfff)] {
        assert_eq!(read(&mut w, offset, &on_lsi(0)), reset);
        write(&mut w, offset, 5, &on_lsi(0));
        assert_eq!(read(&mut w, offset, &on_lsi(0)), reset);
        write(&mut w, KR, 0x5555, &on_lsi(0));
        write(&mut w, offset, 5, &on_lsi(0));
        assert_eq!(read(&mut w, offset, &on_lsi(0)), 5);
        // Any other key locks again.
        write(&mut w, KR, 0xaaaa, &on_lsi(0));
    }
    // No update is ever under way.
    assert_eq!(read(&mut w, SR, &on_lsi(0)), 0);
}

#[test]
fn a_refresh_outside_of_the_window_resets_at_once() {
    let mut w = running();
    write(&mut w, KR, 0x5555, &on_lsi(0));
    // Writing the window refreshes the counter, too.
    write(&mut w, WINR, 511, &on_lsi(100));
    assert_eq!(w.deadline(), Some(100 + PERIOD));
    // The counter is at 1023 - 256.
    write(&mut w, KR, 0xaaaa, &on_lsi(100 + PERIOD / 4));
    assert_eq!(w.deadline(), Some(100 + PERIOD / 4));
}

#[test]
fn a_refresh_inside_of_the_window_is_a_refresh() {
    let mut w = running();
    write(&mut w, KR, 0x5555, &on_lsi(0));
    write(&mut w, WINR, 511, &on_lsi(0));
    let late = PERIOD * 3 / 4;
    write(&mut w, KR, 0xaaaa, &on_lsi(late));
    assert_eq!(w.deadline(), Some(late + PERIOD));
}

#[test]
fn the_time_left_survives_a_change_of_the_core_clock() {
    let mut w = running();
    let now = PERIOD / 2;
    w.rescale(&on_lsi(now), 48_000_000);
    assert_eq!(w.deadline(), Some(now + 3 * PERIOD / 2));
}
