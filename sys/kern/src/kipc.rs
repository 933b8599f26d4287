// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Kernel IPC: messages to the kernel itself.
//!
//! Such a SEND never blocks. Requests and responses are `ssmarshal` encodings;
//! all requests have a fixed length, and what follows is ignored.

use crate::kernel::{Kernel, Outcome, SUPERVISOR};
use crate::machine::{Machine, Ref};
use crate::slice::{CopyFault, Slice};
use abi::{
    FaultInfo, InterruptOwner, Kipcnum, ReadPanicMessageError, TaskState,
    UsageError,
};
use ssmarshal::{deserialize, serialize};

/// Bytes of the longest encoding of a request.
const REQUEST_MAX: usize = 12;

/// Bytes that are enough for the encoding of any response.
const RESPONSE_MAX: usize = size_of::<TaskState>();

/// A type whose encoding always has the same length.
pub(crate) trait Request: for<'a> serde::Deserialize<'a> {
    /// Bytes of the encoding.
    const LEN: usize;
}

impl Request for u32 {
    const LEN: usize = 4;
}

impl Request for (u32, bool) {
    const LEN: usize = 5;
}

impl Request for (u32, u32) {
    const LEN: usize = 8;
}

impl<M: Machine> Kernel<M> {
    /// A SEND to the kernel.
    #[inline(never)]
    #[cold]
    pub(crate) fn kernel_ipc(&mut self, caller: Ref<M>) -> Outcome<M> {
        let operation = self.task(caller).save.r4 as u16;
        let Ok(operation) = Kipcnum::try_from(operation) else {
            return Err(UsageError::BadKernelMessage.into());
        };
        match operation {
            Kipcnum::ReadTaskStatus => self.read_task_status(caller),
            Kipcnum::ReinitTask => self.reinit_task(caller),
            Kipcnum::FaultTask => self.fault_task(caller),
            Kipcnum::ReadImageId => {
                let response = self.task(caller).save.reply_buffer()?;
                let id = self.machine.image_id();
                self.respond(caller, response, &id)
            }
            Kipcnum::Reset => {
                self.task(caller).save.message()?;
                self.machine.reset()
            }
            #[cfg(feature = "dump")]
            Kipcnum::GetTaskDumpRegion => self.get_task_dump_region(caller),
            #[cfg(feature = "dump")]
            Kipcnum::ReadTaskDumpRegion => self.read_task_dump_region(caller),
            #[cfg(not(feature = "dump"))]
            Kipcnum::GetTaskDumpRegion | Kipcnum::ReadTaskDumpRegion => {
                Err(UsageError::BadKernelMessage.into())
            }
            Kipcnum::SoftwareIrq => self.software_irq(caller),
            Kipcnum::FindFaultedTask => self.find_faulted_task(caller),
            Kipcnum::ReadPanicMessage => self.read_panic_message(caller),
        }
    }

    /// The message and the response buffer, for the operations that look at
    /// both.
    pub(crate) fn slices(
        &self,
        caller: Ref<M>,
    ) -> Result<(Slice, Slice), FaultInfo> {
        let save = &self.task(caller).save;
        Ok((save.message()?, save.reply_buffer()?))
    }

    /// Decodes the caller's message.
    pub(crate) fn request<T: Request>(
        &mut self,
        caller: Ref<M>,
        message: Slice,
    ) -> Result<T, FaultInfo> {
        let mut bytes = [0; REQUEST_MAX];
        let bytes = &mut bytes[..T::LEN];
        self.read_message(caller, message, bytes)?;
        match deserialize(bytes) {
            Ok((request, _)) => Ok(request),
            Err(_) => Err(UsageError::BadKernelMessage.into()),
        }
    }

    /// Takes the first bytes of the caller's message.
    #[inline(never)]
    fn read_message(
        &mut self,
        caller: Ref<M>,
        message: Slice,
        bytes: &mut [u8],
    ) -> Result<(), FaultInfo> {
        let readable = self.task(caller).descriptor.readable(message)?;
        if (message.len() as usize) < bytes.len() {
            return Err(UsageError::BadKernelMessage.into());
        }
        self.machine.read(readable, bytes);
        Ok(())
    }

    /// Encodes a response into the caller's buffer and finishes the call.
    pub(crate) fn respond<T: serde::Serialize>(
        &mut self,
        caller: Ref<M>,
        buffer: Slice,
        response: &T,
    ) -> Outcome<M> {
        let mut bytes = [0; RESPONSE_MAX];
        // The encoding of a response is never longer than that.
        let len = serialize(&mut bytes, response).unwrap_or_default();
        let encoded = bytes.get(..len).unwrap_or_default();
        self.write_response(caller, buffer, encoded, size_of::<T>())
    }

