// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What happens when a rule is broken: it is named.
//!
//! Each case takes a sound archive or dump and breaks one thing in it.

mod archives;
mod dumps;

use debug_check::Rule;
use std::collections::BTreeSet;

/// Rules that no case here can break, and why.
const UNTESTED: [(Rule, &str); 1] = [(
    Rule::D6,
    "it takes a task that panics; there is a test of its own",
)];

#[test]
fn there_is_a_case_for_every_rule() {
    let archives = archives::CASES.iter().map(|case| case.rule);
    let dumps = dumps::CASES.iter().map(|case| case.rule);
    let untested = UNTESTED.iter().map(|(rule, _)| *rule);
    let tested: BTreeSet<_> = archives.chain(dumps).chain(untested).collect();
    let all: BTreeSet<_> = Rule::ALL.iter().copied().collect();
    assert_eq!(all, tested);
}
