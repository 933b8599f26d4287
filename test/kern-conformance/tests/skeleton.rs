// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The complete skeleton of the interface specification runs as it is: the
//! interface, the client crate and the server in `test/gauge-api` and
//! `test/gauge-server`, the calls in `test/gauge-client`.

use sim::{CoreId, Image, Soc, ms};
use test_kern_conformance::build;

const CPU1: CoreId = CoreId::Cpu1;
/// HSEM, see `chips/stm32wl5/chip.toml`.
const GAUGE_IRQ: u8 = 47;
/// What the client leaves for errors.
const ERROR: u32 = 0xFFFF_0000;
const TIMEOUT: u32 = ERROR | 2;

struct Skeleton(Soc);

impl Skeleton {
    fn boot() -> Self {
        let directory = build("skeleton");
        let image = Image::open(directory).unwrap();
        let soc = Soc::builder().cpu1(image).strict(true).build().unwrap();
        Self(soc)
    }

    /// Waits until so many results are there, and returns them.
    fn results(&mut self, count: u32) -> Vec<u32> {
        let steps = |soc: &Soc| soc.read_symbol_u32(CPU1, "GAUGE_STEPS");
        self.0
            .run_until(|soc| steps(soc) == Some(count), ms(200))
            .unwrap_or_else(|stop| {
                panic!("{stop}; steps: {:?}", steps(&self.0))
            });
        let results = self.0.read_symbol(CPU1, "GAUGE_RESULTS").unwrap();
        let words = results.chunks_exact(4);
        let words = words.map(|word| word.try_into().unwrap());
        words.map(u32::from_le_bytes).take(count as usize).collect()
    }

    /// The interrupt happens once the server waits for it.
    fn interrupt(&mut self) {
        self.0.run_for(ms(3)).unwrap();
        self.0.pend_irq(CPU1, GAUGE_IRQ);
    }
}

#[test]
fn the_skeleton_serves_its_client() {
    let mut skeleton = Skeleton::boot();
    assert_eq!(skeleton.results(1), [1], "the table is loaded");
    assert_eq!(skeleton.results(2)[1], TIMEOUT, "no interrupt");

    skeleton.interrupt();
    assert_eq!(skeleton.results(3)[2], 1000, "the first of the table");
    skeleton.interrupt();
    assert_eq!(skeleton.results(4)[3], 1002, "the second, and a bool");

    let [.., written, count, rest] = skeleton.results(7)[..] else {
        panic!("seven results");
    };
    assert_eq!(written, 4, "bytes of a counter");
    assert_eq!(count, 2, "successful samples");
    assert_eq!(rest, 0xFFFF, "what the server has not written");
    assert_eq!(skeleton.0.faults(), []);
}

#[test]
fn the_timeout_of_the_skeleton_is_ten_ticks() {
    let mut skeleton = Skeleton::boot();
    skeleton.results(1);
    let start = skeleton.0.nanos();
    skeleton.results(2);
    let elapsed = skeleton.0.nanos() - start;
    assert!((9_000_000..=11_000_000).contains(&elapsed), "{elapsed} ns");
}
