// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use crate::sizes::TASK_COUNT;
use crate::task::Task;
use abi::TaskId;
use core::mem::MaybeUninit;

// The indices from there on are in ids that name no task.
const _: () = assert!(TASK_COUNT <= TaskId::UNBOUND.0 as usize);

/// The task table. Initialised by [`start`](super::start), before any exception that could
/// use it.
#[used]
#[unsafe(no_mangle)]
static mut HUBRIS_TASK_TABLE_SPACE: [MaybeUninit<Task>; TASK_COUNT] =
    [const { MaybeUninit::uninit() }; TASK_COUNT];

/// Refers to a task by the address of its control block.
///
/// There is one for each entry of the task table, and no others.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct TaskPtr(*mut Task);

// SAFETY: it is only an address; what may be done with it is up to who uses it.
unsafe impl Sync for TaskPtr {}

impl TaskPtr {
    /// The task of that index.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub const fn to(index: usize) -> Self {
        assert!(index < TASK_COUNT);
        let table = (&raw mut HUBRIS_TASK_TABLE_SPACE).cast::<Task>();
        // SAFETY: an entry of the table.
        Self(unsafe { table.add(index) })
    }

    /// The address of the control block.
    #[inline(always)]
    pub fn as_ptr(self) -> *mut Task {
        self.0
    }
}
