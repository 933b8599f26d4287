// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Messages: SEND, RECV, REPLY, REPLY_FAULT, and POST.
//!
//! The order of the checks is part of the interface.

use crate::kernel::{Kernel, NextTask};
use crate::machine::Machine;
use crate::set::TaskSet;
use crate::slice::{CopyFault, Slice, SliceFault, check_copy};
use crate::task::{Receipt, Task};
use abi::{
    FaultInfo, ReplyFaultReason, SchedState, TaskId, TaskState, UsageError,
};

/// Who is to blame for a message that cannot be delivered: at least one.
struct Blame {
    sender: Option<SliceFault>,
    receiver: Option<SliceFault>,
}

/// What became of an attempt to receive from one sender.
enum Received {
    /// The caller has the message.
    Message,
    /// The message was bad. The suggestion follows from the sender's fault.
    SenderFaulted(NextTask),
    /// The caller's buffer was bad, and perhaps the message, too.
    CallerFaulted(NextTask),
}

impl Task {
    /// Whether the task waits for a reply of that very task.
    #[inline(always)]
    pub(crate) fn is_waiting_for(&self, server: TaskId) -> bool {
        match self.state {
            TaskState::Healthy(SchedState::InReply(id)) => id == server,
            _ => false,
        }
    }
}

impl Blame {
    fn sender(fault: SliceFault) -> Self {
        Self {
            sender: Some(fault),
            receiver: None,
        }
    }

    fn receiver(fault: SliceFault) -> Self {
        Self {
            sender: None,
            receiver: Some(fault),
        }
    }
}

impl<M: Machine> Kernel<M> {
    /// SEND, to anyone but the kernel.
    #[inline(always)]
    pub fn send(&mut self, caller: usize) -> Result<NextTask, FaultInfo> {
        let target = TaskId((self.task(caller).save.r4 >> 16) as u16);
        if target == TaskId::KERNEL {
            return self.kernel_ipc(caller);
        }
        let target = match self.resolve(target)? {
            Ok(index) => index,
            Err(dead) => {
                self.task_mut(caller).save.return_code_and_len(dead, 0);
                return Ok(NextTask::Same);
            }
        };

        let id = self.task(caller).id;
        if self.task(target).state.can_accept_message_from(id) {
            match self.deliver(caller, target) {
                Ok(()) => {
                    let state = SchedState::InReply(self.task(target).id);
                    self.block(caller, state);
                    self.make_runnable(target);
                    return Ok(NextTask::Specific(target));
                }
                Err(blame) => return self.send_failed(caller, target, blame),
            }
        }
        self.block_sending(caller, target);
        Ok(NextTask::Other)
    }

    /// Deals with a message that could not be delivered to a waiting target.
    #[inline(never)]
    #[cold]
    fn send_failed(
        &mut self,
        caller: usize,
        target: usize,
        blame: Blame,
    ) -> Result<NextTask, FaultInfo> {
        let mut next = NextTask::Other;
        if let Some(fault) = blame.receiver {
            next = next.and(self.force_fault(target, fault.into()));
        }
        match blame.sender {
            Some(fault) => Ok(next.and(self.force_fault(caller, fault.into()))),
            None => {
                // A faulted target is just one that does not receive.
                self.block_sending(caller, target);
                Ok(next)
            }
        }
    }

    /// Moves the message of a sender to a receiver, and the receiver out of
    /// its RECV. Changes the state of neither.
    #[inline(always)]
    fn deliver(&mut self, from: usize, to: usize) -> Result<(), Blame> {
        let sender = self.task(from);
        let receiver = self.task(to);
        let message = sender.save.message().map_err(Blame::sender)?;
        let reply_buffer = sender.save.reply_buffer().map_err(Blame::sender)?;
        sender.save.leases().map_err(Blame::sender)?;
        let buffer = receiver.save.receive_buffer().map_err(Blame::receiver)?;

        let receipt = Receipt {
            sender: sender.id,
            operation: sender.save.r4 & 0xFFFF,
            len: message.len().min(buffer.len()),
            reply_capacity: reply_buffer.len(),
            lease_count: sender.save.r10,
        };
        if receipt.len != 0 {
            self.copy(from, message, to, buffer, receipt.len).map_err(
                |fault| Blame {
                    sender: fault.source,
                    receiver: fault.dest,
                },
            )?;
        }
        self.task_mut(to).save.return_received(receipt);
        Ok(())
    }

