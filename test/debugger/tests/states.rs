// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Dumps of tasks in every healthy state, and of the system as a whole.

use debug_check::{Status, check_dump};
use sim::ms;
use test_debugger::order::Order;
use test_debugger::{Build, CPU1, Rig};

/// Numbers of system calls, which go to r11.
const SEND: u32 = 0;
const RECV: u32 = 1;

/// RECV: only from the sender in the lower half.
const CLOSED: u32 = 1 << 31;
const KERNEL: u32 = 0xffff;

fn send_to(rig: &Rig, task: &str, operation: u32) -> Order {
    let target = rig.index(task) << 16 | operation;
    Order::SystemCall([target, 0, 0, 0, 0, 0, 0, SEND])
}

/// A receive without room for a message.
fn receive(mask: u32, sender: u32) -> Order {
    Order::SystemCall([0, 0, mask, sender, 0, 0, 0, RECV])
}

/// Has a task do something, and tells its state after that.
fn state_after(rig: &mut Rig, order: Order) -> String {
    rig.order("victim", order);
    rig.soc.run_for(ms(5)).unwrap();
    rig.state("victim")
}

#[test]
fn a_task_that_has_the_processor_runs_and_the_other_is_ready() {
    let mut rig = Build::V7m.boot();
    assert_eq!(state_after(&mut rig, Order::Spin), "RUNNING");
    let report = rig.report();
    assert_eq!(report.task("idle").unwrap().state, "ready");
    let backtrace = &report.task("victim").unwrap().backtrace;
    assert!(backtrace.frames.last().unwrap().starts_with("main + "));
}

#[test]
fn a_sender_waits_for_a_task_that_does_not_receive() {
    let mut rig = Build::V7m.boot();
    // It only receives from the kernel, for a moment now and then.
    let order = send_to(&rig, "peer", 1);
    assert_eq!(state_after(&mut rig, order), "wait: send to peer/gen0");
}

#[test]
fn a_client_waits_for_a_reply() {
    let mut rig = Build::V7m.boot();
    rig.order("peer", receive(0, 0));
    rig.soc.run_for(ms(2)).unwrap();
    let order = send_to(&rig, "peer", 1);
    assert_eq!(state_after(&mut rig, order), "wait: reply from peer/gen0");
}

#[test]
fn a_write_to_a_channel_that_is_stuck_waits_for_the_driver() {
    let mut rig = Build::V7m.boot();
    // There is no other core. The first message stays in the slot, its answer
    // is given up after 50 ms, and the second message has nowhere to go.
    rig.soc.run_for(ms(1200)).unwrap();

    let report = rig.report();
    let ping = report.task("ping").unwrap();
    assert_eq!(ping.state, "wait: reply from ipcc/gen0");
    let frames = &ping.backtrace.frames;
    assert!(frames[0].contains("sys_send_stub + "), "{frames:?}");
    assert!(frames.last().unwrap().starts_with("main + "), "{frames:?}");
    let driver = &report.task("ipcc").unwrap().state;
    let listens = "recv, notif: rx-irq(irq45) tx-irq(irq46) timer";
    assert_eq!(driver, listens);

    let ring = report.ring("drv_ipcc_server::__RINGBUF").unwrap();
    let events: Vec<_> = ring
        .entries
        .iter()
        .map(|it| it.payload.to_string())
        .collect();
    let client = format!("TaskId({:#x})", rig.index("ping"));
    let expected = [
        "Started(0x1)".into(),
        format!("Open(0x2, {client})"),
        "Sent(0x2, 0x4)".into(),
        "Failed(0x2, TimedOut)".into(),
        format!("Close(0x2, {client})"),
        format!("Open(0x2, {client})"),
    ];
    assert_eq!(events, expected);
    let calls = |program: &str, path: &str, event: &str| {
        let mut sets = report.counters.iter();
        let set = sets.find(|s| s.program == program && s.path.ends_with(path));
        let mut counters = set.unwrap().counters.iter();
        counters.find(|it| it.event == event).unwrap().value
    };
    let by_client = |event| calls("ping", "__IPCC_CLIENT_COUNTERS", event);
    assert_eq!(by_client("write(Ok)"), 1);
    assert_eq!(by_client("read(Err(TimedOut))"), 1);
    let by_server = |event| calls("ipcc", "__IPCC_SERVER_COUNTERS", event);
    assert_eq!(by_server("open(Ok)"), 2);
    // It has let the second caller wait, like the reader before.
    assert_eq!(by_server("write(Err(Fail(WentAway)))"), 1);
    assert_eq!(calls("ipcc", "__RINGBUF", "Failed(TimedOut)"), 1);
    let margins = report.margins.iter();
    assert!(margins.into_iter().all(|it| it.free() > 0));
}

