// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the build tool makes of an application file, seen from inside the
//! image of `test/build-features`.

use sim::{CoreId, Image, Soc, ms};
use system_tests::image;

/// The facts that the task reports, in the order of their bits.
const FACTS: [&str; 8] = [
    "initialised statics have their values",
    "zeroed statics are zero",
    "a section is in the memory it was given",
    "an external region has symbols and an environment variable",
    "the other images have symbols",
    "the task knows which image it is in",
    "a program was built before the task, and its path handed on",
    "a task that may read the caboose finds it",
];

fn boot(name: &str) -> Soc {
    let image: Image = image(name);
    let mut soc = Soc::boot(image).unwrap();
    soc.run_for(ms(20)).unwrap();
    assert_eq!(soc.faults(), []);
    soc
}

/// A variable of one of the two tasks of the same program.
fn word(soc: &Soc, task: &str, variable: &str) -> u32 {
    let image = soc.image(CoreId::Cpu1);
    let symbol = image.symbol(task, variable).unwrap();
    soc.read_u32(symbol.addr).unwrap()
}

fn assert_facts(name: &str, task: &str) {
    let found = word(&boot(name), task, "FOUND");
    for (bit, fact) in FACTS.iter().enumerate() {
        assert!(found >> bit & 1 != 0, "{name}, {task}: {fact}");
    }
}

#[test]
fn the_application_file_is_carried_out() {
    assert_facts("build-features", "one");
}

#[test]
fn a_second_task_of_the_same_package_is_built_for_itself() {
    assert_facts("build-features", "two");
    let soc = boot("build-features");
    assert_eq!(word(&soc, "one", "SELF_INDEX"), 1);
    assert_eq!(word(&soc, "two", "SELF_INDEX"), 2);
}
