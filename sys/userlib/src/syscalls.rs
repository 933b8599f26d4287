// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The system calls in Rust clothes.

use crate::stubs;
use crate::{Lease, NotificationBits};
use abi::{
    Generation, IrqControlArg, IrqStatus, LeaseAttributes, ReplyFaultReason,
    TaskId,
};

/// What ended a receive: a message, or notifications if the sender is
/// [`TaskId::KERNEL`].
pub struct RecvMessage {
    /// Who sent the message.
    pub sender: TaskId,
    /// The operation the sender asks for, or the notification bits.
    pub operation: u32,
    /// Bytes of the message that were copied into the buffer.
    pub message_len: usize,
    /// Bytes the sender has room for in the reply.
    pub response_capacity: usize,
    /// Leases that came with the message.
    pub lease_count: usize,
}

/// Why a closed receive failed.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum ClosedRecvError {
    /// The sender has been restarted; it is at this generation now.
    Dead(Generation),
}

/// The clock and the task's timer.
pub struct TimerState {
    /// Ticks since boot.
    pub now: u64,
    /// When the timer fires, if it is set.
    pub deadline: Option<u64>,
    /// Notifications posted when the timer fires.
    pub on_dl: u32,
}

/// What a client has lent.
pub struct BorrowInfo {
    /// The rights that come with the lease.
    pub attributes: LeaseAttributes,
    /// Bytes lent.
    pub len: usize,
}

/// Splits the two results of a call that returns (code, length).
#[inline(always)]
fn code_and_len(packed: u64) -> (u32, usize) {
    (packed as u32, (packed >> 32) as usize)
}

