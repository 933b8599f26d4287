// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Calls through hiffy, made as the debugger makes them: by reading and writing
//! memory.

use sim::{Soc, ms};
use test_sys_services::{CPU1, JEFE, NUM_TASKS, SYS, boot, get, said, set};

const CALL: u8 = 0x01;
const PUSH: u8 = 0x04;
const DROP_N: u8 = 0x03;
const DONE: u8 = 0x14;

/// Numbers of the functions.
const SLEEP: u8 = 0;
const SEND: u8 = 1;
const SEND_LEASE_READ: u8 = 2;
const SEND_LEASE_WRITE: u8 = 3;

/// Operations of the servers.
const ENABLE_CLOCK_RAW: u8 = 1;
const READ_UID: u8 = 9;
const GET_STATE: u8 = 1;
const GET_RESET_REASON: u8 = 4;
const SET_RESET_REASON: u8 = 5;
const READ_FAULT_COUNTS: u8 = 13;

/// Pushes bytes and calls a function.
fn call(function: u8, values: &[u8]) -> Vec<u8> {
    let pushes = values.iter().flat_map(|value| [PUSH, *value]);
    pushes.chain([CALL, function]).collect()
}

/// Has a program carried out, and returns its results.
fn run(soc: &mut Soc, program: &[u8]) -> Result<Vec<u8>, ()> {
    soc.run_until(|soc| get(soc, "HIFFY_READY") == 1, ms(10))
        .expect("hiffy gets ready");
    let requests = get(soc, "HIFFY_REQUESTS");
    let errors = get(soc, "HIFFY_ERRORS");

    let text = soc.symbol(CPU1, "HIFFY_TEXT").unwrap();
    assert!(soc.write_memory(text, program));
    set(soc, "HIFFY_KICK", 1);
    soc.run_until(
        |soc| {
            get(soc, "HIFFY_REQUESTS") != requests
                || get(soc, "HIFFY_ERRORS") != errors
        },
        ms(400),
    )
    .expect("hiffy looks at least every 250 ms");

    assert_eq!(get(soc, "HIFFY_KICK"), 0);
    if get(soc, "HIFFY_ERRORS") == errors {
        Ok(soc.read_symbol(CPU1, "HIFFY_RSTACK").unwrap())
    } else {
        Err(())
    }
}

#[test]
fn the_version_is_what_debuggers_expect() {
    let soc = boot();
    assert_eq!(get(&soc, "HIFFY_VERSION_MAJOR"), 0);
    assert_eq!(get(&soc, "HIFFY_VERSION_MINOR"), 3);
    assert_eq!(get(&soc, "HIFFY_VERSION_PATCH"), 1);
}

#[test]
fn a_reply_is_returned_in_full() {
    let mut soc = boot();
    let mut program = call(SEND, &[SYS as u8, READ_UID, 0, 12]);
    program.push(DONE);

    let results = run(&mut soc, &program).unwrap();

    // See the simulator's system memory.
    assert_eq!(results[..2], [0, 12]);
    assert_eq!(results[2..14], *b"\x2A\0\x17\0\x06HW5500 ");
    assert_eq!(results[14], 2);
}

#[test]
fn an_error_code_is_a_result_and_the_program_goes_on() {
    let mut soc = boot();
    let no_such = [SYS as u8, ENABLE_CLOCK_RAW, 0xE0, 3, 0, 0, 4, 0];
    let mut program = call(SEND, &no_such);
    program.extend([DROP_N, no_such.len() as u8]);
    program.extend(call(SEND, &[JEFE as u8, GET_STATE, 0, 4]));
    program.push(DONE);

    let results = run(&mut soc, &program).unwrap();

    assert_eq!(results[..5], [1, 1, 0, 0, 0]);
    assert_eq!(results[5..12], [0, 4, 0, 0, 0, 0, 2]);
}

