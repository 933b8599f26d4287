// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Dumps of tasks that are out of service, for every reason there is.

use debug_check::{Rule, check_dump};
use sim::ms;
use test_debugger::order::Order;
use test_debugger::{Build, Rig};

/// Numbers of system calls, which go to r11.
const SEND: u32 = 0;
const RECV: u32 = 1;
const BORROW_INFO: u32 = 6;
const BORROW_READ: u32 = 4;
const IRQ_CONTROL: u32 = 7;
const PANIC: u32 = 8;
const REPLY_FAULT: u32 = 12;

/// Kernel IPC, the task that is the kernel.
const KERNEL: u32 = 0xffff;
const FAULT_TASK: u32 = 3;
const SOFTWARE_IRQ: u32 = 8;

/// The kernel's memory, which is nobody else's.
const FORBIDDEN: u32 = 0x2000_0000;

/// The victim may write there, but nothing can.
const CONSTANT: u32 = 0x1fff_7700;

fn call(registers: [u32; 8]) -> Order {
    Order::SystemCall(registers)
}

/// Obeys the order, and returns the victim's fault, after a look at
/// everything else.
#[track_caller]
fn fault_after(rig: &mut Rig, order: Order) -> String {
    rig.order("victim", order);
    fault(rig)
}

/// Waits for the victim's fault, and for its next life.
#[track_caller]
fn fault(rig: &mut Rig) -> String {
    let before = generation(rig);
    rig.run_until_faulted("victim");
    let report = rig.report();
    let victim = report.task("victim").unwrap();
    assert!(victim.is_faulted);
    assert_eq!(report.tasks.iter().filter(|t| t.is_faulted).count(), 1);
    let state = victim.state.clone();

    rig.soc.run_for(ms(100)).unwrap();
    assert_eq!(generation(rig), before + 1);
    let (_, fault) = state.split_once("FAULT: ").expect("a fault");
    fault.to_owned()
}

fn generation(rig: &Rig) -> u32 {
    rig.report().task("victim").unwrap().generation
}

/// What the processor finds wrong, on a processor that can tell.
fn assert_processor_faults(build: Build) {
    let mut rig = build.boot();
    let was = " (was: ready)";
    for (order, wanted) in [
        (
            Order::Read(FORBIDDEN),
            "mem fault (precise: 0x20000000) in task code",
        ),
        (
            Order::Write(FORBIDDEN),
            "mem fault (precise: 0x20000000) in task code",
        ),
        (
            Order::Write(CONSTANT),
            "bus fault (precise: 0x1fff7700) in task code",
        ),
        (Order::DivideByZero, "divide by zero"),
        (Order::Jump(FORBIDDEN), "jump to non-executable mem"),
        (Order::UndefinedInstruction, "illegal instruction"),
        (Order::Unaligned, "general fault, cfsr=0x1000000"),
    ] {
        let found = fault_after(&mut rig, order);
        assert_eq!(found, format!("{wanted}{was}"), "{order:?}");
    }
    let found = fault_after(&mut rig, Order::UseUpTheStack);
    let sp = found.strip_prefix("stack overflow; sp=0x").expect(&found);
    let sp = u32::from_str_radix(sp.strip_suffix(was).unwrap(), 16).unwrap();
    let report = rig.report();
    let mut margins = report.margins.iter();
    let base = margins.find(|it| it.task == "victim").unwrap().base;
    assert!(sp < base + 0x100, "{sp:#x} {base:#x}");
}

#[test]
fn without_an_fpu_the_processor_tells_what_is_wrong() {
    assert_processor_faults(Build::V7m);
}

#[test]
fn with_an_fpu_the_processor_tells_what_is_wrong() {
    assert_processor_faults(Build::Fpu);
}

