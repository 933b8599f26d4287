// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Cases can be run in the way of `humility test`: through the memory of the
//! task `hiffy`, one after the other in one session.

use sim::{CoreId, Image, Soc, ms};
use test_kern_conformance::{Table, Tables, build};

const CPU1: CoreId = CoreId::Cpu1;

/// A program for hiffy: function 0 with the index of a case.
fn run_test(index: u16) -> Vec<u8> {
    const PUSH16: u8 = 0x05;
    const CALL: u8 = 0x01;
    const DONE: u8 = 0x14;
    let [low, high] = index.to_le_bytes();
    vec![PUSH16, low, high, CALL, 0, DONE]
}

struct Debugger(Soc);

impl Debugger {
    fn get(&self, symbol: &str) -> u32 {
        let value = self.0.read_symbol_u32(CPU1, symbol);
        value.unwrap_or_else(|| panic!("no symbol {symbol}"))
    }

    /// Runs a case; returns whether it has passed.
    fn run(&mut self, index: u16) -> bool {
        let is_ready =
            |soc: &Soc| soc.read_symbol_u32(CPU1, "HIFFY_READY") == Some(1);
        self.0.run_until(is_ready, ms(100)).expect("hiffy is ready");
        let done = self.get("HIFFY_REQUESTS");
        let text = self.0.symbol(CPU1, "HIFFY_TEXT").unwrap();
        assert!(self.0.write_memory(text, &run_test(index)));
        let kick = self.0.symbol(CPU1, "HIFFY_KICK").unwrap();
        assert!(self.0.write_u32(kick, 1));
        let end = self.0.run_until(
            |soc| soc.read_symbol_u32(CPU1, "HIFFY_REQUESTS") != Some(done),
            ms(5_000),
        );
        end.unwrap_or_else(|stop| panic!("case {index}: {stop}"));
        assert_eq!(self.get("HIFFY_ERRORS"), 0);
        let results = self.0.read_symbol(CPU1, "HIFFY_RSTACK").unwrap();
        // Success, one byte of it; the end.
        assert_eq!((&results[..2], results[3]), (&[0, 1][..], 2));
        results[2] == 1
    }
}

#[test]
fn a_debugger_can_run_the_suite() {
    let directory = build("m4-system");
    let cases = Tables::read(&directory).unwrap().cases;
    let image = Image::open(&directory).unwrap();
    let soc = Soc::builder().cpu1(image).build().unwrap();
    let mut debugger = Debugger(soc);

    let cases = cases.iter().filter(|case| case.table == Table::Tests);
    let mut failed = Vec::new();
    let mut last = 0;
    for case in cases {
        last = case.index;
        if !debugger.run(case.index as u16) {
            failed.push(&case.name);
        }
    }
    assert_eq!(failed, [] as [&String; 0]);
    assert!(last > 100, "cases are missing");

    let out_of_range = last as u16 + 1;
    assert!(!debugger.run(out_of_range), "it cannot just say so");
    assert!(debugger.run(0), "it goes on");
}
