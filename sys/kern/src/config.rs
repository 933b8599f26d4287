// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the build tool has fixed besides the tasks' descriptors.

use crate::set::Order;
use abi::InterruptOwner;

/// The configuration. `R` is what refers to a task.
#[derive(Debug)]
pub struct Config<R: 'static> {
    /// Who is more important than whom.
    pub order: Order<R>,
    /// Who gets which interrupt.
    pub irqs: IrqTable,
}

/// The interrupts that notify one task with one mask.
#[derive(Debug)]
pub struct IrqGroup {
    pub owner: InterruptOwner,
    pub irqs: &'static [u32],
}

/// Where each interrupt goes.
#[derive(Debug)]
pub struct IrqTable {
    /// All groups; no two have the same owner.
    pub groups: &'static [IrqGroup],
    /// By interrupt number: 1 + the position of its group, 0 if it has none.
    pub group_of: &'static [u8],
}

impl IrqTable {
    /// The group of an interrupt.
    pub fn group_of(&self, irq: u32) -> Option<&'static IrqGroup> {
        let position = self.group_of.get(irq as usize)?;
        self.groups.get(usize::from(position.checked_sub(1)?))
    }

    /// The group that belongs to exactly this task and mask.
    pub fn group_for(
        &self,
        owner: InterruptOwner,
    ) -> Option<&'static IrqGroup> {
        self.groups.iter().find(|g| g.owner == owner)
    }
}
