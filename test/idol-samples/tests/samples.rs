// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Servers as an author elsewhere would write them, and clients that call them.

use dump::Watched;
use sim::{CoreId, Image, Soc, Stop, ms};
use test_images::folder;

const CPU1: CoreId = CoreId::Cpu1;

/// The interrupt that the gauge waits for.
const HSEM_LINE: u8 = 47;

/// The stage of the caller at which a gauge waits for its interrupt, and the
/// one after the last; see `test/idol-samples-client`.
const INTERRUPT_STAGE: u32 = 2;
const END: u32 = 8;

/// Reads a variable of a task.
fn get(soc: &Soc, task: &str, name: &str) -> u32 {
    let symbol = soc.image(CPU1).symbol(task, name).expect("the variable");
    soc.read_u32(symbol.addr).expect("memory")
}

/// Runs until the caller has come to `stage`.
fn run_to(soc: &mut Soc, stage: u32) -> Result<u64, Stop> {
    soc.run_until(|soc| get(soc, "caller", "STAGE") == stage, ms(1000))
}

#[test]
fn servers_written_for_the_specification_serve() {
    let folder = folder("test-idol-samples", "test/idol-samples/app.toml");
    let image = Image::open(folder).expect("a usable image");
    let soc = Soc::builder()
        .cpu1(image)
        .strict(true)
        .build()
        .expect("an image for this chip");
    let mut soc = Watched::new(soc);

    run_to(&mut soc, INTERRUPT_STAGE).expect("the first stages");
    soc.pend_irq(CPU1, HSEM_LINE);
    let result = run_to(&mut soc, END);
    let stage = get(&soc, "caller", "STAGE");
    assert!(result.is_ok(), "{result:?} at stage {stage} of {END}");

    // What went through the pipe: [1, 0], then [0xFF; 4], then nothing.
    assert_eq!(get(&soc, "taker", "TAKEN"), 1 ^ 0xFFFF_FFFF);
    assert_eq!(soc.faults(), []);
}
