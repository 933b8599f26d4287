// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The support libraries on the target, and what the build tool generates.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use counters::Count;
#[allow(unused_imports)]
use counters::armv6m_atomic_hack::AtomicU32Ext;
use enum_map::Enum;
use hubris_num_tasks::{NUM_TASKS, Task};
use hubris_task_names::{MAX_TASK_NAME, TASK_NAMES};
use multitimer::{Multitimer, Repeat};
use mutable_statics::mutable_statics;
use ringbuf::{counted_ringbuf, ringbuf, ringbuf_entry};
use static_cell::{ClaimOnceCell, StaticCell};
use test_kern_suite::cases;
use test_kern_suite::notifications::TIMER_BIT;
use test_kern_suite::world::{me, next_tick, now};
use userlib::{
    FaultInfo, Generation, SchedState, TaskDumpRegion, TaskId, TaskState,
    ULease, sys_recv_notification,
};

task_config::task_config! {
    /// A number.
    count: usize,
    names: &'static [&'static str],
    edge: Edge,
    pairs: &'static [(u8, bool)],
}

/// In the configuration, the name of a variant is an expression.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Edge {
    Rising,
    #[allow(dead_code)]
    Falling,
}

/// The configuration in another module, as an option.
mod optional {
    task_config::optional_task_config! {
        count: u32,
    }

    pub fn count() -> Option<u32> {
        TASK_CONFIG.map(|config| config.count)
    }
}

cases! { libs:
    the_types_of_kernel_ipc_have_their_sizes,
    ids_are_made_of_index_and_generation,
    the_number_of_tasks_is_known,
    tasks_are_numbered_in_order,
    task_names_are_known_in_order,
    configuration_values_have_the_declared_types,
    a_string_in_the_configuration_is_rust_source,
    an_optional_configuration_that_is_there_is_some,
    a_static_cell_is_borrowed_once_at_a_time,
    a_static_cell_keeps_what_was_written,
    a_claim_once_cell_can_be_claimed,
    mutable_statics_are_initialised_by_calls,
    a_ring_buffer_merges_what_repeats_itself,
    a_ring_buffer_tells_lines_apart,
    a_ring_buffer_wraps,
    a_ring_buffer_without_merging_keeps_every_entry,
    a_counted_ring_buffer_counts,
    counters_count_variants_and_their_children,
    a_variant_can_be_left_out_of_the_count,
    atomic_operations_exist_everywhere,
    timers_of_an_enum_fire_each_at_its_time,
    a_repeated_timer_fires_again,
    a_cleared_timer_does_not_fire,
    a_critical_section_runs_its_code,
}

fn the_types_of_kernel_ipc_have_their_sizes() {
    assert_eq!(size_of::<TaskState>(), 16);
    assert_eq!(size_of::<SchedState>(), 4);
    assert_eq!(size_of::<FaultInfo>(), 12);
    assert_eq!(size_of::<TaskDumpRegion>(), 8);
    assert_eq!(size_of::<Option<TaskDumpRegion>>(), 12);
    assert_eq!(size_of::<(u32, bool)>(), 8);
    assert_eq!((size_of::<ULease>(), align_of::<ULease>()), (12, 4));
}

fn ids_are_made_of_index_and_generation() {
    let id = TaskId::for_index_and_gen(5, Generation::from(63));
    assert_eq!(id.0, 63 << 10 | 5);
    assert_eq!(id.next_generation().0, 5);
    assert_eq!((me().index(), TaskId::KERNEL.0), (2, 0xFFFF));
    assert_eq!(TaskId::UNBOUND.0, 0x3FE);
}

fn the_number_of_tasks_is_known() {
    assert_eq!(NUM_TASKS, 10);
    assert_eq!(TASK_NAMES.len(), NUM_TASKS);
}

fn tasks_are_numbered_in_order() {
    let tasks = [
        Task::runner,
        Task::twin_a,
        Task::suite,
        Task::twin_b,
        Task::assist,
        Task::minor,
        Task::idol,
        Task::dormant,
        Task::hiffy,
        Task::idle,
    ];
    for (index, task) in tasks.into_iter().enumerate() {
        assert_eq!(task as usize, index);
    }
}

fn task_names_are_known_in_order() {
    assert_eq!(TASK_NAMES[Task::runner as usize], "runner");
    assert_eq!(TASK_NAMES[Task::twin_a as usize], "twin_a");
    assert_eq!(TASK_NAMES[Task::idle as usize], "idle");
    assert_eq!(MAX_TASK_NAME, "dormant".len());
}

