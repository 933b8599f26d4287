// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The supervisor: restarts, the system state, and a debugger's requests.

use sim::{Soc, ms};
use test_sys_services::{CLIENT, HIFFY, JEFE, NUM_TASKS, boot, get, said, set};

/// Requests of a debugger.
const START: u32 = 1;
const HOLD: u32 = 2;
const RELEASE: u32 = 3;
const FAULT: u32 = 4;

/// Ticks at which the client has started.
fn starts(soc: &Soc) -> Vec<u64> {
    let starts = said(soc, "started at ").into_iter();
    starts.map(|tick| tick.parse().unwrap()).collect()
}

/// How often each task has faulted, and when, as the client was told.
fn faults(soc: &Soc) -> Vec<(Vec<u32>, u64)> {
    said(soc, "faults [")
        .into_iter()
        .map(|line| {
            let (counts, tick) = line.split_once("] at ").unwrap();
            let counts = counts.split(", ").map(|n| n.parse().unwrap());
            (counts.collect(), tick.parse().unwrap())
        })
        .collect()
}

/// Makes a request and waits until it is served. Returns whether it was
/// carried out.
fn request(soc: &mut Soc, request: u32, task: u32) -> bool {
    let done = get(soc, "JEFE_EXTERNAL_REQUESTS");
    let failed = get(soc, "JEFE_EXTERNAL_ERRORS");
    soc.run_until(|soc| get(soc, "JEFE_EXTERNAL_READY") == 1, ms(1))
        .expect("ready for a request");

    set(soc, "JEFE_EXTERNAL_REQUEST", request);
    set(soc, "JEFE_EXTERNAL_TASKINDEX", task);
    set(soc, "JEFE_EXTERNAL_KICK", 1);
    soc.run_until(
        |soc| {
            get(soc, "JEFE_EXTERNAL_REQUESTS") != done
                || get(soc, "JEFE_EXTERNAL_ERRORS") != failed
        },
        ms(110),
    )
    .expect("served within 100 ticks");

    assert_eq!(get(soc, "JEFE_EXTERNAL_KICK"), 0);
    get(soc, "JEFE_EXTERNAL_REQUESTS") != done
}

#[test]
fn a_task_that_panics_early_is_restarted_49_ticks_after_its_start() {
    let mut soc = boot();
    soc.uart_type("p");
    soc.run_for(ms(100)).unwrap();
    let starts = starts(&soc);
    assert_eq!(starts.len(), 2);
    assert_eq!(starts[1] - starts[0], 49);
}

#[test]
fn a_task_that_ran_for_long_is_restarted_after_the_notice_time() {
    let mut soc = boot();
    soc.run_for(ms(200)).unwrap();
    // The client cannot be told of this one: it is down. But it can tell when
    // it is up again.
    assert!(request(&mut soc, FAULT, CLIENT));
    let fault = soc.nanos();
    soc.run_until(|soc| starts(soc).len() == 2, ms(20)).unwrap();
    let down_ms = (soc.nanos() - fault) / 1_000_000;
    // 5 ticks, and what the console takes for the line.
    assert!((4..=8).contains(&down_ms), "down for {down_ms} ms");
}

#[test]
fn faults_are_counted_and_told_before_the_restart() {
    let mut soc = boot();
    soc.run_for(ms(200)).unwrap();
    for count in 1..=3 {
        assert!(request(&mut soc, FAULT, HIFFY));
        soc.run_for(ms(60)).unwrap();
        let told = faults(&soc);
        assert_eq!(told.len(), count as usize);
        assert_eq!(told.last().unwrap().0, [0, 0, 0, count, 0]);
    }
    soc.run_until(|soc| get(soc, "HIFFY_READY") == 1, ms(1))
        .expect("hiffy runs again");
}

#[test]
fn a_restart_that_a_task_asks_for_is_immediate_and_no_fault() {
    let mut soc = boot();
    soc.uart_type("r");
    soc.run_for(ms(20)).unwrap();
    assert_eq!(starts(&soc).len(), 2);
    assert!(faults(&soc).is_empty());
}

#[test]
fn a_change_of_state_is_told_and_setting_it_again_is_not() {
    let mut soc = boot();
    soc.uart_type("s");
    soc.run_for(ms(5)).unwrap();
    assert_eq!(said(&soc, "state "), ["1"]);
    soc.uart_type("S");
    soc.run_for(ms(5)).unwrap();
    assert_eq!(said(&soc, "state "), ["1"]);
}

#[test]
fn dumps_are_not_supported() {
    let soc = boot();
    assert_eq!(said(&soc, "dump "), ["Err(DumpAgentUnsupported)"]);
}

#[test]
fn requests_about_the_supervisor_or_no_task_or_unknown_ones_are_errors() {
    let mut soc = boot();
    for (number, task) in [
        (FAULT, JEFE),
        (START, JEFE),
        (FAULT, NUM_TASKS),
        (FAULT, u32::MAX),
        (5, CLIENT),
    ] {
        assert!(!request(&mut soc, number, task), "{number} of {task}");
    }
    assert!(faults(&soc).is_empty());
    assert_eq!(starts(&soc).len(), 1);
}

#[test]
fn a_task_to_hold_stays_down_until_it_is_started() {
    let mut soc = boot();
    assert!(request(&mut soc, HOLD, CLIENT));
    assert!(request(&mut soc, FAULT, CLIENT));
    soc.run_for(ms(500)).unwrap();
    assert_eq!(starts(&soc).len(), 1);

    assert!(request(&mut soc, START, CLIENT));
    soc.run_for(ms(30)).unwrap();
    assert_eq!(starts(&soc).len(), 2);

    // It is still one to hold.
    assert!(request(&mut soc, FAULT, CLIENT));
    soc.run_for(ms(500)).unwrap();
    assert_eq!(starts(&soc).len(), 2);
}

#[test]
fn a_task_that_is_released_is_started_and_restarted_from_then_on() {
    let mut soc = boot();
    assert!(request(&mut soc, HOLD, CLIENT));
    assert!(request(&mut soc, FAULT, CLIENT));
    assert!(request(&mut soc, RELEASE, CLIENT));
    soc.run_for(ms(30)).unwrap();
    assert_eq!(starts(&soc).len(), 2);

    assert!(request(&mut soc, FAULT, CLIENT));
    soc.run_for(ms(100)).unwrap();
    assert_eq!(starts(&soc).len(), 3);
}
