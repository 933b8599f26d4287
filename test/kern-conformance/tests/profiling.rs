// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel calls the profiling hooks of its application. The images of the
//! vehicle `m4f` and one of `m0plus` have some, so cases run with them, too.

use abi::Sysnum;
use sim::{CoreId, CpuKind, Image, Soc, Stop, ms, us};
use test_kern_conformance::{Tables, build};

const CPU1: CoreId = CoreId::Cpu1;

/// The images with hooks, and their processors.
const PROFILED: [(&str, CpuKind); 2] = [
    ("m4f-system", CpuKind::CortexM4F),
    ("m0plus-system", CpuKind::CortexM0Plus),
];

/// A system on which a case is about to run.
fn before((image, kind): (&str, CpuKind), case: &str) -> Soc {
    let directory = build(image);
    let cases = Tables::read(&directory).unwrap().cases;
    let case = cases.iter().find(|c| c.name == case).expect("a case");
    let mut soc = Soc::builder()
        .cpu1(Image::open(&directory).unwrap())
        .kind(CPU1, kind)
        .build()
        .unwrap();
    soc.uart_type(format!("{}\n", case.index));
    soc
}

fn has_passed(soc: &Soc) -> bool {
    soc.uart_output().ends_with("pass\n")
}

/// A system on which a case has run.
fn after(image: (&str, CpuKind), case: &str) -> Soc {
    let mut soc = before(image, case);
    soc.run_until(has_passed, ms(1000)).unwrap();
    soc
}

/// What the hooks have counted.
fn counted(soc: &Soc, symbol: &str) -> Vec<u32> {
    let bytes = soc.read_symbol(CPU1, symbol).expect(symbol);
    let words = bytes.chunks_exact(4);
    words
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
        .collect()
}

/// Whether a task runs, and not the kernel.
fn is_in_task(soc: &Soc) -> bool {
    soc.registers(CPU1).xpsr & 0x1FF == 0
}

/// Lets the system go on until a task runs.
fn until_a_task_runs(soc: &mut Soc) {
    soc.run_until(is_in_task, ms(10)).unwrap();
}

#[test]
fn each_beginning_has_its_end() {
    for image in PROFILED {
        let mut soc = after(image, "irq::an_interrupt_wakes_its_owner");
        soc.run_for(ms(20)).unwrap();
        until_a_task_runs(&mut soc);
        let pairs = counted(&soc, "PROFILE_PAIRS");
        for pair in pairs.chunks_exact(2) {
            assert!(pair[0] > 0, "{pairs:?}");
            assert_eq!(pair[0], pair[1], "{pairs:?}");
        }
    }
}

#[test]
fn ticks_are_reported_once_each() {
    for image in PROFILED {
        let mut soc = after(image, "irq::an_interrupt_wakes_its_owner");
        until_a_task_runs(&mut soc);
        let ticks = counted(&soc, "TICKS")[0];
        assert_eq!(counted(&soc, "PROFILE_PAIRS")[6], ticks);
    }
}

#[test]
fn system_calls_are_reported_with_their_numbers() {
    for image in PROFILED {
        let soc = after(image, "irq::an_interrupt_wakes_its_owner");
        let calls = counted(&soc, "PROFILE_SYSCALLS");
        for number in [
            Sysnum::Send,
            Sysnum::Recv,
            Sysnum::Reply,
            Sysnum::IrqControl,
            Sysnum::RefreshTaskId,
        ] {
            assert!(calls[number as usize] > 0, "{calls:?}");
        }
        assert_eq!(calls[Sysnum::ReplyFault as usize], 0);
        assert_eq!(calls.last(), Some(&0), "unknown ones");
        let soc = after(image, "fault::a_faulted_task_does_not_run");
        let calls = counted(&soc, "PROFILE_SYSCALLS");
        assert_eq!(calls.last(), Some(&1), "unknown ones");
    }
}

#[test]
fn the_last_switch_is_to_the_task_that_runs() {
    for image in PROFILED {
        let mut soc = after(image, "irq::an_interrupt_wakes_its_owner");
        let start = counted(&soc, "PROFILE_SWITCHES")[0];
        for _ in 0..200 {
            soc.run_for(us(137)).unwrap();
            until_a_task_runs(&mut soc);
            let running = counted(&soc, "CURRENT_TASK_PTR");
            assert_eq!(counted(&soc, "PROFILE_TASK"), running);
        }
        assert!(counted(&soc, "PROFILE_SWITCHES")[0] > start);
    }
}

#[test]
fn each_switch_is_reported_once() {
    for image in PROFILED {
        // Both system calls and the processor fault tasks here.
        for case in [
            "fault::a_faulted_task_does_not_run",
            "fault::a_read_of_address_0",
        ] {
            let mut soc = before(image, case);
            let current = soc.image(CPU1).symbol("kernel", "CURRENT_TASK_PTR");
            let current = current.expect("a pointer").addr;
            soc.watch(current);
            let mut changes = 0;
            let done = |soc: &Soc| has_passed(soc) && is_in_task(soc);
            while let Stop::Watch { change, .. } =
                soc.run(ms(1000), done, false)
            {
                changes += u32::from(change.new != 0);
            }
            assert!(done(&soc), "{case}");
            // The first task is chosen without a switch.
            let switches = counted(&soc, "PROFILE_SWITCHES")[0];
            assert_eq!(switches + 1, changes, "{case}");
        }
    }
}
