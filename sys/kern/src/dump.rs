// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Kernel IPC with which the supervisor dumps other tasks.

use crate::descs::RegionAttributes;
use crate::kernel::{Kernel, NextTask, SUPERVISOR};
use crate::kipc::Request;
use crate::machine::Machine;
use crate::slice::{Slice, SliceFault};
use abi::{FaultInfo, TaskDumpRegion, UsageError};

impl Request for (u32, TaskDumpRegion) {
    const LEN: usize = 12;
}

impl<M: Machine> Kernel<M> {
    /// Region 0 is the control block; the others are what the task may write,
    /// except registers.
    pub(crate) fn get_task_dump_region(
        &mut self,
        caller: usize,
    ) -> Result<NextTask, FaultInfo> {
        let (message, response) = self.slices(caller)?;
        let (index, n): (u32, u32) = self.request(caller, message)?;
        let index = self.check_index(index)?;
        let region = match n.checked_sub(1) {
            None => {
                let block = self.machine.control_block(index);
                Some(TaskDumpRegion {
                    base: block.base(),
                    size: block.len(),
                })
            }
            Some(n) => self
                .task(index)
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
        caller: usize,
    ) -> Result<NextTask, FaultInfo> {
        let (message, response) = self.slices(caller)?;
        if caller != SUPERVISOR {
            return Err(UsageError::NotSupervisor.into());
        }
        let (index, region): (u32, TaskDumpRegion) =
            self.request(caller, message)?;
        let index = self.check_index(index)?;
        if index == SUPERVISOR {
            return Err(UsageError::TaskOutOfRange.into());
        }

        let range = Slice::bytes(region.base, region.size)?;
        let source = range.prefix(response.len());
        let len = source.len();
        let dest = response.prefix(len);
        let dest = self.task(caller).descriptor.writable(dest)?;
        if self.machine.control_block(index).contains(&range) {
            self.machine.dump_control_block(index, source, dest);
        } else {
            let source = self.task(index).descriptor.dumpable(source)?;
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
