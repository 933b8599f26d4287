// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::config::{CONFIG, HUBRIS_IMAGE_ID};
use super::{TaskPtr, exit, memory};
use crate::config::Config;
use crate::kernel::Kernel;
use crate::machine::{Machine, NextTask, STACK_PAINT};
use crate::sizes::TASK_COUNT;
#[cfg(feature = "dump")]
use crate::slice::Slice;
use crate::slice::{Readable, Writable};
use crate::task::{SavedState, Shared, Task};
use abi::{LeaseAttributes, ULease};
use core::convert::Infallible;
use core::ptr;
use cortex_m::peripheral::{NVIC, SCB};

/// Ticks since boot.
#[used]
#[unsafe(no_mangle)]
static mut TICKS: u64 = 0;

/// What the kernel knows beyond the tasks and the clock. Debuggers want it in
/// one piece, which the optimiser would not leave it in otherwise.
#[used]
static mut SHARED: Shared = Shared::INITIAL;

/// The processor, its memory, and the kernel's statics.
pub struct Processor(());

/// Returns to thread mode and the process stack, with floating point state.
#[cfg(fpu)]
const EXC_RETURN: u32 = 0xFFFF_FFED;
/// Returns to thread mode and the process stack.
#[cfg(not(fpu))]
const EXC_RETURN: u32 = 0xFFFF_FFFD;

/// Words in an exception frame: r0 to r3, r12, lr, pc, xpsr; with floating
/// point state also s0 to s15, FPSCR and a reserved word (B1.5.7).
const FRAME_WORDS: usize = if cfg!(fpu) { 26 } else { 8 };

impl Processor {
    /// Takes possession of the kernel's statics.
    ///
    /// # Safety
    ///
    /// There must be no other `Processor`, and the task table must be
    /// initialised.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }
}

/// A pointer into memory of a task.
fn at<T>(address: u32) -> *mut T {
    ptr::with_exposed_provenance_mut(address as usize)
}

/// The registers of the interrupt controller.
fn nvic() -> &'static cortex_m::peripheral::nvic::RegisterBlock {
    // SAFETY: the registers exist as long as the program runs, and are made
    // for shared access. Nothing else in the kernel accesses them otherwise.
    unsafe { &*NVIC::PTR }
}

/// The word and bit of an interrupt in the controller's bitmaps.
fn locate(irq: u32) -> (usize, u32) {
    // There are no more than 16 words, and no interrupts beyond them.
    (irq as usize / 32 % 16, 1 << (irq % 32))
}

impl Machine for Processor {
    type TaskRef = TaskPtr;
    /// There is none: by then the task is running.
    type Exit = Infallible;

    const FRAME_SIZE: u32 = (FRAME_WORDS * 4) as u32;

    #[inline(always)]
    fn leave(
        &mut self,
        caller: TaskPtr,
        next: NextTask<TaskPtr>,
    ) -> Infallible {
        // SAFETY: only the handlers of system calls do this, when they have
        // finished their work with the kernel. `caller` is the running task,
        // and `next` is runnable.
        unsafe {
            match next {
                NextTask::Same => exit::resume(caller),
                NextTask::Specific(next) => exit::switch(caller, next),
                NextTask::Other => reschedule(caller),
            }
        }
    }