#[test]
fn a_server_waits_for_anyone_and_for_its_notifications() {
    let mut rig = Build::V7m.boot();
    rig.order("peer", receive(0b101, 0));
    rig.soc.run_for(ms(2)).unwrap();
    assert_eq!(rig.state("peer"), "recv, notif: first bit2");
    assert_eq!(rig.state("sys"), "recv");

    let driver = rig.state("ipcc");
    let interrupts = "recv, notif: rx-irq(irq45) tx-irq(irq46) timer";
    assert!(driver.starts_with(interrupts), "{driver}");
}

#[test]
fn a_closed_receive_names_the_only_sender() {
    let mut rig = Build::V7m.boot();
    let sender = rig.index("sys");
    let state = state_after(&mut rig, receive(0, CLOSED | sender));
    assert_eq!(state, "recv(sys/gen0 only)");
}

#[test]
fn a_task_that_sleeps_waits_for_its_timer() {
    let rig = Build::V7m.boot();
    let state = rig.state("victim");
    assert!(state.starts_with("notif: bit31(T+"), "{state}");
}

#[test]
fn a_task_that_nothing_can_wake_is_dead() {
    let mut rig = Build::V7m.boot();
    assert_eq!(state_after(&mut rig, receive(0, CLOSED | KERNEL)), "(DEAD)");
}

#[test]
fn a_task_that_is_not_started_is_nowhere() {
    let rig = Build::V7m.boot();
    let report = rig.report();
    let spare = report.task("spare").unwrap();
    assert_eq!(spare.state, "not started");
    assert!(spare.backtrace.frames.len() <= 1);
}

#[test]
fn a_restarted_task_is_of_the_next_generation() {
    let mut rig = Build::V7m.boot();
    rig.order("victim", Order::Panic(1));
    rig.run_until_faulted("victim");
    rig.soc.run_for(ms(100)).unwrap();

    let report = rig.report();
    let victim = report.task("victim").unwrap();
    assert_eq!(victim.generation, 1);
    assert!(!victim.is_faulted);
    assert_eq!(report.task("peer").unwrap().generation, 0);

    // Whoever talks to it names that generation.
    rig.order("peer", {
        let target = (1 << 10 | rig.index("victim")) << 16 | 1;
        Order::SystemCall([target, 0, 0, 0, 0, 0, 0, SEND])
    });
    rig.soc.run_for(ms(5)).unwrap();
    assert_eq!(rig.state("peer"), "wait: send to victim/gen1");
}

#[test]
fn every_stack_is_unwound_to_where_the_task_starts() {
    for build in [Build::V7m, Build::Fpu, Build::V6m] {
        let mut rig = build.boot();
        rig.order("peer", receive(0b1, 0));
        rig.soc.run_for(ms(3)).unwrap();
        let order = send_to(&rig, "peer", 1);
        rig.order("victim", order);
        rig.soc.run_for(ms(3)).unwrap();

        let report = rig.report();
        for task in report.tasks.iter().filter(|t| t.name != "spare") {
            let backtrace = &task.backtrace;
            assert_eq!(backtrace.trouble, None, "{build:?} {}", task.name);
            let start = backtrace.frames.last().unwrap();
            assert!(start.starts_with("main + "), "{build:?}: {start}");
        }
        let frames = &report.task("victim").unwrap().backtrace.frames;
        assert!(frames[0].contains("ruin::raw_system_call"), "{frames:?}");
        assert!(frames.len() >= 2, "{build:?}: {frames:?}");
    }
}

#[test]
fn the_time_is_that_since_boot_in_milliseconds() {
    let mut rig = Build::V7m.boot();
    let before = rig.report().ticks.unwrap();
    rig.soc.run_for(ms(50)).unwrap();
    assert_eq!(rig.report().ticks.unwrap() - before, 50);
}