    /// Puts an encoded response into the caller's buffer and finishes the call.
    ///
    /// If the buffer is too small nothing is written, and the length that the
    /// caller learns is that of the type in the kernel's memory.
    #[inline(never)]
    fn write_response(
        &mut self,
        caller: Ref<M>,
        buffer: Slice,
        encoded: &[u8],
        size_in_memory: usize,
    ) -> Outcome<M> {
        let writable = self.task(caller).descriptor.writable(buffer)?;
        let len = if encoded.len() > buffer.len() as usize {
            size_in_memory
        } else {
            self.machine.write(encoded, writable);
            encoded.len()
        };
        self.finish(caller, 0, len as u32)
    }

    /// Finishes a call.
    pub(crate) fn finish(
        &mut self,
        caller: Ref<M>,
        code: u32,
        len: u32,
    ) -> Outcome<M> {
        self.task_mut(caller).save.return_code_and_len(code, len);
        self.resume(caller)
    }

    /// The task of an index from a message.
    pub(crate) fn find(&self, index: u32) -> Result<Ref<M>, FaultInfo> {
        let task = self.machine.find(index as usize);
        task.ok_or_else(|| UsageError::TaskOutOfRange.into())
    }

    fn read_task_status(&mut self, caller: Ref<M>) -> Outcome<M> {
        let (message, response) = self.slices(caller)?;
        let index = self.request(caller, message)?;
        let state = self.task(self.find(index)?).state;
        self.respond(caller, response, &state)
    }

    fn reinit_task(&mut self, caller: Ref<M>) -> Outcome<M> {
        let message = self.task(caller).save.message()?;
        let (index, start): (u32, bool) = self.request(caller, message)?;
        let target = self.find(index)?;
        let next = self.restart(caller, target, start);
        self.leave(caller, next)
    }

    fn fault_task(&mut self, caller: Ref<M>) -> Outcome<M> {
        let message = self.task(caller).save.message()?;
        let index: u32 = self.request(caller, message)?;
        let me = self.task(caller).id;
        if index as usize == SUPERVISOR || index as usize == me.index() {
            return Err(UsageError::IllegalTask.into());
        }
        let target = self.find(index)?;
        // The caller goes on, even if the supervisor woke up.
        let _ = self.force_fault(target, FaultInfo::Injected(me));
        self.finish(caller, 0, 0)
    }

    fn software_irq(&mut self, caller: Ref<M>) -> Outcome<M> {
        let message = self.task(caller).save.message()?;
        if self.task(caller).id.index() != SUPERVISOR {
            return Err(UsageError::NotSupervisor.into());
        }
        let (task, notification): (u32, u32) = self.request(caller, message)?;
        let owner = InterruptOwner { task, notification };
        let Some(group) = self.machine.config().irqs.group_for(owner) else {
            return Err(UsageError::NoIrq.into());
        };
        for &irq in group.irqs {
            self.machine.pend_irq(irq);
        }
        self.finish(caller, 0, 0)
    }

    fn find_faulted_task(&mut self, caller: Ref<M>) -> Outcome<M> {
        let (message, response) = self.slices(caller)?;
        let start: u32 = self.request(caller, message)?;
        let count = self.machine.task_count() as u32;
        if start > count {
            return Err(UsageError::TaskOutOfRange.into());
        }
        let is_faulted = |&index: &u32| match self.find(index) {
            Ok(task) => {
                matches!(self.task(task).state, TaskState::Faulted { .. })
            }
            Err(_) => false,
        };
        let found = (start..count).find(is_faulted).unwrap_or(0);
        self.respond(caller, response, &found)
    }

    fn read_panic_message(&mut self, caller: Ref<M>) -> Outcome<M> {
        let (message, response) = self.slices(caller)?;
        let index = self.request(caller, message)?;
        let target = self.find(index)?;
        let task = self.task(target);
        if !matches!(
            task.state,
            TaskState::Faulted {
                fault: FaultInfo::Panic,
                ..
            }
        ) {
            let code = ReadPanicMessageError::TaskNotPanicked;
            return self.finish(caller, code as u32, 0);
        }

        let bad = ReadPanicMessageError::BadPanicBuffer as u32;
        let Ok(panic_message) = task.save.receive_buffer() else {
            return self.finish(caller, bad, 0);
        };
        let len = panic_message.len().min(response.len());
        match self.copy(target, panic_message, caller, response, len) {
            Ok(()) => self.finish(caller, 0, len),
            Err(CopyFault {
                dest: Some(fault), ..
            }) => Err(fault.into()),
            Err(CopyFault { dest: None, .. }) => self.finish(caller, bad, 0),
        }
    }
}
