// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Kernel IPC with which a supervisor dumps tasks, and what dumps show of a new
//! task. The kernel has it as a feature.

use hubris_num_tasks::NUM_TASKS;
use test_kern_api::call::{self, Span};
use test_kern_api::{Registers, Step, memory};
use test_kern_suite::cases;
use test_kern_suite::world::{
    ASSIST, DORMANT, MINOR, NULL, Other, RUNNER, SPARE, SUITE, WRAPPING, get,
    inaccessible, own, part, put, raw, room, usage,
};
use userlib::{
    FaultInfo, Kipcnum, TaskDumpRegion, TaskState, UsageError, kipc,
};

cases! { dump:
    a_control_block_is_in_the_kernels_memory,
    each_task_has_a_control_block_of_its_own,
    the_regions_of_a_task_are_those_it_may_write,
    there_is_no_region_behind_the_last_one,
    registers_are_no_region,
    a_region_of_an_index_out_of_range_faults_the_caller,
    a_request_for_a_region_that_is_too_short_faults_the_caller,
    a_buffer_for_a_region_that_is_too_short_yields_the_size_of_the_type,
    a_region_is_encoded_as_an_option,
    a_dump_takes_the_supervisor,
    a_dump_of_the_supervisor_is_a_fault,
    a_dump_out_of_range_is_a_fault,
    a_request_for_a_dump_that_is_too_short_is_a_fault,
    a_dump_with_a_malformed_range_or_buffer_is_a_fault,
    memory_that_a_task_can_read_can_be_dumped,
    memory_that_a_task_cannot_read_cannot_be_dumped,
    dma_memory_can_be_dumped,
    registers_cannot_be_dumped,
    a_dump_is_cut_off_at_the_end_of_the_buffer,
    a_dump_to_where_the_supervisor_may_not_write_is_a_fault,
    part_of_a_control_block_can_be_dumped,
    a_range_that_leaves_the_control_block_cannot_be_dumped,
    the_registers_of_a_waiting_task_are_in_its_control_block,
    the_registers_of_a_new_task_are_zero,
    a_new_task_begins_at_its_entry_point_on_top_of_its_stack,
    the_stack_of_a_new_task_is_painted,
    a_restart_paints_the_stack_again,
    a_restart_paints_nothing_but_the_stack,
}

/// A request about a task and something else of it.
fn request(operation: Kipcnum, task: Other, rest: &[u32]) -> Registers {
    let message = part(room(6), 0, 4 + 4 * rest.len() as u32);
    put(message, &(task.index() as u32).to_le_bytes());
    for (n, word) in rest.iter().enumerate() {
        put(part(message, 4 + 4 * n as u32, 4), &word.to_le_bytes());
    }
    call::kipc(operation).message(message)
}

/// A request for the n-th region of a task, as the kernel counts.
fn get_region(task: Other, n: u32) -> Registers {
    request(Kipcnum::GetTaskDumpRegion, task, &[n])
}

/// A request to dump memory of a task.
fn dump(task: Other, (base, size): Span) -> Registers {
    request(Kipcnum::ReadTaskDumpRegion, task, &[base, size])
}

/// Where dumps go: most of the scratch memory.
fn buffer() -> Span {
    part(room(0), 0, 6 * 64)
}

/// Has the supervisor dump memory of a task to the [`buffer`]; `Err` is how the
/// supervisor has faulted.
#[track_caller]
fn try_dump(request: Registers, to: Span) -> Result<u32, FaultInfo> {
    RUNNER.call(request.reply_to(to));
    if let TaskState::Faulted { fault, .. } = RUNNER.state() {
        RUNNER.renew();
        return Err(fault);
    }
    let result = RUNNER.result();
    assert_eq!(result.r4, 0);
    Ok(result.r5)
}

/// Words of a task's memory.
#[track_caller]
fn words<const N: usize>(task: Other, base: u32) -> [u32; N] {
    let length = 4 * N as u32;
    let dumped = try_dump(dump(task, (base, length)), buffer());
    assert_eq!(dumped, Ok(length));
    core::array::from_fn(|n| {
        u32::from_le_bytes(get(part(buffer(), 4 * n as u32, 4)))
    })
}

