// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Names for other tasks, bound when the image is assembled.

use crate::{TaskId, sys_refresh_task_id};
use abi::Generation;
use volatile_const::VolatileConst;

/// A reference to another task.
///
/// It holds the index of a task. The build tool writes the index into the
/// linked task according to `task-slots` in the application file.
#[repr(C)]
pub struct TaskSlot(VolatileConst<u16>);

impl TaskSlot {
    /// A slot that names no task yet.
    pub const UNBOUND: Self = Self(VolatileConst::new(TaskId::UNBOUND.0));

    /// The index of the task.
    pub fn get_task_index(&self) -> u16 {
        self.0.get()
    }

    /// The id of the task, with the generation it has now.
    pub fn get_task_id(&self) -> TaskId {
        let index = usize::from(self.get_task_index());
        sys_refresh_task_id(TaskId::for_index_and_gen(index, Generation::ZERO))
    }
}

/// Tells the build tool where a slot is and what it is called.
///
/// The tool reads these from a section that is not part of the image, one
/// after the other without padding.
#[repr(C)]
#[repr(packed)]
pub struct TaskSlotTableEntry<const N: usize> {
    slot: *const u16,
    name_len: usize,
    name: [u8; N],
}

impl<const N: usize> TaskSlotTableEntry<N> {
    /// An entry for `slot` under the given name.
    pub const fn for_task_slot(
        name: &'static [u8; N],
        slot: &'static TaskSlot,
    ) -> Self {
        Self {
            slot: slot.0.as_ptr(),
            name_len: N,
            name: *name,
        }
    }
}

// SAFETY: nothing can read the entry in a running program, which makes the
// pointer in it harmless.
unsafe impl<const N: usize> Sync for TaskSlotTableEntry<N> {}

/// Declares a task slot.
///
/// ```ignore
/// task_slot!(PEER, peer);
/// task_slot!(pub PEER, peer);
/// ```
///
/// The first identifier names the static, a [`TaskSlot`]; the second is the
/// name of the slot in the application file.
///
/// [`TaskSlot`]: crate::task_slot::TaskSlot
#[macro_export]
macro_rules! task_slot {
    ($vis:vis $NAME:ident, $slot:ident) => {
        #[used]
        $vis static $NAME: $crate::task_slot::TaskSlot =
            $crate::task_slot::TaskSlot::UNBOUND;

        $crate::macros::paste::paste! {
            #[used]
            #[unsafe(link_section = ".task_slot_table")]
            static [< _TASK_SLOT_TABLE_ $NAME >]:
                $crate::task_slot::TaskSlotTableEntry<
                    {
                        $crate::macros::bstringify::bstringify!($slot).len()
                    },
                > = $crate::task_slot::TaskSlotTableEntry::for_task_slot(
                    $crate::macros::bstringify::bstringify!($slot),
                    &$NAME,
                );
        }
    };
}
