// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Pin interrupts: between the interface and `drv-stm32xx-exti`.

use core::convert::Infallible;

use drv_stm32xx_exti::{
    Control, Core, EXTI_ADDRESS, Exti, NotYours, PortSelect, RegisterBlock,
    SYSCFG_EXTICR1_ADDRESS,
};
use drv_stm32xx_sys_api::{Edge, IrqControl};
use idol_runtime::{ClientError, RequestError};
use userlib::{
    Generation, TaskId, sys_irq_control, sys_post, sys_refresh_task_id,
};

use crate::notifications::EXTI_WILDCARD_IRQ_MASK;

#[cfg(feature = "family-stm32mp1")]
compile_error!(
    "pin interrupts are not implemented for the EXTI of the STM32MP1: remove \
     feature `exti` from the sys task"
);

const EXTI: *const RegisterBlock = EXTI_ADDRESS as *const RegisterBlock;
const SYSCFG_EXTICR1: *const PortSelect =
    SYSCFG_EXTICR1_ADDRESS as *const PortSelect;

const CORE: Core = if cfg!(feature = "cpu2") {
    Core::Cpu2
} else {
    Core::Cpu1
};

/// Sets the lines up and starts to listen to them.
pub fn start() -> Exti<'static> {
    // SAFETY: EXTI and SYSCFG are at these addresses in all families that this
    // module is compiled for; this task has both in its `uses`, and no other
    // task has. (A missing one is a memory fault at the first access.)
    let (exti, port_select) = unsafe { (&*EXTI, &*SYSCFG_EXTICR1) };
    let exti = Exti::new(exti, port_select, CORE, &SOURCES);
    sys_irq_control(EXTI_WILDCARD_IRQ_MASK, true);
    exti
}

/// Implements `gpio_irq_configure`.
pub fn configure(
    exti: &Exti<'_>,
    caller: TaskId,
    mask: u32,
    edge: Edge,
) -> Result<(), RequestError<Infallible>> {
    exti.configure(caller.index(), mask, edge.is_rising(), edge.is_falling())
        .map_err(refuse)
}

/// Implements `gpio_irq_control`.
pub fn control(
    exti: &mut Exti<'_>,
    caller: TaskId,
    mask: u32,
    op: IrqControl,
) -> Result<bool, RequestError<Infallible>> {
    let control = match op {
        IrqControl::Disable => Control::Mask,
        IrqControl::Enable => Control::Unmask,
        IrqControl::Check => Control::Leave,
    };
    exti.control(caller.index(), mask, control).map_err(refuse)
}

/// Tells the owners of the lines that fired, and returns these lines.
pub fn handle_notification(exti: &mut Exti<'_>) -> u16 {
    let fired = exti.handle_interrupt(|source| {
        let owner =
            TaskId::for_index_and_gen(source.owner, Generation::default());
        // A dead code would mean that the owner restarted in between. Its new
        // incarnation sets its pins up again and need not hear of old edges.
        let _ = sys_post(sys_refresh_task_id(owner), source.notification);
    });
    sys_irq_control(EXTI_WILDCARD_IRQ_MASK, true);
    fired
}

fn refuse(_: NotYours) -> RequestError<Infallible> {
    ClientError::BadMessageContents.fail()
}

include!(concat!(env!("OUT_DIR"), "/gpio_irq_sources.rs"));