fn a_control_block_is_in_the_kernels_memory() {
    for task in [RUNNER, SUITE, ASSIST, DORMANT] {
        let block = kipc::get_task_desc_region(task.index());
        // The kernel's part of RAM, which is the first 4 KiB.
        assert!(block.base >= 0x2000_0000);
        assert!(block.base + block.size <= 0x2000_1000);
    }
}

fn each_task_has_a_control_block_of_its_own() {
    let first = kipc::get_task_desc_region(0);
    for index in 1..NUM_TASKS {
        let block = kipc::get_task_desc_region(index);
        assert_eq!(block.size, first.size);
        assert_eq!(block.base, first.base + index as u32 * first.size);
    }
}

/// The regions of a task, and how many there are.
fn regions(task: Other) -> ([TaskDumpRegion; 8], usize) {
    let mut regions = [TaskDumpRegion { base: 0, size: 0 }; 8];
    let mut count = 0;
    while let Some(region) = kipc::get_task_dump_region(task.index(), count) {
        regions[count] = region;
        count += 1;
    }
    (regions, count)
}

/// Whether memory is all of a region.
fn is_region(task: Other, (base, size): Span) -> bool {
    let (regions, count) = regions(task);
    regions[..count].contains(&TaskDumpRegion { base, size })
}

fn the_regions_of_a_task_are_those_it_may_write() {
    assert!(is_region(ASSIST, memory::low()));
    assert!(is_region(ASSIST, memory::high()));
    assert!(is_region(ASSIST, memory::dma()));
    assert!(is_region(ASSIST, memory::writeonly()));
    assert!(!is_region(ASSIST, memory::readonly()));
    // Besides, its own memory, in one piece or more.
    let (regions, count) = regions(ASSIST);
    assert!(count > 4);
    assert!(regions[..count].is_sorted_by_key(|region| region.base));
    let (shared, _) = memory::low();
    for region in &regions[..count - 4] {
        assert!((0x2000_1000..shared).contains(&region.base));
    }
}

fn there_is_no_region_behind_the_last_one() {
    let (_, count) = regions(MINOR);
    for n in [count as u32 + 1, 9, 0x8000_0000, u32::MAX] {
        put(room(0), &[0x55; 4]);
        let result = raw(get_region(MINOR, n).reply_to(room(0)));
        assert_eq!((result.r4, result.r5), (0, 1));
        assert_eq!(get(room(0)), [0, 0x55]);
    }
}

fn registers_are_no_region() {
    // The minor helper has some, and two memories.
    let (regions, count) = regions(MINOR);
    assert!(count > 2);
    for region in &regions[..count] {
        assert_ne!(region.base, 0x5000_0000);
    }
}

/// The request faults the assistant.
#[track_caller]
fn assert_faults(request: Registers, error: UsageError) {
    ASSIST.renew();
    ASSIST.call(request);
    assert_eq!(ASSIST.fault(), usage(error));
}

/// A request that is cut off.
fn cut(request: Registers, length: u32) -> Registers {
    Registers {
        r6: length,
        ..request
    }
}

fn a_region_of_an_index_out_of_range_faults_the_caller() {
    for index in [NUM_TASKS, 0x400, usize::MAX] {
        let request = get_region(MINOR, 0).reply_to(room(0));
        put(room(6), &(index as u32).to_le_bytes());
        assert_faults(request, UsageError::TaskOutOfRange);
    }
}

fn a_request_for_a_region_that_is_too_short_faults_the_caller() {
    for length in 0..8 {
        let request = get_region(MINOR, 0).reply_to(room(0));
        let request = cut(request, length);
        assert_faults(request, UsageError::BadKernelMessage);
    }
}

fn a_buffer_for_a_region_that_is_too_short_yields_the_size_of_the_type() {
    for length in 0..9 {
        let buffer = part(room(0), 0, length);
        let result = raw(get_region(MINOR, 0).reply_to(buffer));
        assert_eq!((result.r4, result.r5), (0, 12));
    }
}

fn a_region_is_encoded_as_an_option() {
    let region = kipc::get_task_desc_region(MINOR.index());
    put(room(0), &[0x55; 12]);
    let result = raw(get_region(MINOR, 0).reply_to(part(room(0), 0, 9)));
    assert_eq!((result.r4, result.r5), (0, 9));
    let bytes = get::<10>(room(0));
    assert_eq!(bytes[0], 1);
    assert_eq!(bytes[1..5], region.base.to_le_bytes());
    assert_eq!(bytes[5..9], region.size.to_le_bytes());
    assert_eq!(bytes[9], 0x55);
}