    /// Copies the first bytes of one task's slice to another task's.
    #[inline(always)]
    pub(crate) fn copy(
        &mut self,
        from: usize,
        source: Slice,
        to: usize,
        dest: Slice,
        len: u32,
    ) -> Result<(), CopyFault> {
        let from = self.task(from).descriptor;
        let to = self.task(to).descriptor;
        let (source, dest) = check_copy(from, source, to, dest, len)?;
        self.machine.copy(source, dest);
        Ok(())
    }

    /// RECV.
    #[inline(always)]
    pub fn recv(&mut self, caller: usize) -> Result<NextTask, FaultInfo> {
        /// The receive takes messages from one sender only.
        const CLOSED: u32 = 1 << 31;

        let task = self.task_mut(caller);
        if task.take_notifications() {
            return Ok(NextTask::Same);
        }
        let specific = task.save.r7;
        if specific & CLOSED != 0 {
            self.recv_closed(caller, TaskId(specific as u16))
        } else if task.senders == TaskSet::EMPTY {
            self.block(caller, SchedState::InRecv(None));
            Ok(NextTask::Other)
        } else {
            Ok(self.recv_queued(caller))
        }
    }

    /// An open RECV when there are senders waiting.
    #[inline(always)]
    fn recv_queued(&mut self, caller: usize) -> NextTask {
        let mut next = NextTask::Same;
        let mut previous = caller;
        let order = &self.machine.config().order;
        while let Some(sender) =
            order.choose(&self.task(caller).senders, previous)
        {
            match self.receive_from(caller, sender) {
                Received::Message => return next,
                Received::CallerFaulted(n) => return next.and(n),
                Received::SenderFaulted(n) => next = next.and(n),
            }
            previous = sender;
        }
        self.recv_in_vain(caller, None, next)
    }

    /// A RECV that takes messages from one sender only.
    #[inline(never)]
    fn recv_closed(
        &mut self,
        caller: usize,
        source: TaskId,
    ) -> Result<NextTask, FaultInfo> {
        if source != TaskId::KERNEL {
            let sender = match self.resolve(source)? {
                Ok(index) => index,
                Err(dead) => {
                    self.task_mut(caller).save.return_code_and_len(dead, 0);
                    return Ok(NextTask::Same);
                }
            };
            if self.task(sender).state.is_sending_to(self.task(caller).id) {
                return Ok(match self.receive_from(caller, sender) {
                    Received::Message => NextTask::Same,
                    Received::CallerFaulted(next) => next,
                    // The caller is not told. It gets a dead code when the
                    // sender is restarted.
                    Received::SenderFaulted(next) => {
                        self.recv_in_vain(caller, Some(source), next)
                    }
                });
            }
        }
        self.block(caller, SchedState::InRecv(Some(source)));
        Ok(NextTask::Other)
    }

    /// Makes a RECV wait after all the messages there were proved bad.
    #[cold]
    fn recv_in_vain(
        &mut self,
        caller: usize,
        source: Option<TaskId>,
        next: NextTask,
    ) -> NextTask {
        // The faults have been posted to the supervisor. If that is the
        // caller, it must not go to sleep over them.
        if self.task_mut(caller).take_notifications() {
            return next;
        }
        self.block(caller, SchedState::InRecv(source));
        next.and(NextTask::Other)
    }

    /// Receives the message of a task that is blocked sending to the caller.
    #[inline(always)]
    fn receive_from(&mut self, caller: usize, sender: usize) -> Received {
        if let Err(blame) = self.deliver(sender, caller) {
            return self.receive_failed(caller, sender, blame);
        }
        let me = self.task(caller).id;
        let s = self.task_mut(sender);
        s.state = TaskState::Healthy(SchedState::InReply(me));
        let rank = s.rank;
        self.task_mut(caller).senders.remove(rank);
        Received::Message
    }

