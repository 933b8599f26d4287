// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the kernel needs from the processor and its memory.

use crate::config::Config;
#[cfg(feature = "dump")]
use crate::slice::Slice;
use crate::slice::{Readable, Writable};
use crate::task::{SavedState, Shared, Task};
use abi::ULease;

/// The operations that differ between the processor and a test.
///
/// An implementation may rely on [`Readable`] and [`Writable`] to name memory
/// that a task has under its control. It must not form references to it: a
/// second processor or a bus master may be writing there.
pub trait Machine {
    /// Refers to a task that exists.
    type TaskRef: Copy + Eq + 'static;

    /// What is left to do when a system call has done its work. On a real
    /// processor that is nothing: the kernel has been left by then.
    type Exit;

    /// Bytes of the exception frame that starts a task.
    const FRAME_SIZE: u32;

    /// Leaves the kernel after a system call.
    fn leave(
        &mut self,
        caller: Self::TaskRef,
        next: NextTask<Self::TaskRef>,
    ) -> Self::Exit;

    /// What the build tool has fixed.
    fn config(&self) -> &'static Config<Self::TaskRef>;

    /// How many tasks there are.
    fn task_count(&self) -> usize;

    /// The task of that index, if there is one.
    fn find(&self, index: usize) -> Option<Self::TaskRef>;

    /// A task.
    fn task(&self, task: Self::TaskRef) -> &Task;

    /// A task.
    fn task_mut(&mut self, task: Self::TaskRef) -> &mut Task;

    /// What the kernel knows beyond the tasks and the clock.
    fn shared_mut(&mut self) -> &mut Shared;

    /// The clock: ticks since boot.
    fn ticks(&mut self) -> &mut u64;

    /// Copies between tasks. Both ends have the same length and do not
    /// overlap.
    fn copy(&mut self, from: Readable, to: Writable);

    /// Copies from a task, as much as both ends can hold.
    fn read(&mut self, from: Readable, to: &mut [u8]);

    /// Copies to a task, as much as both ends can hold.
    fn write(&mut self, from: &[u8], to: Writable);

    /// Reads one entry of a lease table, of which this is the memory.
    fn read_lease(&mut self, from: Readable) -> ULease;

    /// Makes a context in which a task starts at its entry point.
    ///
    /// The exception frame goes to the end of the stack, which has room for
    /// it; what is below is painted with [`STACK_PAINT`].
    fn new_context(&mut self, entry_point: u32, stack: Writable) -> SavedState;

    /// Gives the running task, whose saved context has been replaced, those
    /// registers that a system call does not load when it returns to its
    /// caller.
    fn reload_context(&mut self, running: Self::TaskRef);

    /// Lets an interrupt happen.
    fn enable_irq(&mut self, irq: u32);

    /// Keeps an interrupt from happening.
    fn disable_irq(&mut self, irq: u32);

    /// Makes an interrupt pending.
    fn pend_irq(&mut self, irq: u32);

    /// Makes an interrupt not pending.
    fn unpend_irq(&mut self, irq: u32);

    /// Whether an interrupt can happen.
    fn is_irq_enabled(&self, irq: u32) -> bool;

    /// Whether an interrupt is pending.
    fn is_irq_pending(&self, irq: u32) -> bool;

    /// Where the control block of a task is.
    #[cfg(feature = "dump")]
    fn control_block(&self, task: Self::TaskRef) -> Slice;

    /// Copies part of the control block of a task to another task.
    #[cfg(feature = "dump")]
    fn dump_control_block(
        &mut self,
        task: Self::TaskRef,
        part: Slice,
        to: Writable,
    );

    /// The number that identifies the image.
    fn image_id(&self) -> u64;

    /// Resets the system.
    fn reset(&mut self) -> !;
}

/// What a system call says about who shall run next. `R` refers to a task.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[must_use]
pub enum NextTask<R> {
    /// The one that is running.
    Same,
    /// Whoever the scheduler chooses.
    Other,
    /// This one, without asking the scheduler.
    Specific(R),
}

impl<R: Copy + Eq> NextTask<R> {
    /// Merges two suggestions that were made during the same operation.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Specific(a), Self::Specific(b)) if a != b => Self::Other,
            (Self::Specific(a), _) | (_, Self::Specific(a)) => {
                Self::Specific(a)
            }
            (Self::Other, _) | (_, Self::Other) => Self::Other,
            (Self::Same, Self::Same) => Self::Same,
        }
    }
}

/// Refers to a task of a machine.
pub type Ref<M> = <M as Machine>::TaskRef;

/// What unused stack looks like. Debuggers measure stacks with it.
pub const STACK_PAINT: u32 = 0xBADD_CAFE;
