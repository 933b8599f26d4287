// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the source of tasks relies on: names, signatures and traits. To be
//! compiled is all there is to it.

use core::fmt::Debug;
use userlib::hl::{Borrow, Caller, Message};
use userlib::task_slot::{TaskSlot, TaskSlotTableEntry};
use userlib::{
    BorrowInfo, ClosedRecvError, FaultInfo, FaultSource, FromPrimitive,
    Generation, ImageHeader, ImageVectors, InterruptNum, InterruptOwner,
    IrqControlArg, IrqStatus, Kipcnum, Lease, LeaseAttributes,
    NotificationBits, PANIC_MESSAGE_MAX_LEN, ReadPanicMessageError,
    RecvMessage, ReplyFaultReason, SchedState, Sysnum, TaskDumpRegion, TaskId,
    TaskState, TimerState, ToPrimitive, ULease, UnwrapLite, UsageError, hl,
    kipc, units,
};

/// Derived as in tasks: with the macros that `userlib` passes on.
#[derive(Copy, Clone, Debug, FromPrimitive, ToPrimitive)]
enum Operation {
    Only = 1,
}

impl From<Operation> for u32 {
    fn from(operation: Operation) -> Self {
        operation as u32
    }
}

userlib::task_slot!(PRIVATE, partner);
userlib::task_slot!(pub PUBLIC, partner);

const _: &TaskSlot = &PRIVATE;
const _: &TaskSlot = &PUBLIC;
const _: TaskSlot = TaskSlot::UNBOUND;
const _: fn(&TaskSlot) -> u16 = TaskSlot::get_task_index;
const _: fn(&TaskSlot) -> TaskId = TaskSlot::get_task_id;
const _: usize = size_of::<TaskSlotTableEntry<3>>() - (4 + 4 + 3);

