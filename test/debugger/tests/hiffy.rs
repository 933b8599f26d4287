// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Calls to servers of a live target, made as the debugger makes them: it knows
//! the operations by the interface that the server's program carries, and
//! `hiffy` by the names of its variables.

use idol::syntax::Interface;
use ipcc_channel::{ChannelStatus, Flags};
use sim::{ms, us};
use test_debugger::tamper::Members;
use test_debugger::{Build, Rig};
use zerocopy::FromBytes;

/// Operations of the language (F.6).
const CALL: u8 = 0x01;
const DROP_N: u8 = 0x03;
const PUSH: u8 = 0x04;
const PUSH16: u8 = 0x05;
const PUSH32: u8 = 0x06;
const DONE: u8 = 0x14;

/// The numbers of the functions, by their places in the declaration.
const SEND: u8 = 1;
const SEND_LEASE_READ: u8 = 2;

/// The debugger's side of `hiffy`.
struct Debugger {
    rig: Rig,
    archive: Members,
}

/// The results of a program, call by call.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Success(Vec<u8>),
    Error(u32),
}

use Outcome::{Error, Success};

impl Debugger {
    fn attach() -> Self {
        Self {
            rig: Build::V7m.boot(),
            archive: Members::unpack(&Build::V7m.archive()),
        }
    }

    /// The interface of a server.
    fn interface(&mut self, task: &str) -> Interface {
        let elf = self.archive.elf(&format!("elf/task/{task}"));
        let text = elf.bytes[elf.section(".idolatry")].to_vec();
        let text = String::from_utf8(text).unwrap();
        text.parse().unwrap_or_else(|e| panic!("{task}: {e}"))
    }

    /// What to push for a call: task, number of the operation, arguments, and
    /// the lengths of arguments and reply.
    fn message(
        &mut self,
        task: &str,
        operation: &str,
        arguments: &[u8],
        reply: u32,
    ) -> Vec<u32> {
        let interface = self.interface(task);
        let mut names = interface.ops.keys();
        let index = names.position(|name| name.to_string() == operation);
        let code = 1 + index.expect("an operation of that name") as u32;
        let mut values = vec![self.rig.index(task), code];
        values.extend(arguments.iter().copied().map(u32::from));
        values.extend([arguments.len() as u32, reply]);
        values
    }

    /// Has a program carried out. `Err` is the failure, in words.
    fn run(&mut self, program: &[u8]) -> Result<Vec<Outcome>, String> {
        let rig = &mut self.rig;
        let [ready, requests, errors] =
            ["HIFFY_READY", "HIFFY_REQUESTS", "HIFFY_ERRORS"]
                .map(|name| rig.address("hiffy", name));
        // It says so shortly before it is.
        let is_ready = |soc: &sim::Soc| soc.read_u32(ready) == Some(1);
        rig.soc.run_until(is_ready, ms(300)).expect("it gets ready");
        rig.soc.run_for(us(200)).unwrap();
        let state = rig.state("hiffy");
        assert!(state.starts_with("notif: "), "it is not blocked: {state}");

        let text = rig.address("hiffy", "HIFFY_TEXT");
        assert!(rig.soc.write_memory(text, program));
        let before = [requests, errors].map(|at| rig.soc.read_u32(at));
        rig.set("hiffy", "HIFFY_KICK", 1);
        let has_counted = |soc: &sim::Soc| {
            [requests, errors].map(|at| soc.read_u32(at)) != before
        };
        rig.soc.run_until(has_counted, ms(400)).expect("it counts");
        if rig.soc.read_u32(errors) != before[1] {
            let failure = rig.report().variable("hiffy", "HIFFY_FAILURE");
            return Err(failure.expect("a failure").to_string());
        }
        let results = rig.address("hiffy", "HIFFY_RSTACK");
        Ok(decode(&rig.soc.read_memory(results, 2048).unwrap()))
    }