    #[inline(always)]
    fn config(&self) -> &'static Config<TaskPtr> {
        &CONFIG
    }

    #[inline(always)]
    fn task_count(&self) -> usize {
        TASK_COUNT
    }

    #[inline(always)]
    fn find(&self, index: usize) -> Option<TaskPtr> {
        (index < TASK_COUNT).then(|| TaskPtr::to(index))
    }

    #[inline(always)]
    fn task(&self, task: TaskPtr) -> &Task {
        // SAFETY: an entry of the table, which is initialised and only
        // accessed through the one `Processor` there is; it is borrowed.
        unsafe { &*task.as_ptr() }
    }

    #[inline(always)]
    fn task_mut(&mut self, task: TaskPtr) -> &mut Task {
        // SAFETY: an entry of the table, which is initialised and only
        // accessed through the one `Processor` there is; it is mutably
        // borrowed.
        unsafe { &mut *task.as_ptr() }
    }

    #[inline(always)]
    fn shared_mut(&mut self) -> &mut Shared {
        let shared = &raw mut SHARED;
        // SAFETY: only reachable through the one `Processor` there is, which
        // is mutably borrowed.
        unsafe { &mut *shared }
    }

    #[inline(always)]
    fn ticks(&mut self) -> &mut u64 {
        let ticks = &raw mut TICKS;
        // SAFETY: as above.
        unsafe { &mut *ticks }
    }

    #[inline(always)]
    fn copy(&mut self, from: Readable, to: Writable) {
        let (from, to) = (from.slice(), to.slice());
        // SAFETY: the region tables say that all of it is memory of tasks,
        // which the kernel may access as they do. No reference to any of it
        // exists in the kernel.
        unsafe { memory::copy(at(to.base()), at(from.base()), to.len()) }
    }

    fn read(&mut self, from: Readable, to: &mut [u8]) {
        let len = from.slice().len().min(to.len() as u32);
        // SAFETY: as for `copy`. `to` is our own memory, and long enough.
        unsafe {
            memory::copy(to.as_mut_ptr(), at(from.slice().base()), len);
        }
    }

    fn write(&mut self, from: &[u8], to: Writable) {
        let len = to.slice().len().min(from.len() as u32);
        // SAFETY: as for `copy`. `from` is our own memory, and long enough.
        unsafe { memory::copy(at(to.slice().base()), from.as_ptr(), len) }
    }

    #[inline(always)]
    fn read_lease(&mut self, from: Readable) -> ULease {
        let words = at::<u32>(from.slice().base());
        // SAFETY: as for `copy`. Lease tables are aligned, and the slice is
        // the three words of an entry.
        let [attributes, base_address, length] = unsafe {
            [
                words.read_volatile(),
                words.add(1).read_volatile(),
                words.add(2).read_volatile(),
            ]
        };
        ULease {
            attributes: LeaseAttributes::from_bits_retain(attributes),
            base_address,
            length,
        }
    }

    fn new_context(&mut self, entry_point: u32, stack: Writable) -> SavedState {
        let bottom = stack.slice().base();
        let top = bottom + stack.slice().len();
        let frame = top - Self::FRAME_SIZE;

        for address in (bottom..frame).step_by(4) {
            // SAFETY: a region of the task, so memory and aligned.
            unsafe { at::<u32>(address).write_volatile(STACK_PAINT) };
        }

        let mut words = [0; FRAME_WORDS];
        words[5] = u32::MAX; // lr: returning from the entry point faults
        words[6] = entry_point | 1; // pc, with the Thumb bit
        words[7] = 1 << 24; // xpsr: Thumb
        for (address, word) in (frame..top).step_by(4).zip(words) {
            // SAFETY: the stack is as large as a frame at least.
            unsafe { at::<u32>(address).write_volatile(word) };
        }

        SavedState {
            psp: frame,
            exc_return: EXC_RETURN,
            ..SavedState::default()
        }
    }

    fn reload_context(&mut self, running: TaskPtr) {
        let save = &self.task(running).save;
        // SAFETY: the task is not running now, and when it does next it
        // expects this stack pointer.
        unsafe { cortex_m::register::psp::write(save.psp) };
        #[cfg(fpu)]
        {
            super::fpu::forget_lazy_state();
            super::fpu::load(save);
        }
    }

    fn enable_irq(&mut self, irq: u32) {
        let (word, bit) = locate(irq);
        // SAFETY: writing ones enables interrupts and has no other effect.
        // The configuration has an owner for each.
        unsafe { nvic().iser[word].write(bit) };
    }

    fn disable_irq(&mut self, irq: u32) {
        let (word, bit) = locate(irq);
        // SAFETY: writing ones disables interrupts and has no other effect.
        unsafe { nvic().icer[word].write(bit) };
    }

    fn pend_irq(&mut self, irq: u32) {
        let (word, bit) = locate(irq);
        // SAFETY: writing ones makes interrupts pending, which can happen at
        // any time anyway.
        unsafe { nvic().ispr[word].write(bit) };
    }

    fn unpend_irq(&mut self, irq: u32) {
        let (word, bit) = locate(irq);
        // SAFETY: writing ones makes interrupts not pending and has no other
        // effect.
        unsafe { nvic().icpr[word].write(bit) };
    }

    fn is_irq_enabled(&self, irq: u32) -> bool {
        let (word, bit) = locate(irq);
        nvic().iser[word].read() & bit != 0
    }

    fn is_irq_pending(&self, irq: u32) -> bool {
        let (word, bit) = locate(irq);
        nvic().ispr[word].read() & bit != 0
    }

    #[cfg(feature = "dump")]
    fn control_block(&self, task: TaskPtr) -> Slice {
        let base = task.as_ptr().expose_provenance() as u32;
        match Slice::bytes(base, size_of::<Task>() as u32) {
            Ok(slice) => slice,
            Err(_) => panic!(),
        }
    }

    #[cfg(feature = "dump")]
    fn dump_control_block(&mut self, task: TaskPtr, part: Slice, to: Writable) {
        assert!(self.control_block(task).contains(&part));
        // SAFETY: the source lies within the control block, as just checked,
        // and nothing writes to it now. The destination is memory of a task.
        unsafe {
            memory::copy(at(to.slice().base()), at(part.base()), part.len());
        }
    }

    fn image_id(&self) -> u64 {
        HUBRIS_IMAGE_ID
    }

    fn reset(&mut self) -> ! {
        SCB::sys_reset()
    }
}

/// The kernel.
///
/// # Safety
///
/// The task table must be initialised. The caller must be the only one at
/// work: either [`start`](super::start), or a handler of the kernel's priority. It must drop
/// the result before it calls this again.
#[inline(always)]
pub unsafe fn kernel() -> Kernel<Processor> {
    Kernel {
        // SAFETY: our caller promises that it will be the only one.
        machine: unsafe { Processor::new() },
    }
}

/// Leaves the kernel for the task that the scheduler chooses.
///
/// # Safety
///
/// The kernel must have been entered from `current`, the running task, and not
/// be at work any more.
#[inline(never)]
pub unsafe fn reschedule(current: TaskPtr) -> ! {
    // SAFETY: our caller promises what is needed.
    unsafe {
        let next = kernel().select(current);
        if next == current {
            exit::resume(current)
        } else {
            exit::switch(current, next)
        }
    }
}
