// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Borrowed memory: BORROW_READ, BORROW_WRITE, and BORROW_INFO.
//!
//! The order of the checks is part of the interface. Lease tables are read
//! again for each call; a lender may change them while it waits.

use crate::kernel::{Kernel, Outcome};
use crate::machine::{Machine, NextTask, Ref};
use crate::slice::{CopyFault, Slice, SliceFault};
use abi::{DEFECT, FaultInfo, LeaseAttributes, TaskId, ULease, UsageError};

/// A lease that the caller may use.
struct Lease<R> {
    lender: R,
    raw: ULease,
}

/// Why a call does not do what it was asked to.
enum Refusal<R> {
    /// The caller misused the call.
    Caller(FaultInfo),
    /// The caller is told, and goes on.
    Code(u32),
    /// Memory is not as somebody claimed. If that is only the lender, the
    /// caller goes on with [`DEFECT`].
    Memory {
        lender: R,
        lent: Option<SliceFault>,
        own: Option<SliceFault>,
    },
}

impl<R> Refusal<R> {
    fn lender(lender: R, fault: SliceFault) -> Self {
        Self::Memory {
            lender,
            lent: Some(fault),
            own: None,
        }
    }
}

impl<R> From<UsageError> for Refusal<R> {
    fn from(e: UsageError) -> Self {
        Self::Caller(e.into())
    }
}

impl<R: Copy> Lease<R> {
    /// The memory from `offset` on, if the lease grants these rights.
    #[inline(always)]
    fn memory(
        &self,
        rights: LeaseAttributes,
        offset: u32,
    ) -> Result<Slice, Refusal<R>> {
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
    #[inline(always)]
    pub fn borrow_read(&mut self, caller: Ref<M>) -> Outcome<M> {
        self.borrow_copy(caller, LeaseAttributes::READ)
    }

    /// BORROW_WRITE.
    #[inline(always)]
    pub fn borrow_write(&mut self, caller: Ref<M>) -> Outcome<M> {
        self.borrow_copy(caller, LeaseAttributes::WRITE)
    }

    /// Copies from or to a lease, whichever needs these rights.
    #[inline(always)]
    fn borrow_copy(
        &mut self,
        caller: Ref<M>,
        rights: LeaseAttributes,
    ) -> Outcome<M> {
        let save = &self.task(caller).save;
        let offset = save.r6;
        let own = Slice::bytes(save.r7, save.r8)?;
        let lease = match self.lease(caller, offset) {
            Ok(lease) => lease,
            Err(refusal) => return self.refuse(caller, refusal),
        };
        let lent = match lease.memory(rights, offset) {
            Ok(lent) => lent,
            Err(refusal) => return self.refuse(caller, refusal),
        };

        let lender = lease.lender;
        let len = own.len().min(lent.len());
        let reads = rights == LeaseAttributes::READ;
        let copied = if reads {
            self.copy(lender, lent, caller, own, len)
        } else {
            self.copy(caller, own, lender, lent, len)
        };
        if let Err(CopyFault { source, dest }) = copied {
            let (lent, own) = if reads {
                (source, dest)
            } else {
                (dest, source)
            };
            return self.refuse(caller, Refusal::Memory { lender, lent, own });
        }
        self.task_mut(caller).save.return_code_and_len(0, len);
        self.resume(caller)
    }

    /// BORROW_INFO.
    #[inline(always)]
    pub fn borrow_info(&mut self, caller: Ref<M>) -> Outcome<M> {
        match self.lease(caller, 0) {
            Ok(Lease { raw, .. }) => {
                let save = &mut self.task_mut(caller).save;
                save.r4 = 0;
                save.r5 = raw.attributes.bits();
                save.r6 = raw.length;
                self.resume(caller)
            }
            Err(refusal) => self.refuse(caller, refusal),
        }
    }

    /// Looks up the lease that the caller names, of which it wants the part
    /// from `offset` on.
    #[inline(always)]
    fn lease(
        &mut self,
        caller: Ref<M>,
        offset: u32,
    ) -> Result<Lease<Ref<M>>, Refusal<Ref<M>>> {
        let task = self.task(caller);
        let (id, index) = (TaskId(task.save.r4 as u16), task.save.r5);
        let lender = self.resolve(id)?.map_err(Refusal::Code)?;
        let l = self.task(lender);
        if !l.is_waiting_for(task.id) {
            return Err(Refusal::Code(DEFECT));
        }

        let blame_lender = |fault| Refusal::lender(lender, fault);
        let table = l.save.leases().map_err(blame_lender)?;
        let table =
            l.descriptor.readable_leases(table).map_err(blame_lender)?;
        let Some(entry) = table.entry(index) else {
            return Err(UsageError::LeaseOutOfRange.into());
        };
        let raw = self.machine.read_lease(entry);
        let past_end = offset > raw.length;
        if past_end || raw.base_address.checked_add(offset).is_none() {
            return Err(UsageError::OffsetOutOfRange.into());
        }
        Ok(Lease { lender, raw })
    }

    #[inline(never)]
    #[cold]
    fn refuse(
        &mut self,
        caller: Ref<M>,
        refusal: Refusal<Ref<M>>,
    ) -> Outcome<M> {
        let mut next = NextTask::Same;
        let code = match refusal {
            Refusal::Caller(fault) => return Err(fault),
            Refusal::Code(code) => code,
            Refusal::Memory { lender, lent, own } => {
                if let Some(fault) = lent {
                    next = next.and(self.force_fault(lender, fault.into()));
                }
                if let Some(fault) = own {
                    next = next.and(self.force_fault(caller, fault.into()));
                    return self.leave(caller, next);
                }
                DEFECT
            }
        };
        self.task_mut(caller).save.return_code_and_len(code, 0);
        self.leave(caller, next)
    }
}