    fn call(
        &mut self,
        function: u8,
        values: &[u32],
    ) -> Result<Outcome, String> {
        let mut program = push(values);
        program.extend([CALL, function, DONE]);
        let mut outcomes = self.run(&program)?;
        assert_eq!(outcomes.len(), 1);
        Ok(outcomes.remove(0))
    }
}

/// Pushes values with the shortest operation for each.
fn push(values: &[u32]) -> Vec<u8> {
    let mut program = Vec::new();
    for value in values {
        match *value {
            0..=0xff => program.extend([PUSH, *value as u8]),
            0x100..=0xffff => {
                program.push(PUSH16);
                program.extend((*value as u16).to_le_bytes());
            }
            _ => {
                program.push(PUSH32);
                program.extend(value.to_le_bytes());
            }
        }
    }
    program
}

fn decode(mut bytes: &[u8]) -> Vec<Outcome> {
    let mut take = |len: usize| {
        let (taken, rest) = bytes.split_at(len);
        bytes = rest;
        taken
    };
    let mut outcomes = Vec::new();
    loop {
        match take(1) {
            [0] => {
                let (mut len, mut shift) = (0, 0);
                loop {
                    let byte = usize::from(take(1)[0]);
                    len |= (byte & 0x7f) << shift;
                    shift += 7;
                    if byte & 0x80 == 0 {
                        break;
                    }
                }
                outcomes.push(Success(take(len).into()));
            }
            [1] => {
                let code = take(4).first_chunk().unwrap();
                outcomes.push(Error(u32::from_le_bytes(*code)));
            }
            [2] => return outcomes,
            other => panic!("{other:?} is no mark"),
        }
    }
}

#[test]
fn the_status_of_a_channel_can_be_asked_for() {
    let mut debugger = Debugger::attach();
    let size = size_of::<ChannelStatus>() as u32;
    let status = debugger.message("ipcc", "status", &[2], size);
    let answer = debugger.call(SEND, &status).unwrap();

    let Success(bytes) = answer else {
        panic!("{answer:?}");
    };
    let status = ChannelStatus::read_from_bytes(&bytes).unwrap();
    assert_eq!((status.number, status.opens), (2, 1));
    assert_eq!(status.readers, 1, "ping waits for an answer");
    assert_eq!(status.statistics.tx_bytes, 4);
    assert!(status.flags.contains(Flags::TX_OCCUPIED));

    // Nothing in the interface says so, but the channel does not exist.
    let status = debugger.message("ipcc", "status", &[9], size);
    let answer = debugger.call(SEND, &status).unwrap();
    assert!(matches!(answer, Error(1..0xff)), "{answer:?}");
}

#[test]
fn one_program_may_make_several_calls() {
    let mut debugger = Debugger::attach();
    let port_a = 0;
    let pins = debugger.message("sys", "gpio_read_input", &[port_a], 2);
    let state = debugger.message("jefe", "get_state", &[], 4);
    let peripheral = 0x3e0_u32.to_le_bytes();
    let clock = debugger.message("sys", "enable_clock_raw", &peripheral, 0);
    let mut program = Vec::new();
    for values in [&pins, &state, &clock] {
        program.extend(push(values));
        program.extend([CALL, SEND, DROP_N, values.len() as u8]);
    }
    program.push(DONE);

    let outcomes = debugger.run(&program).unwrap();
    // The pins of the debug port are pulled up.
    assert_eq!(outcomes[0], Success(vec![0, 0xa0]));
    assert_eq!(outcomes[1], Success(vec![0; 4]));
    // There is no such peripheral.
    assert_eq!(outcomes[2], Error(1));
}

#[test]
fn a_server_that_dies_is_told_by_its_next_generation() {
    let mut debugger = Debugger::attach();
    // In this image the task may not read the memory with the identifier.
    let uid = debugger.message("sys", "read_uid", &[], 12);
    assert_eq!(debugger.call(SEND, &uid), Ok(Error(0xffff_ff01)));
    let report = debugger.rig.report();
    assert_eq!(report.task("sys").unwrap().generation, 1);
    // Whoever asks now asks the new one.
    assert_eq!(debugger.call(SEND, &uid), Ok(Error(0xffff_ff02)));
}

