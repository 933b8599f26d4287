// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Task control blocks, and what concerns all tasks.

use crate::descs::TaskDesc;
use crate::set::{Place, TaskSet};
use crate::slice::{LeaseTable, Slice, SliceFault};
use abi::{Generation, TaskId, TaskState};

/// Registers of a task that is not running.
///
/// Holds what exception entry does not put on the stack. `r4` to `r11` are the
/// arguments of the system call a blocked task is in; they are read again when
/// the call makes progress, and debuggers read them too.
#[derive(Debug, Default)]
#[repr(C)]
pub struct SavedState {
    pub r4: u32,
    pub r5: u32,
    pub r6: u32,
    pub r7: u32,
    pub r8: u32,
    pub r9: u32,
    pub r10: u32,
    pub r11: u32,
    /// Process stack pointer, at the exception frame.
    pub psp: u32,
    /// What brings the processor back to the task.
    pub exc_return: u32,
    // The floating point registers that exception entry does not stack, in
    // their integer form.
    #[cfg(fpu)]
    pub s16: u32,
    #[cfg(fpu)]
    pub s17: u32,
    #[cfg(fpu)]
    pub s18: u32,
    #[cfg(fpu)]
    pub s19: u32,
    #[cfg(fpu)]
    pub s20: u32,
    #[cfg(fpu)]
    pub s21: u32,
    #[cfg(fpu)]
    pub s22: u32,
    #[cfg(fpu)]
    pub s23: u32,
    #[cfg(fpu)]
    pub s24: u32,
    #[cfg(fpu)]
    pub s25: u32,
    #[cfg(fpu)]
    pub s26: u32,
    #[cfg(fpu)]
    pub s27: u32,
    #[cfg(fpu)]
    pub s28: u32,
    #[cfg(fpu)]
    pub s29: u32,
    #[cfg(fpu)]
    pub s30: u32,
    #[cfg(fpu)]
    pub s31: u32,
}

impl SavedState {
    /// Leaves the two results that most calls have: a code and a length.
    #[inline(always)]
    pub fn return_code_and_len(&mut self, code: u32, len: u32) {
        self.r4 = code;
        self.r5 = len;
    }

    /// Leaves the results of a RECV that got a message or notifications.
    #[inline(always)]
    pub fn return_received(&mut self, r: Receipt) {
        self.r4 = 0;
        self.r5 = u32::from(r.sender.0);
        self.r6 = r.operation;
        self.r7 = r.len;
        self.r8 = r.reply_capacity;
        self.r9 = r.lease_count;
    }

    /// SEND: the message.
    #[inline(always)]
    pub fn message(&self) -> Result<Slice, SliceFault> {
        Slice::bytes(self.r5, self.r6)
    }

    /// SEND: where the reply goes.
    #[inline(always)]
    pub fn reply_buffer(&self) -> Result<Slice, SliceFault> {
        Slice::bytes(self.r7, self.r8)
    }

    /// SEND: the lease table.
    #[inline(always)]
    pub fn leases(&self) -> Result<LeaseTable, SliceFault> {
        LeaseTable::new(self.r9, self.r10)
    }

    /// SEND: what the receiver learns, who gets `len` bytes of the message.
    #[inline(always)]
    pub fn receipt(&self, sender: TaskId, len: u32) -> Receipt {
        Receipt {
            sender,
            operation: self.r4 & 0xFFFF,
            len,
            reply_capacity: self.r8,
            lease_count: self.r10,
        }
    }

    /// RECV: where the message goes. PANIC: the message.
    #[inline(always)]
    pub fn receive_buffer(&self) -> Result<Slice, SliceFault> {
        Slice::bytes(self.r4, self.r5)
    }

    /// RECV: which notifications end it.
    #[inline(always)]
    pub fn notification_mask(&self) -> u32 {
        self.r6
    }
}

/// What a RECV reports.
pub struct Receipt {
    pub sender: TaskId,
    pub operation: u32,
    pub len: u32,
    pub reply_capacity: u32,
    pub lease_count: u32,
}

/// A scheduling priority; 0 is most important.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Priority(pub u8);

/// A point in time, in ticks since boot.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Timestamp(pub u64);

/// Notification bits.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub struct NotificationSet(pub u32);

/// A task's timer.
#[derive(Copy, Clone, Debug, Default)]
pub struct TimerState {
    /// When it fires; `None` if it is not running.
    pub deadline: Option<Timestamp>,
    /// What is posted when it fires, or was when it last did.
    pub to_post: NotificationSet,
}

/// A task control block.
///
/// Debuggers know the type and the fields up to `descriptor` by name. The
/// entry code finds `save` at the start.
#[derive(Debug)]
#[repr(C)]
pub struct Task {
    pub save: SavedState,
    pub priority: Priority,
    /// Changed by the methods of [`Kernel`](crate::kernel::Kernel) only, which
    /// keep the sets of tasks in step.
    pub state: TaskState,
    pub timer: TimerState,
    /// How often the task has been restarted.
    pub generation: u32,
    /// Notifications posted and not yet received.
    pub notifications: u32,
    pub descriptor: &'static TaskDesc,
    /// `descriptor.mpu.uses_low_half`, next to the descriptor and as a word:
    /// one instruction loads both.
    pub uses_low_half: u32,
    /// The id that follows from the index and the generation.
    pub id: TaskId,
    /// Where this task stands in sets of tasks.
    pub place: Place,
    /// The tasks that are blocked sending to this one.
    pub senders: TaskSet,
}

impl Task {
    /// A task that has not been started.
    pub fn new(descriptor: &'static TaskDesc) -> Self {
        Self {
            save: SavedState::default(),
            priority: Priority(descriptor.priority),
            state: TaskState::default(),
            timer: TimerState::default(),
            generation: 0,
            notifications: 0,
            descriptor,
            uses_low_half: u32::from(descriptor.mpu.uses_low_half),
            id: TaskId::for_index_and_gen(
                usize::from(descriptor.index),
                Generation::ZERO,
            ),
            place: descriptor.place,
            senders: TaskSet::EMPTY,
        }
    }
}

/// What the kernel knows beyond the tasks and the clock.
#[derive(Debug)]
pub struct Shared {
    /// The tasks that are `Healthy(Runnable)`.
    pub(crate) runnable: TaskSet,
    /// No timer is due before this tick. It may be earlier than necessary,
    /// after a timer has been changed.
    pub(crate) next_deadline: u64,
}

impl Shared {
    /// Nothing runs, and no timer is set.
    pub const INITIAL: Self = Self {
        runnable: TaskSet::EMPTY,
        next_deadline: u64::MAX,
    };
}