#[test]
fn an_armv6m_processor_cannot_tell_what_is_wrong() {
    let mut rig = Build::V6m.boot();
    for order in [
        Order::Read(FORBIDDEN),
        Order::Write(FORBIDDEN),
        Order::Write(CONSTANT),
        Order::Jump(FORBIDDEN),
        Order::UndefinedInstruction,
        Order::Unaligned,
        Order::UseUpTheStack,
    ] {
        let found = fault_after(&mut rig, order);
        let wanted = "general fault, cfsr=0x0 (was: ready)";
        assert_eq!(found, wanted, "{order:?}");
    }
}

const BUILDS: [Build; 3] = [Build::V7m, Build::Fpu, Build::V6m];

#[test]
fn a_panic_leaves_its_message() {
    for build in BUILDS {
        let mut rig = build.boot();
        for number in [7, 4_000_000_000] {
            let found = fault_after(&mut rig, Order::Panic(number));
            assert!(found.starts_with("panicked at "), "{found}");
            assert!(found.contains(&format!("as ordered, {number}")));
            assert!(found.ends_with(" (was: ready)"), "{found}");
        }
    }
}

#[test]
fn of_a_long_panic_message_the_start_is_read() {
    let mut rig = Build::V7m.boot();
    let text = rig.lay_out("victim", [u32::from_le_bytes(*b"long"); 4]);
    let order = call([text, 16, 0, 0, 0, 0, 0, PANIC]);
    let found = fault_after(&mut rig, order);
    assert_eq!(found, "longlonglonglong (was: ready)");
}

#[test]
fn misused_system_calls_are_told_apart() {
    for build in BUILDS {
        let mut rig = build.boot();
        let zero = rig.lay_out("victim", [0; 4]);
        let kernel = |operation| KERNEL << 16 | operation;
        let missing = 99 << 16 | 1;
        for (registers, wanted) in [
            ([0, 0, 0, 0, 0, 0, 0, 99], "undefined syscall number"),
            (
                [kernel(1), u32::MAX, 9, 0, 0, 0, 0, SEND],
                "sent malformed slice to kernel",
            ),
            ([missing, 0, 0, 0, 0, 0, 0, SEND], "used bogus task index"),
            (
                [kernel(FAULT_TASK), zero, 4, 0, 0, 0, 0, SEND],
                "illegal task operation",
            ),
            (
                [1 << 30, 0, 0, 0, 0, 0, 0, IRQ_CONTROL],
                "referred to undefined interrupt",
            ),
            (
                [kernel(77), 0, 0, 0, 0, 0, 0, SEND],
                "sent nonsense IPC to kernel",
            ),
        ] {
            let found = fault_after(&mut rig, call(registers));
            let wanted = format!("in syscall: {wanted} (was: ready)");
            assert_eq!(found, wanted, "{build:?} {registers:x?}");
        }
    }
}

/// Has the peer wait for the victim's reply, lending 4 bytes.
fn lend_to_victim(rig: &mut Rig) -> u32 {
    rig.order("victim", call([0, 0, 0, 0, 0, 0, 0, RECV]));
    rig.soc.run_for(ms(3)).unwrap();
    let lease = rig.address("peer", "VICTIM_MEMORY");
    rig.lay_out("peer", [1, lease, 4, 0]);
    let victim = generation(rig) << 10 | rig.index("victim");
    let send = [victim << 16 | 1, 0, 0, 0, 0, lease, 1, SEND];
    rig.order("peer", call(send));
    rig.soc.run_for(ms(3)).unwrap();
    let report = rig.report();
    let state = &report.task("peer").unwrap().state;
    assert!(state.starts_with("wait: reply from victim"), "{state}");
    report.task("peer").unwrap().generation << 10 | rig.index("peer")
}

#[test]
fn misused_leases_are_told_apart() {
    for build in BUILDS {
        let mut rig = build.boot();
        let peer = lend_to_victim(&mut rig);
        let order = call([peer, 3, 0, 0, 0, 0, 0, BORROW_INFO]);
        let wanted = "in syscall: bad caller lease index (was: ready)";
        assert_eq!(fault_after(&mut rig, order), wanted);

        let peer = lend_to_victim(&mut rig);
        let order = call([peer, 0, 99, 0, 0, 0, 0, BORROW_READ]);
        let wanted = "in syscall: bad caller lease offset (was: ready)";
        assert_eq!(fault_after(&mut rig, order), wanted);
    }
}