/// System calls.
const _: () = {
    type Send = fn(TaskId, u16, &[u8], &mut [u8], &[Lease<'_>]) -> (u32, usize);
    type Closed =
        fn(&mut [u8], u32, TaskId) -> Result<RecvMessage, ClosedRecvError>;
    type Recv = fn(&mut [u8], u32, Option<TaskId>) -> Result<RecvMessage, u32>;
    type Read = fn(TaskId, usize, usize, &mut [u8]) -> (u32, usize);
    type Write = fn(TaskId, usize, usize, &[u8]) -> (u32, usize);
    let _: Send = userlib::sys_send;
    let _: fn(&mut [u8], u32) -> RecvMessage = userlib::sys_recv_open;
    let _: Closed = userlib::sys_recv_closed;
    let _: Recv = userlib::sys_recv;
    let _: fn(u32) -> NotificationBits = userlib::sys_recv_notification;
    let _: fn(TaskId, u32, &[u8]) = userlib::sys_reply;
    let _: fn(TaskId, ReplyFaultReason) = userlib::sys_reply_fault;
    let _: fn(Option<u64>, u32) = userlib::sys_set_timer;
    let _: fn() -> TimerState = userlib::sys_get_timer;
    let _: Read = userlib::sys_borrow_read;
    let _: Write = userlib::sys_borrow_write;
    let _: fn(TaskId, usize) -> Option<BorrowInfo> = userlib::sys_borrow_info;
    let _: fn(u32, bool) = userlib::sys_irq_control;
    let _: fn(u32, bool) = userlib::sys_irq_control_clear_pending;
    let _: fn(u32) -> IrqStatus = userlib::sys_irq_status;
    let _: fn(TaskId) -> TaskId = userlib::sys_refresh_task_id;
    let _: fn(TaskId, u32) -> u32 = userlib::sys_post;
    let _: fn(&[u8]) -> ! = userlib::sys_panic;
    let _: fn(u32, u32) -> u64 = userlib::set_timer_relative;
};

/// Kernel IPC.
const _: () = {
    type PanicMessage =
        for<'a> fn(
            usize,
            &'a mut [u8; PANIC_MESSAGE_MAX_LEN],
        )
            -> Result<core::str::Utf8Chunks<'a>, ReadPanicMessageError>;
    let _: fn(usize) -> TaskState = kipc::read_task_status;
    let _: fn(usize) -> Option<core::num::NonZeroUsize> =
        kipc::find_faulted_task;
    let _: fn(usize) -> TaskDumpRegion = kipc::get_task_desc_region;
    let _: fn(usize, usize) -> Option<TaskDumpRegion> =
        kipc::get_task_dump_region;
    let _: fn(usize, TaskDumpRegion, &mut [u8]) -> usize =
        kipc::read_task_dump_region;
    let _: fn(usize, bool) = kipc::reinit_task;
    let _: fn(usize) = kipc::fault_task;
    let _: fn() -> ! = kipc::system_restart;
    let _: fn() -> u64 = kipc::read_image_id;
    let _: fn(usize, u32) = kipc::software_irq;
    let _: PanicMessage = kipc::read_panic_message;
};

/// Notifications and leases.
const _: () = {
    let _: fn(u32) -> NotificationBits = NotificationBits::new;
    let _: fn(&NotificationBits) -> u32 = NotificationBits::get_raw_bits;
    let _: fn(&NotificationBits, u32) -> bool =
        NotificationBits::check_notification_mask;
    let _: fn(&NotificationBits, u32, fn() -> bool) -> bool =
        NotificationBits::check_condition;
    let _: fn(&NotificationBits, u32) -> bool =
        NotificationBits::has_timer_fired;
    let _: fn(&'static [u8]) -> Lease<'static> = Lease::read_only;
    let _: fn(&'static mut [u8]) -> Lease<'static> = Lease::read_write;
    let _: fn(&'static mut [u8]) -> Lease<'static> = Lease::write_only;
    let _: fn(&'static [u8]) -> Lease<'static> = Lease::from;
    let _: fn(&'static mut [u8]) -> Lease<'static> = Lease::from;
};

/// High-level receives.
#[expect(dead_code, reason = "to be compiled is all there is to it")]
fn receives<'a>(
    first: &'a mut [u8],
    second: &'a mut [u8],
    third: &'a mut [u8],
    fourth: &'a mut [u8],
) -> Result<(), ClosedRecvError> {
    type Fixed<'a> = Option<(&'a u32, Caller<u64>)>;
    let notify = |(): (), _: u32| {};
    let message = |(): (),
                   _: Operation,
                   _: Message<'a>|
     -> Result<(), Operation> { Err(Operation::Only) };
    hl::recv(first, 1, (), notify, message);
    hl::recv_without_notification(second, |_: u32, m: Message<'_>| {
        let _: usize = m.lease_count();
        let _: Fixed<'_> = m.fixed();
        Ok::<(), u32>(())
    });
    hl::recv_from(None, third, 1, (), notify, message)?;
    let from = Some(TaskId::KERNEL);
    hl::recv_from_without_notification(from, fourth, |_: Operation, m| {
        let ((), caller): (&(), Caller<()>) =
            m.fixed_with_leases(1).ok_or(1u32)?;
        caller.reply_fail(Operation::Only);
        Ok::<(), u32>(())
    })
}

const _: () = {
    let _: fn(u64) = hl::sleep_until;
    let _: fn(u64) = hl::sleep_for;
    let _: fn(TaskId) -> Caller<u32> = Caller::from;
    let _: fn(Caller<u32>, u32) = Caller::reply;
    let _: fn(&Caller<u32>) -> TaskId = Caller::task_id;
    let _: for<'a> fn(&'a Caller<u32>, usize) -> Borrow<'a> = Caller::borrow;
    let _: fn(&Borrow<'static>) -> Borrow<'static> = Borrow::clone;
    let _: fn(&Borrow<'static>) -> Option<BorrowInfo> = Borrow::info;
    let _: fn(&Borrow<'static>, usize, &mut [u8]) -> Option<()> =
        Borrow::read_fully_at;
    let _: fn(&Borrow<'static>, usize) -> Option<u32> = Borrow::read_at;
    let _: fn(&Borrow<'static>, usize, u32) -> Option<()> = Borrow::write_at;
    let _: fn(&Borrow<'static>, usize, &[u8]) -> Option<()> =
        Borrow::write_fully_at;
};

/// Fields.
#[expect(dead_code, reason = "to be compiled is all there is to it")]
fn fields(rm: &RecvMessage, timer: &TimerState, info: &BorrowInfo) {
    let _: (TaskId, u32, usize) = (rm.sender, rm.operation, rm.message_len);
    let _: (usize, usize) = (rm.response_capacity, rm.lease_count);
    let _: (u64, Option<u64>, u32) = (timer.now, timer.deadline, timer.on_dl);
    let _: (LeaseAttributes, usize) = (info.attributes, info.len);
    let _ = ImageHeader {
        magic: userlib::HEADER_MAGIC,
        total_image_len: userlib::CABOOSE_MAGIC,
        ..ImageHeader::default()
    };
    let ImageVectors { sp: 0, entry: 0 } = ImageVectors::default() else {
        return;
    };
    let _ = ULease {
        attributes: LeaseAttributes::READ | LeaseAttributes::WRITE,
        base_address: 0,
        length: 0,
    };
    let _ = userlib::Interrupt {
        irq: InterruptNum::invalid(),
        owner: InterruptOwner::invalid(),
    };
}

/// Conversions and traits.
const _: () = {
    const fn value<T: Copy + Clone + Debug + Eq>() {}
    const fn copy<T: Copy + Debug>() {}
    const fn converts<N, T: TryFrom<N, Error = ()>>() {}
    const fn unwraps<T, U: UnwrapLite<Output = T>>() {}
    value::<TaskId>();
    value::<Generation>();
    value::<FaultInfo>();
    value::<FaultSource>();
    value::<UsageError>();
    value::<ReplyFaultReason>();
    value::<SchedState>();
    value::<ReadPanicMessageError>();
    value::<ClosedRecvError>();
    value::<LeaseAttributes>();
    value::<IrqStatus>();
    value::<IrqControlArg>();
    value::<InterruptNum>();
    value::<InterruptOwner>();
    copy::<TaskState>();
    copy::<TaskDumpRegion>();
    copy::<ULease>();
    converts::<u32, Sysnum>();
    converts::<u16, Kipcnum>();
    converts::<u32, ReplyFaultReason>();
    converts::<u32, ReadPanicMessageError>();
    converts::<u8, units::PWMDuty>();
    unwraps::<u8, Option<u8>>();
    unwraps::<u8, Result<u8, u16>>();
};

const _: () = {
    let _: Generation = Generation::ZERO;
    let _: TaskId = TaskId::for_index_and_gen(usize::MAX, Generation::ZERO);
    let _: (u32, u16) = (TaskId::INDEX_BITS, TaskId::INDEX_MASK);
    let _: u32 = userlib::dead_response_code(Generation::ZERO);
    let _: Option<Generation> =
        userlib::extract_new_generation(userlib::FIRST_DEAD_CODE);
    let _: u32 = userlib::DEFECT;
    let _: fn(&TaskId) -> usize = TaskId::index;
    let _: fn(&TaskId) -> Generation = TaskId::generation;
    let _: fn(TaskId) -> TaskId = TaskId::next_generation;
    let _: fn(Generation) -> Generation = Generation::next;
    let _: fn(u8) -> Generation = Generation::from;
    let _: fn(Generation) -> u8 = u8::from;
    let _: fn(SchedState) -> TaskState = TaskState::from;
    let _: fn(UsageError) -> FaultInfo = FaultInfo::from;
    let _: fn() -> TaskState = TaskState::default;
    let _: fn(&TaskState, TaskId) -> bool = TaskState::can_accept_message_from;
    let _: fn(&TaskState, TaskId) -> bool = TaskState::is_sending_to;
    let _: fn(&TaskState) -> bool = TaskState::can_accept_notification;
    let _: (units::Celsius, units::Rpm) = (units::Celsius(0.0), units::Rpm(0));
    let _: (units::Volts, units::Amperes) =
        (units::Volts(0.0), units::Amperes(0.0));
    let _: (units::Ohms, units::Watts) = (units::Ohms(0.0), units::Watts(0.0));
};
