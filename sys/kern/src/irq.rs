// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Interrupts and the tasks that own them.

use crate::config::IrqGroup;
use crate::fail::die;
use crate::kernel::{Kernel, Outcome};
use crate::machine::{Machine, Ref};
use abi::{FaultInfo, InterruptOwner, IrqControlArg, IrqStatus, UsageError};

impl<M: Machine> Kernel<M> {
    /// Handles an external interrupt. Returns whether a task woke up.
    ///
    /// # Panics
    ///
    /// If nobody owns the interrupt.
    pub fn interrupt(&mut self, irq: u32) -> bool {
        let Some(group) = self.machine.config().irqs.group_of(irq) else {
            die("unhandled IRQ", irq);
        };
        // The source may keep asserting the interrupt until its driver runs.
        self.machine.disable_irq(irq);
        match self.machine.find(group.owner.task as usize) {
            Some(task) => self.post(task, group.owner.notification),
            None => false,
        }
    }

    fn group_of_caller(
        &self,
        caller: Ref<M>,
        notification: u32,
    ) -> Result<&'static IrqGroup, FaultInfo> {
        let owner = InterruptOwner {
            task: self.task(caller).id.index() as u32,
            notification,
        };
        let group = self.machine.config().irqs.group_for(owner);
        group.ok_or_else(|| UsageError::NoIrq.into())
    }

    /// IRQ_CONTROL: enables or disables the caller's interrupts of a mask.
    #[inline(always)]
    pub fn irq_control(&mut self, caller: Ref<M>) -> Outcome<M> {
        let save = &self.task(caller).save;
        let (mask, arg) = (save.r4, save.r5);
        let Some(arg) = IrqControlArg::from_bits(arg) else {
            return Err(UsageError::NoIrq.into());
        };
        let group = self.group_of_caller(caller, mask)?;
        let clear_pending = arg.contains(IrqControlArg::CLEAR_PENDING);
        for &irq in group.irqs {
            if arg.contains(IrqControlArg::ENABLED) {
                if clear_pending {
                    self.machine.unpend_irq(irq);
                }
                self.machine.enable_irq(irq);
            } else {
                self.machine.disable_irq(irq);
                if clear_pending {
                    self.machine.unpend_irq(irq);
                }
            }
        }
        self.resume(caller)
    }

    /// IRQ_STATUS: the state of the caller's interrupts of a mask.
    #[inline(always)]
    pub fn irq_status(&mut self, caller: Ref<M>) -> Outcome<M> {
        let mask = self.task(caller).save.r4;
        let group = self.group_of_caller(caller, mask)?;
        let mut status = IrqStatus::empty();
        for &irq in group.irqs {
            status.set(
                IrqStatus::ENABLED,
                status.contains(IrqStatus::ENABLED)
                    || self.machine.is_irq_enabled(irq),
            );
            status.set(
                IrqStatus::PENDING,
                status.contains(IrqStatus::PENDING)
                    || self.machine.is_irq_pending(irq),
            );
        }
        let task = self.task_mut(caller);
        status.set(IrqStatus::POSTED, task.notifications & mask != 0);
        task.save.r4 = status.bits();
        self.resume(caller)
    }
}