fn a_dump_takes_the_supervisor() {
    let request = dump(MINOR, memory::low()).reply_to(buffer());
    assert_faults(request, UsageError::NotSupervisor);
}

fn a_dump_of_the_supervisor_is_a_fault() {
    let fault = Err(usage(UsageError::TaskOutOfRange));
    let request = dump(RUNNER, memory::low());
    assert_eq!(try_dump(request, buffer()), fault);
}

fn a_dump_out_of_range_is_a_fault() {
    for index in [NUM_TASKS, 0x400, usize::MAX] {
        let request = dump(MINOR, memory::low());
        put(room(6), &(index as u32).to_le_bytes());
        let fault = Err(usage(UsageError::TaskOutOfRange));
        assert_eq!(try_dump(request, buffer()), fault);
    }
}

fn a_request_for_a_dump_that_is_too_short_is_a_fault() {
    for length in [0, 4, 11] {
        let request = cut(dump(MINOR, memory::low()), length);
        let fault = Err(usage(UsageError::BadKernelMessage));
        assert_eq!(try_dump(request, buffer()), fault);
    }
}

fn a_dump_with_a_malformed_range_or_buffer_is_a_fault() {
    let fault = Err(usage(UsageError::InvalidSlice));
    for slice in WRAPPING {
        assert_eq!(try_dump(dump(MINOR, slice), buffer()), fault);
        assert_eq!(try_dump(dump(MINOR, memory::low()), slice), fault);
    }
}

fn memory_that_a_task_can_read_can_be_dumped() {
    put(memory::high(), b"of the helper");
    let high = part(memory::high(), 0, 13);
    assert_eq!(try_dump(dump(MINOR, high), buffer()), Ok(13));
    assert_eq!(&get(buffer()), b"of the helper");
    // Code as well.
    let code = part(own(b"flash"), 0, 5);
    assert_eq!(try_dump(dump(SUITE, code), buffer()), Ok(5));
    assert_eq!(&get(buffer()), b"flash");
}

fn memory_that_a_task_cannot_read_cannot_be_dumped() {
    for range in [NULL, own(b"code"), part(memory::writeonly(), 0, 4)] {
        let fault = Err(inaccessible(range));
        assert_eq!(try_dump(dump(ASSIST, range), buffer()), fault);
    }
}

fn dma_memory_can_be_dumped() {
    put(memory::dma(), b"from the bus");
    let range = part(memory::dma(), 0, 12);
    assert_eq!(try_dump(dump(ASSIST, range), buffer()), Ok(12));
    assert_eq!(&get(buffer()), b"from the bus");
}

fn registers_cannot_be_dumped() {
    let registers = (0x5000_0000, 4);
    let fault = Err(inaccessible(registers));
    assert_eq!(try_dump(dump(MINOR, registers), buffer()), fault);
}

fn a_dump_is_cut_off_at_the_end_of_the_buffer() {
    put(memory::high(), b"0123456789");
    put(buffer(), b"..........");
    let high = part(memory::high(), 0, 10);
    assert_eq!(try_dump(dump(MINOR, high), part(buffer(), 0, 6)), Ok(6));
    assert_eq!(&get(buffer()), b"012345....");
}

fn a_dump_to_where_the_supervisor_may_not_write_is_a_fault() {
    let high = part(memory::high(), 0, 4);
    for buffer in [NULL, part(memory::high(), 64, 4)] {
        let fault = Err(inaccessible(buffer));
        assert_eq!(try_dump(dump(MINOR, high), buffer), fault);
    }
}

fn part_of_a_control_block_can_be_dumped() {
    let block = kipc::get_task_desc_region(MINOR.index());
    let whole = words::<8>(MINOR, block.base);
    let [third] = words(MINOR, block.base + 8);
    assert_eq!(third, whole[2]);
    let last = (block.base + block.size - 1, 1);
    assert_eq!(try_dump(dump(MINOR, last), buffer()), Ok(1));
}

fn a_range_that_leaves_the_control_block_cannot_be_dumped() {
    let block = kipc::get_task_desc_region(MINOR.index());
    for range in [
        (block.base - 1, 2),
        (block.base, block.size + 1),
        (block.base + block.size - 1, 2),
        (block.base + block.size, 1),
        (block.base - 4, 4),
    ] {
        let fault = Err(inaccessible(range));
        assert_eq!(try_dump(dump(MINOR, range), buffer()), fault);
    }
}