fn configuration_values_have_the_declared_types() {
    assert_eq!(TASK_CONFIG.count, 5);
    assert_eq!(TASK_CONFIG.pairs, [(1, true), (2, false)]);
}

fn a_string_in_the_configuration_is_rust_source() {
    assert_eq!(TASK_CONFIG.names, ["alpha", "beta"]);
    assert_eq!(TASK_CONFIG.edge, Edge::Rising);
}

fn an_optional_configuration_that_is_there_is_some() {
    assert_eq!(optional::count(), Some(5));
}

fn a_static_cell_is_borrowed_once_at_a_time() {
    static CELL: StaticCell<u32> = StaticCell::new(1);
    let first = CELL.borrow_mut();
    assert!(CELL.try_borrow_mut().is_none());
    drop(first);
    assert!(CELL.try_borrow_mut().is_some());
}

fn a_static_cell_keeps_what_was_written() {
    static CELL: StaticCell<[u32; 2]> = StaticCell::new([1, 2]);
    CELL.borrow_mut()[1] += 40;
    assert_eq!(*CELL.borrow_mut(), [1, 42]);
}

fn a_claim_once_cell_can_be_claimed() {
    static CELL: ClaimOnceCell<[u8; 16]> = ClaimOnceCell::new([7; 16]);
    let claimed = CELL.claim();
    claimed[0] = 8;
    assert_eq!((claimed[0], claimed[15]), (8, 7));
}

fn mutable_statics_are_initialised_by_calls() {
    let (bytes, words) = mutable_statics! {
        static mut BYTES: [u8; 8] = [|| 0xA5; _];
        #[unsafe(link_section = ".bss.words")]
        static mut WORDS: [u32; 2] = [u32::default; _];
    };
    assert_eq!((*bytes, *words), ([0xA5; 8], [0; 2]));
    words[1] = 3;
    bytes[0] = 4;
    assert_eq!((words[1], bytes[0]), (3, 4));
}

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Trace {
    None,
    Number(u32),
}
ringbuf!(MERGING, Trace, 4, Trace::None);
ringbuf!(KEEPING, Trace, 4, Trace::None, no_dedup);

/// Records on one and the same line.
fn record(number: u32) {
    ringbuf_entry!(MERGING, Trace::Number(number));
}

/// The newest entry: payload, count, generation, and where it is.
fn newest() -> (Trace, u16, u16, usize) {
    let ring = MERGING.borrow_mut();
    let last = ring.last.unwrap();
    let entry = &ring.buffer[last];
    (entry.payload, entry.count, entry.generation, last)
}

fn a_ring_buffer_merges_what_repeats_itself() {
    assert!(MERGING.borrow_mut().last.is_none());
    record(1);
    assert_eq!(newest(), (Trace::Number(1), 1, 1, 0));
    record(1);
    record(1);
    assert_eq!(newest(), (Trace::Number(1), 3, 1, 0));
    record(2);
    assert_eq!(newest(), (Trace::Number(2), 1, 1, 1));
    record(1);
    assert_eq!(newest(), (Trace::Number(1), 1, 1, 2));
}

fn a_ring_buffer_tells_lines_apart() {
    ringbuf_entry!(MERGING, Trace::Number(1));
    ringbuf_entry!(MERGING, Trace::Number(1));
    let ring = MERGING.borrow_mut();
    let [first, second, ..] = &ring.buffer;
    assert_eq!((first.count, second.count), (1, 1));
    assert_eq!(first.line + 1, second.line);
}

fn a_ring_buffer_wraps() {
    for number in 0..9 {
        record(number);
    }
    assert_eq!(newest(), (Trace::Number(8), 1, 3, 0));
    let ring = MERGING.borrow_mut();
    assert_eq!(ring.buffer[1].payload, Trace::Number(5));
    assert_eq!(ring.buffer[1].generation, 2);
}

fn a_ring_buffer_without_merging_keeps_every_entry() {
    for _ in 0..3 {
        ringbuf_entry!(KEEPING, Trace::Number(1));
    }
    let ring = KEEPING.borrow_mut();
    assert_eq!(ring.last, Some(2));
    assert_eq!(ring.buffer[2].payload, Trace::Number(1));
}

