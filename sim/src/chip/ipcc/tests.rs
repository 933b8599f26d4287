// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The block against a model that keeps one boolean per channel and
//! direction, written from the register description alone.

use super::{FlagCounts, Ipcc};
use crate::chip::access::testing::{at, read, write};
use crate::chip::access::{Block, Write};
use crate::core_id::CoreId;
use proptest::prelude::*;

/// What software may do.
#[derive(Clone, Debug)]
enum Step {
    Cr(CoreId, u32),
    Mr(CoreId, u32),
    Scr(CoreId, u32),
    /// A write to a read-only register.
    Status(CoreId, u32),
    Reset,
}

fn core() -> impl Strategy<Value = CoreId> {
    prop::sample::select(CoreId::ALL.to_vec())
}

fn step() -> impl Strategy<Value = Step> {
    let bits = prop_oneof![any::<u32>(), (0..32u32).prop_map(|n| 1 << n)];
    prop_oneof![
        4 => (core(), any::<u32>()).prop_map(|(c, v)| Step::Cr(c, v)),
        6 => (core(), bits.clone()).prop_map(|(c, v)| Step::Mr(c, v)),
        9 => (core(), bits).prop_map(|(c, v)| Step::Scr(c, v)),
        1 => (core(), any::<u32>()).prop_map(|(c, v)| Step::Status(c, v)),
        1 => Just(Step::Reset),
    ]
}

/// Six channels as the manual tells their story.
#[derive(Default)]
struct Model {
    /// `occupied[sender][channel]`.
    occupied: [[bool; 6]; 2],
    /// Enables of "RX occupied" and "TX free" per core.
    enabled: [[bool; 2]; 2],
    /// Unmasked channels per core and kind.
    unmasked: [[[bool; 6]; 2]; 2],
}

impl Model {
    fn apply(&mut self, step: &Step) {
        let bit = |v: u32, n: usize| v >> n & 1 == 1;
        match *step {
            Step::Cr(c, v) => {
                self.enabled[c.index()] = [bit(v, 0), bit(v, 16)];
            }
            Step::Mr(c, v) => {
                for n in 0..6 {
                    self.unmasked[c.index()][0][n] = !bit(v, n);
                    self.unmasked[c.index()][1][n] = !bit(v, 16 + n);
                }
            }
            Step::Scr(c, v) => {
                for n in 0..6 {
                    if bit(v, n) {
                        self.occupied[c.other().index()][n] = false;
                    }
                    if bit(v, 16 + n) {
                        self.occupied[c.index()][n] = true;
                    }
                }
            }
            Step::Status(..) => {}
            Step::Reset => *self = Model::default(),
        }
    }

    fn rx(&self, c: CoreId) -> bool {
        (0..6).any(|n| {
            self.enabled[c.index()][0]
                && self.unmasked[c.index()][0][n]
                && self.occupied[c.other().index()][n]
        })
    }

    fn tx(&self, c: CoreId) -> bool {
        (0..6).any(|n| {
            self.enabled[c.index()][1]
                && self.unmasked[c.index()][1][n]
                && !self.occupied[c.index()][n]
        })
    }

    fn status(&self, sender: CoreId) -> u32 {
        (0..6)
            .filter(|&n| self.occupied[sender.index()][n])
            .map(|n| 1 << n)
            .sum()
    }
}

/// Base of a core's half.
fn half(core: CoreId) -> u32 {
    0x10 * core.index() as u32
}

fn apply(ipcc: &mut Ipcc, step: &Step) {
    let (offset, value) = match *step {
        Step::Cr(c, v) => (half(c), v),
        Step::Mr(c, v) => (half(c) + 4, v),
        Step::Scr(c, v) => (half(c) + 8, v),
        Step::Status(c, v) => (half(c) + 12, v),
        Step::Reset => return ipcc.reset(),
    };
    write(ipcc, offset, value, &at(0));
}

proptest! {
    #[test]
    fn any_sequence_of_writes_agrees_with_the_description(
        steps in prop::collection::vec(step(), 0..60)
    ) {
        let (mut ipcc, mut model) = (Ipcc::new(), Model::default());
        for step in &steps {
            apply(&mut ipcc, step);
            model.apply(step);
            for core in CoreId::ALL {
                let lines = ipcc.lines(core);
                prop_assert_eq!(lines.rx_occupied, model.rx(core));
                prop_assert_eq!(lines.tx_free, model.tx(core));
                let status = read(&mut ipcc, half(core) + 12, &at(0));
                prop_assert_eq!(status, model.status(core));
                prop_assert_eq!(read(&mut ipcc, half(core) + 8, &at(0)), 0);
            }
        }
    }
}

#[test]
fn registers_come_up_with_the_values_of_the_manual() {
    let mut ipcc = Ipcc::new();
    for (offset, value) in [
        (0x00, 0),
        (0x04, 0xffff_ffff),
        (0x08, 0),
        (0x0c, 0),
        (0x10, 0),
        (0x14, 0xffff_ffff),
        (0x18, 0),
        (0x1c, 0),
        (0x3f0, 6),
        (0x3f4, 0x10),
        (0x3f8, 0x0010_0071),
        (0x3fc, 0xa3c5_dd01),
    ] {
        assert_eq!(read(&mut ipcc, offset, &at(0)), value, "{offset:#x}");
    }
    assert_eq!(ipcc.read(0x20, &at(0)), None);
}

#[test]
fn an_idle_channel_interrupts_as_soon_as_it_is_unmasked() {
    let mut ipcc = Ipcc::new();
    write(&mut ipcc, 0x00, 1 << 16, &at(0));
    assert!(!ipcc.lines(CoreId::Cpu1).tx_free);
    write(&mut ipcc, 0x04, !(1 << 16), &at(0));
    assert!(ipcc.lines(CoreId::Cpu1).tx_free);
    write(&mut ipcc, 0x08, 1 << 16, &at(0));
    assert!(!ipcc.lines(CoreId::Cpu1).tx_free);
}

#[test]
fn a_narrow_store_reaches_half_of_a_register() {
    let mut ipcc = Ipcc::new();
    ipcc.write(0x08, Write::new(0x0a, 2, 1), &at(0)).unwrap();
    assert_eq!(read(&mut ipcc, 0x0c, &at(0)), 1);
    ipcc.write(0x04, Write::new(0x04, 2, 0xffc0), &at(0))
        .unwrap();
    assert_eq!(read(&mut ipcc, 0x04, &at(0)), 0xffff_ffc0);
}

#[test]
fn only_changes_of_a_flag_are_counted() {
    let mut ipcc = Ipcc::new();
    for _ in 0..3 {
        write(&mut ipcc, 0x08, 1 << 17, &at(0));
    }
    write(&mut ipcc, 0x18, 0x3f, &at(0));
    assert_eq!(
        ipcc.counts(CoreId::Cpu1),
        FlagCounts {
            set: [0, 1, 0, 0, 0, 0],
            cleared: [0, 1, 0, 0, 0, 0],
        }
    );
}