/// The stack of a helper, as in the application file.
const STACK_SIZE: u32 = 1536;

/// The start of a control block: r4 to r11, psp, EXC_RETURN.
#[track_caller]
fn saved(task: Other) -> [u32; 10] {
    words(task, kipc::get_task_desc_region(task.index()).base)
}

fn the_registers_of_a_waiting_task_are_in_its_control_block() {
    let mut receive = call::recv((0x1234, 0x5678), SPARE);
    (receive.r7, receive.r8, receive.r9) = (0x7777, 0x8888, 0x9999);
    receive.r10 = 0xAAAA;
    MINOR.call(receive);
    let [r4, r5, r6, r7, r8, r9, r10, r11, ..] = saved(MINOR);
    assert_eq!((r4, r5, r6, r7), (0x1234, 0x5678, SPARE, 0x7777));
    assert_eq!((r8, r9, r10), (0x8888, 0x9999, 0xAAAA));
    assert_eq!(r11, userlib::Sysnum::Recv as u32);
}

/// Words of an exception frame; there is room for the registers of the FPU
/// where there is one.
const FRAME_WORDS: usize = if cfg!(target_abi = "eabihf") { 26 } else { 8 };

fn the_registers_of_a_new_task_are_zero() {
    MINOR.call(call::recv((0x1234, 0x5678), SPARE));
    MINOR.stop();
    for task in [MINOR, DORMANT] {
        let saved = saved(task);
        assert_eq!(saved[..8], [0; 8]);
    }
    #[cfg(target_abi = "eabihf")]
    {
        let block = kipc::get_task_desc_region(MINOR.index());
        assert_eq!(words::<16>(MINOR, block.base + 40), [0; 16]);
    }
}

fn a_new_task_begins_at_its_entry_point_on_top_of_its_stack() {
    MINOR.stop();
    let [.., psp, _] = saved(MINOR);
    // The stack is at the start of its memory.
    let (regions, _) = regions(MINOR);
    let top = regions[0].base + STACK_SIZE;
    assert_eq!(psp, top - 4 * FRAME_WORDS as u32);
    let frame = words::<FRAME_WORDS>(MINOR, psp);
    assert_eq!(frame[..5], [0; 5]);
    assert_eq!(frame[5], u32::MAX);
    assert_eq!(frame[6] & 1, 1);
    assert_eq!(frame[7], 1 << 24);
    assert!(frame[8..].iter().all(|&word| word == 0));
    // The entry point is the first instruction of the task.
    let entry = frame[6] & !1;
    let fault = Err(inaccessible((entry - 4, 4)));
    assert_eq!(try_dump(dump(MINOR, (entry - 4, 4)), buffer()), fault);
    let request = dump(MINOR, (entry, 4));
    assert_eq!(try_dump(request, buffer()), Ok(4));
}

const PAINT: u32 = 0xBADD_CAFE;

fn the_stack_of_a_new_task_is_painted() {
    let [.., psp, _] = saved(DORMANT);
    let bottom = regions(DORMANT).0[0].base;
    assert!(psp - bottom > 800);
    for base in (bottom..psp).step_by(4 * 16) {
        let painted = words::<16>(DORMANT, base.min(psp - 64));
        assert_eq!(painted, [PAINT; 16]);
    }
}

fn a_restart_paints_the_stack_again() {
    let bottom = regions(MINOR).0[0].base;
    // Where the exception frame of the task is, as it waits for a script.
    let [.., used, _] = saved(MINOR);
    assert_ne!(words::<4>(MINOR, used), [PAINT; 4]);
    MINOR.stop();
    assert_eq!(words::<4>(MINOR, used), [PAINT; 4]);
    assert_eq!(words::<4>(MINOR, bottom), [PAINT; 4]);
}

fn a_restart_paints_nothing_but_the_stack() {
    // Neither the statics right behind the stack, nor shared memory.
    let bottom = regions(MINOR).0[0].base;
    MINOR.run(&[Step::change_data()]);
    let before = words::<4>(MINOR, bottom + STACK_SIZE);
    put(memory::high(), b"unchanged");
    MINOR.stop();
    assert_eq!(words::<4>(MINOR, bottom + STACK_SIZE), before);
    assert_eq!(&get(memory::high()), b"unchanged");
}
