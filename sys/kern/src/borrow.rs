// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Borrowed memory: BORROW_READ, BORROW_WRITE, and BORROW_INFO.
//!
//! The order of the checks is part of the interface. Lease tables are read
//! again for each call; a lender may change them while it waits.

use crate::kernel::{Kernel, NextTask};
use crate::machine::Machine;
use crate::slice::{CopyFault, Slice, SliceFault};
use abi::{DEFECT, FaultInfo, LeaseAttributes, TaskId, ULease, UsageError};

/// A lease that the caller may use.
struct Lease {
    lender: usize,
    raw: ULease,
}

/// Why a call does not do what it was asked to.
enum Refusal {
    /// The caller misused the call.
    Caller(FaultInfo),
    /// The caller is told, and goes on.
    Code(u32),
    /// Memory is not as somebody claimed. If that is only the lender, the
    /// caller goes on with [`DEFECT`].
    Memory {
        lender: usize,
        lent: Option<SliceFault>,
        own: Option<SliceFault>,
    },
}

impl Refusal {
    fn lender(lender: usize, fault: SliceFault) -> Self {
        Self::Memory {
            lender,
            lent: Some(fault),
            own: None,
        }
    }
}

impl From<UsageError> for Refusal {
    fn from(e: UsageError) -> Self {
        Self::Caller(e.into())
    }
}

impl Lease {
    /// The memory from `offset` on, if the lease grants these rights.
    #[inline(always)]
    fn memory(
        &self,
        rights: LeaseAttributes,
        offset: u32,
    ) -> Result<Slice, Refusal> {
        if !self.raw.attributes.contains(rights) {
            return Err(Refusal::Code(DEFECT));
        }
        Slice::bytes(self.raw.base_address, self.raw.length)
            .map(|all| all.skip(offset))
            .map_err(|fault| Refusal::lender(self.lender, fault))
    }
}

impl<M: Machine> Kernel<M> {
    /// BORROW_READ.
    pub fn borrow_read(
        &mut self,
        caller: usize,
    ) -> Result<NextTask, FaultInfo> {
        let outcome = self.try_borrow_read(caller);
        self.finish_copy(caller, outcome)
    }

    #[inline(always)]
    fn try_borrow_read(&mut self, caller: usize) -> Result<u32, Refusal> {
        let own = self.own_slice(caller)?;
        let offset = self.task(caller).save.r6;
        let lease = self.lease(caller, offset)?;
        let lent = lease.memory(LeaseAttributes::READ, offset)?;
        let len = own.len().min(lent.len());
        let CopyFault { source, dest } =
            match self.copy(lease.lender, lent, caller, own, len) {
                Ok(()) => return Ok(len),
                Err(fault) => fault,
            };
        Err(Refusal::Memory {
            lender: lease.lender,
            lent: source,
            own: dest,
        })
    }

    /// BORROW_WRITE.
    pub fn borrow_write(
        &mut self,
        caller: usize,
    ) -> Result<NextTask, FaultInfo> {
        let outcome = self.try_borrow_write(caller);
        self.finish_copy(caller, outcome)
    }

    #[inline(always)]
    fn try_borrow_write(&mut self, caller: usize) -> Result<u32, Refusal> {
        let own = self.own_slice(caller)?;
        let offset = self.task(caller).save.r6;
        let lease = self.lease(caller, offset)?;
        let lent = lease.memory(LeaseAttributes::WRITE, offset)?;
        let len = own.len().min(lent.len());
        let CopyFault { source, dest } =
            match self.copy(caller, own, lease.lender, lent, len) {
                Ok(()) => return Ok(len),
                Err(fault) => fault,
            };
        Err(Refusal::Memory {
            lender: lease.lender,
            lent: dest,
            own: source,
        })
    }

    /// BORROW_INFO.
    pub fn borrow_info(
        &mut self,
        caller: usize,
    ) -> Result<NextTask, FaultInfo> {
        match self.lease(caller, 0) {
            Ok(Lease { raw, .. }) => {
                let save = &mut self.task_mut(caller).save;
                save.r4 = 0;
                save.r5 = raw.attributes.bits();
                save.r6 = raw.length;
                Ok(NextTask::Same)
            }
            Err(refusal) => self.refuse(caller, refusal),
        }
    }

    /// The caller's end of a copy.
    #[inline(always)]
    fn own_slice(&self, caller: usize) -> Result<Slice, Refusal> {
        let save = &self.task(caller).save;
        Slice::bytes(save.r7, save.r8)
            .map_err(|fault| Refusal::Caller(fault.into()))
    }

    /// Looks up the lease that the caller names, of which it wants the part
    /// from `offset` on.
    #[inline(always)]
    fn lease(&mut self, caller: usize, offset: u32) -> Result<Lease, Refusal> {
        let task = self.task(caller);
        let (id, index) = (TaskId(task.save.r4 as u16), task.save.r5);
        let lender = self.resolve(id)?.map_err(Refusal::Code)?;
        let l = self.task(lender);
        if !l.is_waiting_for(task.id) {
            return Err(Refusal::Code(DEFECT));
        }

        let blame_lender = |fault| Refusal::lender(lender, fault);
        let table = l.save.leases().map_err(blame_lender)?;
        let memory =
            l.descriptor.readable(table.slice()).map_err(blame_lender)?;
        let Some(entry) = table.entry(&memory, index) else {
            return Err(UsageError::LeaseOutOfRange.into());
        };
        let raw = self.machine.read_lease(entry);
        let past_end = offset > raw.length;
        if past_end || raw.base_address.checked_add(offset).is_none() {
            return Err(UsageError::OffsetOutOfRange.into());
        }
        Ok(Lease { lender, raw })
    }

    /// Reports a copy, or why there was none.
    #[inline(always)]
    fn finish_copy(
        &mut self,
        caller: usize,
        outcome: Result<u32, Refusal>,
    ) -> Result<NextTask, FaultInfo> {
        match outcome {
            Ok(len) => {
                self.task_mut(caller).save.return_code_and_len(0, len);
                Ok(NextTask::Same)
            }
            Err(refusal) => self.refuse(caller, refusal),
        }
    }

    #[inline(never)]
    #[cold]
    fn refuse(
        &mut self,
        caller: usize,
        refusal: Refusal,
    ) -> Result<NextTask, FaultInfo> {
        let (code, next) = match refusal {
            Refusal::Caller(fault) => return Err(fault),
            Refusal::Code(code) => (code, NextTask::Same),
            Refusal::Memory { lender, lent, own } => {
                let mut next = NextTask::Same;
                if let Some(fault) = lent {
                    next = self.force_fault(lender, fault.into());
                }
                if let Some(fault) = own {
                    let n = self.force_fault(caller, fault.into());
                    return Ok(next.and(n));
                }
                (DEFECT, next)
            }
        };
        self.task_mut(caller).save.return_code_and_len(code, 0);
        Ok(next)
    }
}
