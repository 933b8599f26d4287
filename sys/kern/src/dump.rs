// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Kernel IPC with which the supervisor dumps other tasks.

use crate::kernel::{Kernel, Outcome, SUPERVISOR};
use crate::kipc::Request;
use crate::machine::{Machine, Ref};
use crate::region::RegionAttributes;
use crate::slice::{Slice, SliceFault};
use abi::{TaskDumpRegion, UsageError};

impl Request for (u32, TaskDumpRegion) {
    const LEN: usize = 12;
}

impl<M: Machine> Kernel<M> {
    /// Region 0 is the control block; the others are what the task may write,
    /// except registers.
    pub(crate) fn get_task_dump_region(
        &mut self,
        caller: Ref<M>,
    ) -> Outcome<M> {
        let (message, response) = self.slices(caller)?;
        let (index, n): (u32, u32) = self.request(caller, message)?;
        let target = self.find(index)?;
        let region = match n.checked_sub(1) {
            None => {
                let block = self.machine.control_block(target);
                Some(TaskDumpRegion {
                    base: block.base(),
                    size: block.len(),
                })
            }
            Some(n) => self
                .task(target)
                .descriptor
                .regions
                .iter()
                .filter(|r| {
                    r.attributes.contains(RegionAttributes::WRITE)
                        && !r.attributes.contains(RegionAttributes::DEVICE)
                })
                .nth(n as usize)
                .map(|r| TaskDumpRegion {
                    base: r.base,
                    size: r.size,
                }),
        };
        self.respond(caller, response, &region)
    }

    pub(crate) fn read_task_dump_region(
        &mut self,
        caller: Ref<M>,
    ) -> Outcome<M> {
        let (message, response) = self.slices(caller)?;
        if self.task(caller).id.index() != SUPERVISOR {
            return Err(UsageError::NotSupervisor.into());
        }
        let (index, region): (u32, TaskDumpRegion) =
            self.request(caller, message)?;
        let target = self.find(index)?;
        if index as usize == SUPERVISOR {
            return Err(UsageError::TaskOutOfRange.into());
        }

        let range = Slice::bytes(region.base, region.size)?;
        let source = range.prefix(response.len());
        let len = source.len();
        let dest = response.prefix(len);
        let dest = self.task(caller).descriptor.writable(dest)?;
        if self.machine.control_block(target).contains(&range) {
            self.machine.dump_control_block(target, source, dest);
        } else {
            let source = self.task(target).descriptor.dumpable(source)?;
            if source.slice().overlaps(&dest.slice()) {
                return Err(
                    SliceFault::Inaccessible(dest.slice().base()).into()
                );
            }
            self.machine.copy(source, dest);
        }
        self.finish(caller, 0, len)
    }
}