#[derive(Copy, Clone, Debug, Eq, PartialEq, counters::Count)]
enum Event {
    #[count(skip)]
    None,
    Plain,
    Nested(#[count(children)] Result<(), Flag>),
}

#[derive(Copy, Clone, Debug, Eq, PartialEq, counters::Count)]
enum Flag {
    Red,
    Blue,
}
counted_ringbuf!(COUNTED, Event, 2, Event::None);
counters::counters!(EVENTS, Event);

fn a_counted_ring_buffer_counts() {
    for event in [Event::Plain, Event::Plain, Event::Nested(Ok(()))] {
        ringbuf_entry!(COUNTED, event);
    }
    assert_eq!(COUNTED.counters.Plain.load(Relaxed), 2);
    assert_eq!(COUNTED.counters.Nested.Ok.load(Relaxed), 1);
    let ring = COUNTED.ringbuf.borrow_mut();
    assert_eq!(ring.buffer[0].payload, Event::Plain);
    assert_eq!(ring.buffer[1].payload, Event::Nested(Ok(())));
}

fn counters_count_variants_and_their_children() {
    counters::count!(EVENTS, Event::Plain);
    for flag in [Flag::Blue, Flag::Red, Flag::Blue] {
        counters::count!(EVENTS, Event::Nested(Err(flag)));
    }
    assert_eq!(EVENTS.Plain.load(Relaxed), 1);
    assert_eq!(EVENTS.Nested.Ok.load(Relaxed), 0);
    assert_eq!(EVENTS.Nested.Err.Red.load(Relaxed), 1);
    assert_eq!(EVENTS.Nested.Err.Blue.load(Relaxed), 2);
}

fn a_variant_can_be_left_out_of_the_count() {
    let counters = Event::NEW_COUNTERS;
    Event::None.count(&counters);
    assert_eq!(counters.Plain.load(Relaxed), 0);
}

fn atomic_operations_exist_everywhere() {
    let number = AtomicU32::new(40);
    assert_eq!(number.fetch_add(2, Relaxed), 40);
    assert_eq!(number.fetch_sub(1, Relaxed), 42);
    assert_eq!(number.swap(7, Relaxed), 41);
    assert_eq!(number.load(Relaxed), 7);
}

#[derive(Copy, Clone, Debug, Enum, Eq, PartialEq)]
enum Timers {
    Early,
    Late,
}

/// Waits until the timers have something to say, and returns who has fired.
fn wait(timers: &mut Multitimer<Timers>) -> (Option<Timers>, Option<Timers>) {
    let bits = sys_recv_notification(1 << TIMER_BIT);
    timers.handle_notification(bits.get_raw_bits());
    let mut fired = timers.iter_fired();
    (fired.next(), fired.next())
}

fn timers_of_an_enum_fire_each_at_its_time() {
    let mut timers = Multitimer::new(TIMER_BIT);
    let start = next_tick();
    timers.set_timer(Timers::Late, start + 5, None);
    timers.set_timer(Timers::Early, start + 2, None);
    assert_eq!(timers.get_timer(Timers::Late), Some((start + 5, None)));
    assert_eq!(wait(&mut timers), (Some(Timers::Early), None));
    assert_eq!(now(), start + 2);
    assert_eq!(wait(&mut timers), (Some(Timers::Late), None));
    assert_eq!(now(), start + 5);
}

fn a_repeated_timer_fires_again() {
    let mut timers = Multitimer::new(TIMER_BIT);
    let start = next_tick();
    let repeat = Some(Repeat::AfterDeadline(3));
    timers.set_timer(Timers::Early, start + 2, repeat);
    for n in 0..3 {
        assert_eq!(wait(&mut timers), (Some(Timers::Early), None));
        assert_eq!(now(), start + 2 + 3 * n);
    }
}

fn a_cleared_timer_does_not_fire() {
    let mut timers = Multitimer::new(TIMER_BIT);
    let start = next_tick();
    timers.set_timer(Timers::Early, start + 2, None);
    timers.set_timer(Timers::Late, start + 4, None);
    assert!(timers.clear_timer(Timers::Early));
    assert!(!timers.clear_timer(Timers::Early));
    loop {
        match wait(&mut timers) {
            (None, None) => {}
            fired => break assert_eq!(fired, (Some(Timers::Late), None)),
        }
    }
    assert_eq!(now(), start + 4);
}

fn a_critical_section_runs_its_code() {
    let answer = critical_section::with(|_| 42);
    assert_eq!(answer, 42);
}