#[test]
fn ring_buffers_show_what_happened_last() {
    let mut rig = Build::V7m.boot();
    for _ in 0..3 {
        rig.order("victim", Order::Record);
        rig.soc.run_for(ms(2)).unwrap();
    }
    rig.settle();
    let report = rig.report();
    let ring = |path: &str| {
        let mut rings = report.rings.iter();
        rings
            .find(|r| r.program == "victim" && r.path.ends_with(path))
            .unwrap()
    };
    let lines = |path: &str| -> Vec<String> {
        let entries = ring(path).entries.iter();
        entries
            .map(|entry| {
                let count = entry.count.map_or("-".into(), |c| c.to_string());
                format!("{} {count} {}", entry.generation, entry.payload)
            })
            .collect()
    };
    let detail = "Detailed(Detail { flag: true, bytes: [0x1, 0x0, 0x0, 0x0], \
                  signed: -0x2, text: \"text\" })";
    let order = "Order { number: 0xb, first: Some(0x1) }";
    assert_eq!(
        lines("COUNTED"),
        [
            format!("1 1 {order}"),
            format!("2 1 {detail}"),
            format!("2 1 {order}"),
            format!("2 1 {detail}"),
        ]
    );
    // Equal entries are one that counts, unless that is turned off.
    assert_eq!(lines("PLAIN"), ["1 7 (0x7, -0x1)"]);
    assert_eq!(lines("EACH").last().unwrap(), "4 - Some(true)");
    let line = ring("COUNTED").entries[0].line;
    assert!(line > 1, "the line that records");
}

#[test]
fn counters_show_how_often_each_thing_happened() {
    let mut rig = Build::V7m.boot();
    for _ in 0..3 {
        rig.order("victim", Order::Record);
        rig.soc.run_for(ms(2)).unwrap();
    }
    let report = rig.report();
    let set = report
        .counters
        .iter()
        .find(|set| set.program == "victim" && set.path.ends_with("COUNTED"))
        .unwrap();
    let counts: Vec<_> = set
        .counters
        .iter()
        .map(|counter| (&*counter.event, counter.value))
        .collect();
    let expected = [
        ("Started", 1),
        ("Order", 3),
        ("Detailed", 3),
        ("Ignored", 0),
    ];
    assert_eq!(counts, expected);
}

#[test]
fn calls_to_servers_are_counted_by_how_they_ended() {
    let mut rig = Build::V7m.boot();
    // Nobody answers the ping; it gives up in the end.
    rig.soc.run_for(ms(3000)).unwrap();
    let report = rig.report();
    let set = report
        .counters
        .iter()
        .find(|set| set.program == "ping")
        .unwrap();
    assert!(set.path.ends_with("__IPCC_CLIENT_COUNTERS"), "{}", set.path);
    let opened = set.counters.iter().find(|c| c.event == "open(Ok)");
    assert!(opened.unwrap().value >= 1);
}

#[test]
fn stack_margins_are_what_was_never_used() {
    let mut rig = Build::V7m.boot();
    let margin = |rig: &Rig| {
        let report = rig.report();
        let mut margins = report.margins.iter();
        let margin = margins.find(|m| m.task == "victim").unwrap();
        (margin.used, margin.free())
    };
    let (used, free) = margin(&rig);
    assert_eq!(used + free, 1024);
    assert!((64..512).contains(&used), "{used} bytes used");

    // It takes more to format a message.
    rig.order("victim", Order::Panic(1));
    rig.run_until_faulted("victim");
    assert!(margin(&rig).0 > used);
}

#[test]
fn a_kernel_that_has_failed_says_why() {
    let mut rig = Build::V7m.boot();
    // Without the idle task there is nothing to run.
    rig.set("jefe", "JEFE_EXTERNAL_REQUEST", 2);
    let idle = rig.index("idle");
    rig.set("jefe", "JEFE_EXTERNAL_TASKINDEX", idle);
    rig.set("jefe", "JEFE_EXTERNAL_KICK", 1);
    rig.soc.run_for(ms(200)).unwrap();
    rig.set("jefe", "JEFE_EXTERNAL_REQUEST", 4);
    rig.set("jefe", "JEFE_EXTERNAL_KICK", 1);
    rig.run_until_failed();

    let report = rig.report();
    let Status::Failed(epitaph) = &report.status else {
        panic!("{:?}", report.status);
    };
    assert!(epitaph.contains("panicked at"), "{epitaph:?}");
    let idle = report.task("idle").unwrap();
    assert_eq!(idle.state, "FAULT: killed by jefe/gen0 (was: ready)");
    assert!(report.to_string().contains("the kernel has failed: "));
}

#[test]
fn before_the_first_task_nothing_has_booted() {
    let mut rig = Build::V7m.power_on();
    let reset = rig.soc.symbol(CPU1, "Reset").unwrap();
    rig.soc.run_until_pc(CPU1, reset, ms(1)).unwrap();
    let report = check_dump(&rig.dump());
    assert_eq!(report.status, Status::InReset);
    assert!(report.findings.is_empty(), "{report}");

    let main = rig.address("kernel", "main");
    rig.soc.run_until_pc(CPU1, main, ms(10)).unwrap();
    let report = check_dump(&rig.dump());
    assert_eq!(report.status, Status::NotBooted);
    assert!(report.tasks.is_empty());
    assert!(report.findings.is_empty(), "{report}");
}
