// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::TaskPtr;
use super::config::HUBRIS_TASK_DESCS;
use super::current::CURRENT_TASK_PTR;
use super::processor::kernel;
use crate::descs::TaskDesc;
use crate::mpu::MPU_ON;
use crate::sizes::{IRQ_COUNT, TASK_COUNT};
use crate::task::Task;
use core::sync::atomic::Ordering;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{MPU, NVIC, Peripherals, SCB, SYST};

/// The lowest priority there is; processors implement some of the upper bits.
const LOWEST_PRIORITY: u8 = 0xFF;

/// Starts the tasks.
///
/// # Safety
///
/// As for [`start_kernel`](crate::startup::start_kernel).
pub unsafe fn start(tick_divisor: u32) -> ! {
    for (i, desc) in HUBRIS_TASK_DESCS.iter().enumerate() {
        // SAFETY: nobody else uses the table yet.
        unsafe { prepare_task(TaskPtr::to(i), desc) };
    }
    // SAFETY: the table is initialised, and no exception can come.
    let mut kernel = unsafe { kernel() };
    kernel.boot();
    let first = kernel.select(TaskPtr::to(TASK_COUNT - 1));
    CURRENT_TASK_PTR.store(first.as_ptr().cast(), Ordering::Relaxed);

    // SAFETY: we have the processor to ourselves; whoever took peripherals
    // before has handed over to us.
    let mut p = unsafe { Peripherals::steal() };
    // SAFETY: the processor is as our caller promises.
    unsafe {
        prepare_exceptions(&mut p.SCB, &p.NVIC);
        #[cfg(fpu)]
        super::fpu::enable(&mut p.SCB, &p.FPU);
        prepare_mpu(&p.MPU, kernel.task(first));
        prepare_tick(&mut p.SYST, tick_divisor);
    }
    // Its handler recognises that no task runs yet.
    SCB::set_pendsv();
    loop {
        cortex_m::asm::wfi();
    }
}

/// Initialises an entry of the task table.
///
/// # Safety
///
/// The entry must not be in use.
// Or else there is a copy of this for each task.
#[inline(never)]
unsafe fn prepare_task(task: TaskPtr, desc: &'static TaskDesc) {
    // SAFETY: an entry of the table, and our caller promises the rest.
    unsafe { task.as_ptr().write(Task::new(desc)) };
}

/// Gives the kernel's exceptions their common priority, and enables faults
/// above it.
///
/// # Safety
///
/// Interrupts must be disabled.
unsafe fn prepare_exceptions(scb: &mut SCB, nvic: &NVIC) {
    use cortex_m::peripheral::scb::SystemHandler;

    for handler in [
        SystemHandler::SVCall,
        SystemHandler::PendSV,
        SystemHandler::SysTick,
    ] {
        // SAFETY: no critical section of anyone depends on these priorities.
        unsafe { scb.set_priority(handler, LOWEST_PRIORITY) };
    }

    #[cfg(armv7m)]
    {
        /// SHCSR: enable MemManage, BusFault and UsageFault (B3.2.13).
        const FAULTS_ENABLED: u32 = 0b111 << 16;
        /// CCR: trap division by zero (B3.2.8).
        const DIV_0_TRP: u32 = 1 << 4;

        // SAFETY: enabling faults only changes what is fatal anyway.
        unsafe {
            scb.shcsr.modify(|bits| bits | FAULTS_ENABLED);
            scb.ccr.modify(|bits| bits | DIV_0_TRP);
        }
        for priority in nvic.ipr.iter().take(interrupt_lines()) {
            // SAFETY: no critical section of anyone depends on this.
            unsafe { priority.write(LOWEST_PRIORITY) };
        }
    }
    #[cfg(armv6m)]
    {
        const _: () = assert!(IRQ_COUNT <= 32);
        for four in &nvic.ipr {
            // SAFETY: no critical section of anyone depends on this.
            unsafe { four.write(u32::from_ne_bytes([LOWEST_PRIORITY; 4])) };
        }
    }
}

/// How many external interrupts there may be.
#[cfg(armv7m)]
fn interrupt_lines() -> usize {
    // SAFETY: reading the register has no effect.
    let ictr = unsafe { (*cortex_m::peripheral::ICB::PTR).ictr.read() };
    // In units of 32, minus one (B3.4.2). Where the register does not tell,
    // the interrupts in use exist nevertheless.
    let told = (ictr as usize % 16 + 1) * 32;
    told.max(IRQ_COUNT)
}

/// Loads the regions of the first task and turns the unit on.
///
/// # Safety
///
/// The unit must be off.
unsafe fn prepare_mpu(mpu: &MPU, first: &Task) {
    let image = &first.descriptor.mpu;
    for region in image.low.iter().chain(&image.high) {
        // SAFETY: privileged code is not affected by the regions of a task.
        unsafe {
            mpu.rbar.write(region.rbar);
            mpu.rasr.write(region.rasr);
        }
    }
    cortex_m::asm::dsb();
    // SAFETY: privileged code keeps its access to everything.
    unsafe { mpu.ctrl.write(MPU_ON) };
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}

/// Starts the clock.
fn prepare_tick(syst: &mut SYST, tick_divisor: u32) {
    syst.set_clock_source(SystClkSource::Core);
    syst.set_reload(tick_divisor.wrapping_sub(1));
    syst.clear_current();
    syst.enable_interrupt();
    syst.enable_counter();
}