#[test]
fn what_the_server_writes_to_a_lease_is_returned() {
    let mut soc = boot();
    let size = 4 * NUM_TASKS as u8;
    let mut program = call(
        SEND_LEASE_WRITE,
        &[JEFE as u8, READ_FAULT_COUNTS, 0, 0, size],
    );
    program.push(DONE);

    let results = run(&mut soc, &program).unwrap();

    assert_eq!(results[..2], [0, size]);
    assert!(results[2..22].iter().all(|byte| *byte == 0), "no faults");
    assert_eq!(results[22], 2);
}

#[test]
fn a_read_lease_longer_than_the_data_is_refused() {
    let mut soc = boot();
    let mut program = call(SEND_LEASE_READ, &[JEFE as u8, GET_STATE, 0, 4]);
    // Push16 2049
    let length = [0x05, 0x01, 0x08];
    let call_at = program.len() - 2;
    program.splice(call_at..call_at, length);
    program.push(DONE);
    assert_eq!(run(&mut soc, &program), Err(()));
}

#[test]
fn a_call_to_no_task_is_refused() {
    let mut soc = boot();
    let mut program = call(SEND, &[NUM_TASKS as u8, 1, 0, 0]);
    program.push(DONE);
    assert_eq!(run(&mut soc, &program), Err(()));
}

/// Has a program carried out that gets hiffy killed, and waits for its restart.
fn run_to_death(soc: &mut Soc, program: &[u8]) {
    soc.run_until(|soc| get(soc, "HIFFY_READY") == 1, ms(10))
        .expect("hiffy gets ready");
    let text = soc.symbol(CPU1, "HIFFY_TEXT").unwrap();
    assert!(soc.write_memory(text, program));
    set(soc, "HIFFY_KICK", 1);
    let deaths = said(soc, "faults [").len();
    soc.run_until(|soc| said(soc, "faults [").len() > deaths, ms(400))
        .expect("the fault is told");
    soc.run_until(|soc| get(soc, "HIFFY_READY") == 1, ms(100))
        .expect("hiffy starts again");
}

#[test]
fn an_operation_that_the_server_does_not_have_is_hiffys_fault() {
    let mut soc = boot();
    let mut program = call(SEND, &[JEFE as u8, 99, 0, 0]);
    program.push(DONE);
    run_to_death(&mut soc, &program);

    let mut program = call(SEND, &[JEFE as u8, GET_STATE, 0, 4]);
    program.push(DONE);
    let results = run(&mut soc, &program).unwrap();
    assert_eq!(results[..2], [0, 4]);
}

#[test]
fn only_the_sys_task_may_tell_the_cause_of_the_reset() {
    let mut soc = boot();
    let pin = 1;
    let mut program = call(SEND, &[JEFE as u8, SET_RESET_REASON, pin, 1, 0]);
    program.push(DONE);
    run_to_death(&mut soc, &program);

    let mut program = call(SEND, &[JEFE as u8, GET_RESET_REASON, 0, 8]);
    program.push(DONE);
    let results = run(&mut soc, &program).unwrap();
    let power_on = 0;
    assert_eq!(results[..3], [0, 8, power_on]);
}

#[test]
fn sleep_takes_at_least_the_time_asked_for_and_at_most_100_ms() {
    let mut soc = boot();
    let mut program = call(SLEEP, &[100]);
    program.push(DONE);
    let before = soc.nanos();
    let results = run(&mut soc, &program).unwrap();
    assert!(soc.nanos() - before >= 100_000_000);
    assert_eq!(results[..3], [0, 0, 2]);

    for time in [0, 101] {
        let mut program = call(SLEEP, &[time]);
        program.push(DONE);
        assert_eq!(run(&mut soc, &program), Err(()), "{time} ms");
    }
}

#[test]
fn text_that_makes_no_sense_is_an_error() {
    let mut soc = boot();
    assert_eq!(run(&mut soc, &[0xFF]), Err(()));
}
