// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The cases of the kernel's conformance suite.
//!
//! A case is a function named after the fact it shows, in a table of its
//! module. It fails by panicking. Before it runs, all other tasks have been
//! restarted, and the helpers wait for scripts (see `test_kern_api`); it may
//! leave them behind in any state.
//!
//! [`TESTS`] is what debuggers look for, and what the host reads the names of
//! the cases from. [`FINALES`] has those after which there is no system left.
//!
//! All cases together are too large for the flash of the simulated chip. So
//! there are three volumes of them, which are features of this crate.

#![no_std]
#![no_main]

mod cases;
mod interface;

use test_kern_api::runner;
use test_kern_suite::case::{Case, count, join};
use test_kern_suite::world::{HELPERS, RUNNER, quiet_interrupts};

/// The cases.
#[used]
static TESTS: &[Case] = &join::<{ count(cases::ALL) }>(cases::ALL);

/// Cases that end with a reset or a kernel panic, as the host expects.
#[used]
static FINALES: &[Case] = &join::<{ count(cases::LAST) }>(cases::LAST);

#[unsafe(export_name = "main")]
fn main() -> ! {
    // Let all helpers come to the point where they wait for scripts.
    for helper in HELPERS {
        helper.results();
    }
    quiet_interrupts();

    let choice = runner::next(RUNNER.id());
    let cases = if choice.is_last { FINALES } else { TESTS };
    match cases.get(choice.index) {
        Some((_, case)) => case(),
        None => panic!("there is no such case"),
    }
    runner::pass(RUNNER.id())
}