#[test]
fn a_slice_of_other_tasks_memory_is_a_fault_in_a_system_call() {
    for build in BUILDS {
        let mut rig = build.boot();
        let room = rig.lay_out("peer", [0; 4]);
        rig.order("peer", call([room, 4, 0, 0, 0, 0, 0, RECV]));
        rig.soc.run_for(ms(2)).unwrap();
        let peer = rig.index("peer") << 16 | 1;
        let order = call([peer, FORBIDDEN, 4, 0, 0, 0, 0, SEND]);
        let found = fault_after(&mut rig, order);
        let place = "mem fault (precise: 0x20000000) in syscall";
        assert!(found.starts_with(place), "{build:?}: {found}");
    }
}

#[test]
fn a_server_that_refuses_a_client_says_why() {
    for build in BUILDS {
        let mut rig = build.boot();
        for (number, reason) in (0..).zip([
            "UndefinedOperation",
            "BadMessageSize",
            "BadMessageContents",
            "BadLeases",
            "ReplyBufferTooSmall",
            "AccessViolation",
        ]) {
            rig.order("peer", call([0, 0, 0, 0, 0, 0, 0, RECV]));
            rig.soc.run_for(ms(2)).unwrap();
            let peer = rig.index("peer");
            let victim = generation(&rig) << 10 | rig.index("victim");
            let send = [peer << 16 | 1, 0, 0, 0, 0, 0, 0, SEND];
            rig.order("victim", call(send));
            rig.soc.run_for(ms(3)).unwrap();
            let refuse = [victim, number, 0, 0, 0, 0, 0, REPLY_FAULT];
            rig.order("peer", call(refuse));
            let wanted = format!(
                "reply fault: task id #{peer}/gen0, reason {reason} \
                 (was: wait: reply from peer/gen0)"
            );
            assert_eq!(fault(&mut rig), wanted);
        }
    }
}

#[test]
fn a_task_that_was_killed_names_the_killer() {
    for build in BUILDS {
        let mut rig = build.boot();
        let victim = rig.index("victim");
        let index = rig.lay_out("peer", [victim, 0, 0, 0]);
        let kill = [KERNEL << 16 | FAULT_TASK, index, 4, 0, 0, 0, 0, SEND];
        rig.order("peer", call(kill));
        assert_eq!(fault(&mut rig), "killed by peer/gen0 (was: ready)");
    }
}

#[test]
fn a_usage_error_that_the_debugger_does_not_know_is_noticed() {
    let mut rig = Build::V7m.boot();
    let order = [KERNEL << 16 | SOFTWARE_IRQ, 0, 0, 0, 0, 0, 0, SEND];
    rig.order("victim", call(order));
    rig.run_until_faulted("victim");
    let report = check_dump(&rig.dump());
    let rules: Vec<_> = report.findings.iter().map(|f| f.rule).collect();
    assert_eq!(rules, [Rule::C2], "{report}");
    let state = &report.task("victim").unwrap().state;
    assert!(state.contains("NotSupervisor"), "{state}");
}

#[test]
fn generations_go_on_past_those_in_task_ids() {
    let mut rig = Build::V7m.boot();
    for life in 0..66 {
        assert_eq!(generation(&rig), life);
        rig.order("victim", Order::Panic(life));
        rig.run_until_faulted("victim");
        rig.soc.run_for(ms(60)).unwrap();
    }
    // A task id has room for six bits.
    let victim = rig.index("victim");
    let send = [(2 << 10 | victim) << 16 | 1, 0, 0, 0, 0, 0, 0, SEND];
    rig.order("peer", call(send));
    rig.soc.run_for(ms(3)).unwrap();
    assert_eq!(rig.state("peer"), "wait: send to victim/gen2");
    assert_eq!(generation(&rig), 66);
}