#[test]
fn a_client_that_is_not_listed_is_refused_and_restarted() {
    let mut debugger = Debugger::attach();
    let mut write = debugger.message("ipcc", "write", &[2, 0, 0, 0, 0], 4);
    write.push(4);
    let mut program = push(&write);
    program.extend([CALL, SEND_LEASE_READ, DONE]);

    let rig = &mut debugger.rig;
    let text = rig.address("hiffy", "HIFFY_TEXT");
    assert!(rig.soc.write_memory(text, &program));
    rig.set("hiffy", "HIFFY_KICK", 1);
    rig.run_until_faulted("hiffy");
    let ipcc = rig.index("ipcc");
    let state = rig.state("hiffy");
    let refused = format!(
        "FAULT: reply fault: task id #{ipcc}/gen0, reason AccessViolation "
    );
    assert!(state.starts_with(&refused), "{state}");

    let state = debugger.message("jefe", "get_state", &[], 4);
    let answer = debugger.call(SEND, &state);
    assert_eq!(answer, Ok(Success(vec![0; 4])));
}

#[test]
fn failures_are_told_in_the_words_of_their_type() {
    let mut debugger = Debugger::attach();
    let none = debugger.rig.system.task_names().count() as u32;
    let mut too_long = vec![0, 1];
    too_long.extend([0; 26]);
    for (program, failure) in [
        (vec![0xff], "Some(Invalid)"),
        (vec![CALL, 99], "Some(IllegalOp(BadFunction))"),
        (vec![0x13, 1], "Some(IllegalOp(NoTarget))"),
        (vec![0x13, 4], "Some(IllegalOp(BadTarget))"),
        (push(&[0; 33]), "Some(Fault(StackOverflow))"),
        (vec![0x0a], "Some(Fault(StackUnderflow))"),
        (vec![0x02], "Some(Fault(DropUnderflow))"),
        (vec![0x09], "Some(Fault(DupUnderflow))"),
        (vec![0x07, 0x07, 0x0a], "Some(Fault(OperationOnNone))"),
        (vec![CALL, SEND], "Some(Fault(MissingParameters))"),
        (
            [push(&[none, 1, 0, 0]), vec![CALL, SEND]].concat(),
            "Some(Fault(BadParameter(0x0)))",
        ),
        (
            [push(&[0, 1, 33, 0]), vec![CALL, SEND]].concat(),
            "Some(Fault(BadParameter(0x2)))",
        ),
        (
            [push(&[0, 1, 0]), vec![0x07, CALL, SEND]].concat(),
            "Some(Fault(EmptyParameter(0x3)))",
        ),
        (
            [push(&[0, 1, 0, 513]), vec![CALL, SEND]].concat(),
            "Some(Fault(ReturnValueOverflow))",
        ),
        (
            [push(&[0, 1, 0, 4, 2049]), vec![CALL, SEND_LEASE_READ]].concat(),
            "Some(Fault(AccessOutOfBounds))",
        ),
    ] {
        let found = debugger.run(&program);
        assert_eq!(found, Err(failure.into()), "{program:x?}");
    }
}

#[test]
fn no_operation_asks_for_more_than_hiffy_can_do() {
    let mut debugger = Debugger::attach();
    for task in ["ipcc", "sys", "jefe"] {
        for (name, operation) in debugger.interface(task).ops {
            let [mut read, mut write] = [0, 0];
            for lease in operation.leases.values() {
                match (lease.read, lease.write) {
                    (true, false) => read += 1,
                    (false, true) => write += 1,
                    other => panic!("{task}.{name}: {other:?}"),
                }
            }
            assert!(read <= 1 && write <= 1, "{task}.{name}");
        }
    }
}