/// Sends a message and waits for the reply.
///
/// Returns the response code and how many bytes of `incoming` were written. If
/// the target has been restarted, the code is a dead code (see
/// [`extract_new_generation`](abi::extract_new_generation)).
#[inline(always)]
pub fn sys_send(
    target: TaskId,
    operation: u16,
    outgoing: &[u8],
    incoming: &mut [u8],
    leases: &[Lease<'_>],
) -> (u32, usize) {
    // SAFETY: the slices and leases are borrowed until the stub returns, and
    // the kernel uses them no longer than that.
    code_and_len(unsafe {
        stubs::sys_send_stub(
            u32::from(target.0) << 16 | u32::from(operation),
            outgoing.as_ptr(),
            outgoing.len(),
            incoming.as_mut_ptr(),
            incoming.len(),
            leases.as_ptr().cast(),
            leases.len(),
        )
    })
}

/// Waits for a message from anyone, or a notification in the mask.
#[inline(always)]
pub fn sys_recv_open(buffer: &mut [u8], notification_mask: u32) -> RecvMessage {
    // Without a specific sender there is nobody to be dead.
    recv(buffer, notification_mask, 0).1
}

/// Waits for a message from `sender`, or a notification in the mask.
///
/// # Errors
///
/// If `sender` has been restarted.
#[inline(always)]
pub fn sys_recv_closed(
    buffer: &mut [u8],
    notification_mask: u32,
    sender: TaskId,
) -> Result<RecvMessage, ClosedRecvError> {
    sys_recv(buffer, notification_mask, Some(sender))
        .map_err(|code| ClosedRecvError::Dead(Generation::from(code as u8)))
}

/// Waits for a message, or a notification in the mask.
///
/// # Errors
///
/// The dead code, if `specific_sender` has been restarted.
#[inline(always)]
pub fn sys_recv(
    buffer: &mut [u8],
    notification_mask: u32,
    specific_sender: Option<TaskId>,
) -> Result<RecvMessage, u32> {
    /// Marks a receive as closed.
    const CLOSED: u32 = 1 << 31;

    let specific = match specific_sender {
        Some(id) => CLOSED | u32::from(id.0),
        None => 0,
    };
    match recv(buffer, notification_mask, specific) {
        (0, rm) => Ok(rm),
        (code, _) => Err(code),
    }
}

#[inline(always)]
fn recv(buffer: &mut [u8], mask: u32, specific: u32) -> (u32, RecvMessage) {
    let mut out = core::mem::MaybeUninit::uninit();
    // SAFETY: the buffer is borrowed until the stub returns, and the kernel
    // uses it no longer than that. The stub initialises all of `out`.
    let (code, out) = unsafe {
        let code = stubs::sys_recv_stub(
            buffer.as_mut_ptr(),
            buffer.len(),
            mask,
            out.as_mut_ptr(),
            specific,
        );
        (code, out.assume_init())
    };
    let rm = RecvMessage {
        sender: TaskId(out.sender as u16),
        operation: out.operation,
        message_len: out.message_len,
        response_capacity: out.response_capacity,
        lease_count: out.lease_count,
    };
    (code, rm)
}

/// Waits for notifications in the mask, and nothing else.
#[inline(always)]
pub fn sys_recv_notification(notification_mask: u32) -> NotificationBits {
    match sys_recv(&mut [], notification_mask, Some(TaskId::KERNEL)) {
        Ok(rm) => NotificationBits::new(rm.operation),
        // SAFETY: the only error of a receive is that the specific sender has
        // been restarted. The kernel has no generation and never dies.
        Err(_) => unsafe { core::hint::unreachable_unchecked() },
    }
}

/// Replies to a client.
///
/// Does nothing if the client is gone or does not wait for this task.
#[inline(always)]
pub fn sys_reply(peer: TaskId, code: u32, message: &[u8]) {
    // SAFETY: the message is borrowed until the stub returns.
    unsafe {
        stubs::sys_reply_stub(
            u32::from(peer.0),
            code,
            message.as_ptr(),
            message.len(),
        );
    }
}

/// Faults a client instead of replying to it.
///
/// Does nothing if the client is gone or does not wait for this task.
#[inline(always)]
pub fn sys_reply_fault(task_id: TaskId, reason: ReplyFaultReason) {
    // SAFETY: the call involves no memory.
    unsafe {
        stubs::sys_reply_fault_stub(u32::from(task_id.0), reason as u32);
    }
}

/// Sets the task's timer, or turns it off.
///
/// At `deadline`, in ticks since boot, `notifications` are posted to the task;
/// immediately if that is past.
#[inline(always)]
pub fn sys_set_timer(deadline: Option<u64>, notifications: u32) {
    let at = deadline.unwrap_or(0);
    // SAFETY: the call involves no memory.
    unsafe {
        stubs::sys_set_timer_stub(
            u32::from(deadline.is_some()),
            at as u32,
            (at >> 32) as u32,
            notifications,
        );
    }
}

/// Reads the clock and the task's timer.
#[inline(always)]
pub fn sys_get_timer() -> TimerState {
    let mut out = core::mem::MaybeUninit::uninit();
    // SAFETY: the stub initialises all of `out`.
    let out = unsafe {
        stubs::sys_get_timer_stub(out.as_mut_ptr());
        out.assume_init()
    };
    let join = |lo: u32, hi: u32| u64::from(hi) << 32 | u64::from(lo);
    TimerState {
        now: join(out.now_lo, out.now_hi),
        deadline: (out.is_set != 0)
            .then(|| join(out.deadline_lo, out.deadline_hi)),
        on_dl: out.on_dl,
    }
}

/// Sets the task's timer to fire `interval` ticks from now, and returns when
/// that will be.
pub fn set_timer_relative(interval: u32, notifications: u32) -> u64 {
    let deadline = sys_get_timer().now.wrapping_add(u64::from(interval));
    sys_set_timer(Some(deadline), notifications);
    deadline
}

/// Copies from a client's lease to `dest`.
///
/// Returns a response code and how many bytes were copied, fewer than asked
/// for if the lease ends early.
#[inline(always)]
pub fn sys_borrow_read(
    lender: TaskId,
    index: usize,
    offset: usize,
    dest: &mut [u8],
) -> (u32, usize) {
    // SAFETY: `dest` is borrowed until the stub returns.
    code_and_len(unsafe {
        stubs::sys_borrow_read_stub(
            u32::from(lender.0),
            index,
            offset,
            dest.as_mut_ptr(),
            dest.len(),
        )
    })
}

/// Copies `src` to a client's lease.
///
/// Returns a response code and how many bytes were copied, fewer than asked
/// for if the lease ends early.
#[inline(always)]
pub fn sys_borrow_write(
    lender: TaskId,
    index: usize,
    offset: usize,
    src: &[u8],
) -> (u32, usize) {
    // SAFETY: `src` is borrowed until the stub returns.
    code_and_len(unsafe {
        stubs::sys_borrow_write_stub(
            u32::from(lender.0),
            index,
            offset,
            src.as_ptr(),
            src.len(),
        )
    })
}

/// What a client's lease is; `None` if the client is not lending.
#[inline(always)]
pub fn sys_borrow_info(lender: TaskId, index: usize) -> Option<BorrowInfo> {
    let mut out = core::mem::MaybeUninit::uninit();
    // SAFETY: the stub initialises all of `out`.
    let out = unsafe {
        stubs::sys_borrow_info_stub(
            u32::from(lender.0),
            index,
            out.as_mut_ptr(),
        );
        out.assume_init()
    };
    (out.code == 0).then(|| BorrowInfo {
        attributes: LeaseAttributes::from_bits_retain(out.attributes),
        len: out.len,
    })
}

/// Enables or disables the interrupts that post `mask`.
#[inline(always)]
pub fn sys_irq_control(mask: u32, enable: bool) {
    irq_control(mask, enable, IrqControlArg::empty());
}

/// Enables or disables the interrupts that post `mask`, and forgets those
/// that are pending.
#[inline(always)]
pub fn sys_irq_control_clear_pending(mask: u32, enable: bool) {
    irq_control(mask, enable, IrqControlArg::CLEAR_PENDING);
}

#[inline(always)]
fn irq_control(mask: u32, enable: bool, mut arg: IrqControlArg) {
    arg.set(IrqControlArg::ENABLED, enable);
    // SAFETY: the call involves no memory.
    unsafe { stubs::sys_irq_control_stub(mask, arg.bits()) }
}

/// The state of the interrupts that post `mask`.
#[inline(always)]
pub fn sys_irq_status(mask: u32) -> IrqStatus {
    // SAFETY: the call involves no memory.
    IrqStatus::from_bits_truncate(unsafe { stubs::sys_irq_status_stub(mask) })
}

/// The id that the task with this index has now.
#[inline(always)]
pub fn sys_refresh_task_id(task_id: TaskId) -> TaskId {
    // SAFETY: the call involves no memory.
    let id = unsafe { stubs::sys_refresh_task_id_stub(u32::from(task_id.0)) };
    TaskId(id as u16)
}

/// Posts notifications to a task.
///
/// Returns 0, or a dead code if the task has been restarted.
#[inline(always)]
pub fn sys_post(task_id: TaskId, bits: u32) -> u32 {
    // SAFETY: the call involves no memory.
    unsafe { stubs::sys_post_stub(u32::from(task_id.0), bits) }
}

/// Stops the task with a message.
#[inline(always)]
pub fn sys_panic(msg: &[u8]) -> ! {
    // SAFETY: the stub does not return, so the message lives long enough.
    unsafe { stubs::sys_panic_stub(msg.as_ptr(), msg.len()) }
}