    #[inline(never)]
    #[cold]
    fn receive_failed(
        &mut self,
        caller: usize,
        sender: usize,
        blame: Blame,
    ) -> Received {
        let mut next = NextTask::Same;
        if let Some(fault) = blame.sender {
            next = next.and(self.force_fault(sender, fault.into()));
        }
        match blame.receiver {
            None => Received::SenderFaulted(next),
            Some(fault) => {
                let n = self.force_fault(caller, fault.into());
                Received::CallerFaulted(next.and(n))
            }
        }
    }

    /// REPLY.
    #[inline(always)]
    pub fn reply(&mut self, caller: usize) -> Result<NextTask, FaultInfo> {
        let save = &self.task(caller).save;
        let peer = TaskId(save.r4 as u16);
        let Some(target) = self.waiting_client(caller, peer)? else {
            return Ok(NextTask::Same);
        };

        let save = &self.task(caller).save;
        let code = save.r5;
        let message = Slice::bytes(save.r6, save.r7)?;
        let len = message.len();
        let buffer = match self.task(target).save.reply_buffer() {
            Ok(buffer) => buffer,
            Err(fault) => return Ok(self.force_fault(target, fault.into())),
        };
        if len > buffer.len() {
            return Err(UsageError::ReplyTooBig.into());
        }
        if len != 0
            && let Err(fault) = self.copy(caller, message, target, buffer, len)
        {
            return Ok(self.reply_failed(caller, target, fault));
        }
        self.task_mut(target).save.return_code_and_len(code, len);
        self.make_runnable(target);
        Ok(NextTask::Same)
    }

    /// Deals with a reply that cannot be copied.
    #[inline(never)]
    #[cold]
    fn reply_failed(
        &mut self,
        caller: usize,
        target: usize,
        fault: CopyFault,
    ) -> NextTask {
        let mut next = NextTask::Same;
        if let Some(fault) = fault.dest {
            next = next.and(self.force_fault(target, fault.into()));
        }
        if let Some(fault) = fault.source {
            next = next.and(self.force_fault(caller, fault.into()));
        }
        next
    }

    /// The task that `id` names, if it waits for the caller's reply.
    #[inline(always)]
    fn waiting_client(
        &self,
        caller: usize,
        id: TaskId,
    ) -> Result<Option<usize>, UsageError> {
        let me = self.task(caller).id;
        Ok(match self.resolve(id)? {
            Ok(index) if self.task(index).is_waiting_for(me) => Some(index),
            _ => None,
        })
    }

    /// REPLY_FAULT.
    pub fn reply_fault(
        &mut self,
        caller: usize,
    ) -> Result<NextTask, FaultInfo> {
        let task = self.task(caller);
        let (me, peer) = (task.id, TaskId(task.save.r4 as u16));
        let Ok(reason) = ReplyFaultReason::try_from(task.save.r5) else {
            return Err(UsageError::BadReplyFaultReason.into());
        };
        if let Some(client) = self.waiting_client(caller, peer)? {
            // The caller goes on, even if the supervisor woke up.
            let _ = self.force_fault(client, FaultInfo::FromServer(me, reason));
        }
        Ok(NextTask::Same)
    }

    /// POST.
    pub fn post_from(&mut self, caller: usize) -> Result<NextTask, FaultInfo> {
        let save = &self.task(caller).save;
        let (target, bits) = (TaskId(save.r4 as u16), save.r5);
        let (code, next) = match self.resolve(target)? {
            Err(dead) => (dead, NextTask::Same),
            Ok(target) => {
                let woke = self.post(target, bits);
                let preempts =
                    self.task(target).priority < self.task(caller).priority;
                if woke && preempts {
                    (0, NextTask::Specific(target))
                } else {
                    (0, NextTask::Same)
                }
            }
        };
        self.task_mut(caller).save.return_code_and_len(code, 0);
        Ok(next)
    }

    /// REFRESH_TASK_ID.
    pub fn refresh_task_id(
        &mut self,
        caller: usize,
    ) -> Result<NextTask, FaultInfo> {
        let id = TaskId(self.task(caller).save.r4 as u16);
        let Some(target) = self.machine.tasks().get(id.index()) else {
            return Err(UsageError::TaskOutOfRange.into());
        };
        let id = u32::from(target.id.0);
        self.task_mut(caller).save.r4 = id;
        Ok(NextTask::Same)
    }
}
