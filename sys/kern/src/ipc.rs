// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Messages: SEND, RECV, REPLY, REPLY_FAULT, and POST.
//!
//! The order of the checks is part of the interface.

use crate::kernel::{Kernel, Outcome};
use crate::machine::{Machine, NextTask, Ref};
use crate::set::TaskSet;
use crate::slice::{CopyFault, Slice, SliceFault, check_copy};
use crate::task::Task;
use abi::{
    FaultInfo, ReplyFaultReason, SchedState, TaskId, TaskState, UsageError,
};
use core::hint::cold_path;

/// Who is to blame for a message that cannot be delivered: at least one.
struct Blame {
    sender: Option<SliceFault>,
    receiver: Option<SliceFault>,
}

/// What became of an attempt to receive from one sender.
enum Received<R> {
    /// The caller has the message.
    Message,
    /// The message was bad. The suggestion follows from the sender's fault.
    SenderFaulted(NextTask<R>),
    /// The caller's buffer was bad, and perhaps the message, too.
    CallerFaulted(NextTask<R>),
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
    pub fn send(&mut self, caller: Ref<M>) -> Outcome<M> {
        let target = TaskId((self.task(caller).save.r4 >> 16) as u16);
        let target = match self.resolve(target) {
            Ok(Ok(target)) => target,
            Ok(Err(dead)) => {
                cold_path();
                return self.finish(caller, dead, 0);
            }
            // The kernel has an index that no task has.
            Err(_) if target == TaskId::KERNEL => {
                return self.kernel_ipc(caller);
            }
            Err(fault) => return Err(fault.into()),
        };

        let state = &self.task(target).state;
        let is_open =
            matches!(state, TaskState::Healthy(SchedState::InRecv(None)));
        if !is_open && !self.is_receiving_from(target, caller) {
            self.block_sending(caller, target);
            return self.leave(caller, NextTask::Other);
        }
        if self.deliver(caller, target).is_err() {
            return self.send_failed(caller, target);
        }
        let state = SchedState::InReply(self.task(target).id);
        self.block(caller, state);
        self.make_runnable(target);
        self.leave(caller, NextTask::Specific(target))
    }

    /// Whether `task` is in a closed RECV that takes messages from `sender`.
    /// Rare enough not to hold up those who send to open ones.
    #[inline(never)]
    fn is_receiving_from(&self, task: Ref<M>, sender: Ref<M>) -> bool {
        let id = self.task(sender).id;
        self.task(task).state.can_accept_message_from(id)
    }

    /// Deals with a message that could not be delivered to a waiting target.
    #[inline(never)]
    #[cold]
    fn send_failed(&mut self, caller: Ref<M>, target: Ref<M>) -> Outcome<M> {
        // The quick way has not kept the answer. As it changes nothing if it
        // fails, the slow way fails at the same place.
        let Err(blame) = self.deliver_slowly(caller, target) else {
            unreachable!()
        };
        let mut next = NextTask::Same;
        if let Some(fault) = blame.receiver {
            next = self.force_fault(target, fault.into());
        }
        match blame.sender {
            Some(fault) => {
                next = next.and(self.force_fault(caller, fault.into()));
            }
            // A faulted target is just one that does not receive.
            None => self.block_sending(caller, target),
        }
        self.leave(caller, next)
    }

    /// The same as [`deliver`](Self::deliver), where no cycle counts.
    #[inline(never)]
    fn deliver_slowly(
        &mut self,
        from: Ref<M>,
        to: Ref<M>,
    ) -> Result<(), Blame> {
        self.deliver(from, to)
    }

    /// Moves the message of a sender to a receiver, and the receiver out of
    /// its RECV. Changes the state of neither.
    #[inline(always)]
    fn deliver(&mut self, from: Ref<M>, to: Ref<M>) -> Result<(), Blame> {
        let sender = self.task(from);
        let receiver = self.task(to);
        let message = sender.save.message().map_err(Blame::sender)?;
        sender.save.reply_buffer().map_err(Blame::sender)?;
        sender.save.leases().map_err(Blame::sender)?;
        let buffer = receiver.save.receive_buffer().map_err(Blame::receiver)?;

        let len = message.len().min(buffer.len());
        if len != 0 {
            self.copy(from, message, to, buffer, len).map_err(|fault| {
                Blame {
                    sender: fault.source,
                    receiver: fault.dest,
                }
            })?;
        }
        let sender = self.task(from);
        let receipt = sender.save.receipt(sender.id, len);
        self.task_mut(to).save.return_received(receipt);
        Ok(())
    }

    /// Copies the first bytes of one task's slice to another task's.
    #[inline(always)]
    pub(crate) fn copy(
        &mut self,
        from: Ref<M>,
        source: Slice,
        to: Ref<M>,
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
    pub fn recv(&mut self, caller: Ref<M>) -> Outcome<M> {
        /// The receive takes messages from one sender only.
        const CLOSED: u32 = 1 << 31;

        let task = self.task_mut(caller);
        if task.take_notifications() {
            return self.resume(caller);
        }
        let specific = task.save.r7;
        if specific & CLOSED != 0 {
            return self.recv_closed(caller, TaskId(specific as u16));
        }
        if task.senders != TaskSet::EMPTY {
            return self.recv_queued(caller);
        }
        self.block(caller, SchedState::InRecv(None));
        let next = self.select(caller);
        self.leave(caller, NextTask::Specific(next))
    }

    /// An open RECV when there are senders waiting.
    #[inline(never)]
    fn recv_queued(&mut self, caller: Ref<M>) -> Outcome<M> {
        let order = &self.machine.config().order;
        let mut next = NextTask::Same;
        let mut previous = caller;
        while let Some(sender) =
            order.choose(&self.task(caller).senders, &self.task(previous).place)
        {
            match self.receive_from(caller, sender) {
                Received::Message => return self.leave(caller, next),
                Received::CallerFaulted(n) => {
                    return self.leave(caller, next.and(n));
                }
                Received::SenderFaulted(n) => next = next.and(n),
            }
            previous = sender;
        }
        self.block(caller, SchedState::InRecv(None));
        self.leave(caller, next)
    }

    /// A RECV that takes messages from one sender only.
    #[inline(never)]
    fn recv_closed(&mut self, caller: Ref<M>, source: TaskId) -> Outcome<M> {
        let mut next = NextTask::Other;
        if source != TaskId::KERNEL {
            let sender = match self.resolve(source)? {
                Ok(sender) => sender,
                Err(dead) => {
                    self.task_mut(caller).save.return_code_and_len(dead, 0);
                    return self.resume(caller);
                }
            };
            if self.task(sender).state.is_sending_to(self.task(caller).id) {
                match self.receive_from(caller, sender) {
                    Received::Message => return self.resume(caller),
                    Received::CallerFaulted(n) => {
                        return self.leave(caller, n);
                    }
                    // The caller is not told. It gets a dead code when the
                    // sender is restarted.
                    Received::SenderFaulted(n) => next = n,
                }
            }
        }
        self.block(caller, SchedState::InRecv(Some(source)));
        self.leave(caller, next)
    }

    /// Receives the message of a task that is blocked sending to the caller.
    #[inline(always)]
    fn receive_from(
        &mut self,
        caller: Ref<M>,
        sender: Ref<M>,
    ) -> Received<Ref<M>> {
        if let Err(blame) = self.deliver_slowly(sender, caller) {
            return self.receive_failed(caller, sender, blame);
        }
        let me = self.task(caller).id;
        let s = self.task_mut(sender);
        s.state = TaskState::Healthy(SchedState::InReply(me));
        let seat = s.place.seat;
        self.task_mut(caller).senders.remove(seat);
        Received::Message
    }

    #[inline(never)]
    #[cold]
    fn receive_failed(
        &mut self,
        caller: Ref<M>,
        sender: Ref<M>,
        blame: Blame,
    ) -> Received<Ref<M>> {
        let mut next = NextTask::Same;
        if let Some(fault) = blame.sender {
            next = self.force_fault(sender, fault.into());
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
    pub fn reply(&mut self, caller: Ref<M>) -> Outcome<M> {
        let save = &self.task(caller).save;
        let peer = TaskId(save.r4 as u16);
        let Some(target) = self.waiting_client(caller, peer)? else {
            return self.resume(caller);
        };

        let save = &self.task(caller).save;
        let code = save.r5;
        let message = Slice::bytes(save.r6, save.r7)?;
        let len = message.len();
        let buffer = match self.task(target).save.reply_buffer() {
            Ok(buffer) => buffer,
            Err(fault) => {
                let next = self.force_fault(target, fault.into());
                return self.leave(caller, next);
            }
        };
        if len > buffer.len() {
            return Err(UsageError::ReplyTooBig.into());
        }
        if len != 0
            && let Err(fault) = self.copy(caller, message, target, buffer, len)
        {
            return self.reply_failed(caller, target, fault);
        }
        self.task_mut(target).save.return_code_and_len(code, len);
        self.make_runnable(target);
        self.resume(caller)
    }

    /// Deals with a reply that cannot be copied.
    #[inline(never)]
    #[cold]
    fn reply_failed(
        &mut self,
        caller: Ref<M>,
        target: Ref<M>,
        fault: CopyFault,
    ) -> Outcome<M> {
        let mut next = NextTask::Same;
        if let Some(fault) = fault.dest {
            next = next.and(self.force_fault(target, fault.into()));
        }
        if let Some(fault) = fault.source {
            next = next.and(self.force_fault(caller, fault.into()));
        }
        self.leave(caller, next)
    }

    /// The task that `id` names, if it waits for the caller's reply.
    #[inline(always)]
    fn waiting_client(
        &self,
        caller: Ref<M>,
        id: TaskId,
    ) -> Result<Option<Ref<M>>, UsageError> {
        let me = self.task(caller).id;
        Ok(match self.resolve(id)? {
            Ok(task) if self.task(task).is_waiting_for(me) => Some(task),
            _ => None,
        })
    }

    /// REPLY_FAULT.
    #[inline(always)]
    pub fn reply_fault(&mut self, caller: Ref<M>) -> Outcome<M> {
        let task = self.task(caller);
        let (me, peer) = (task.id, TaskId(task.save.r4 as u16));
        let Ok(reason) = ReplyFaultReason::try_from(task.save.r5) else {
            return Err(UsageError::BadReplyFaultReason.into());
        };
        if let Some(client) = self.waiting_client(caller, peer)? {
            // The caller goes on, even if the supervisor woke up.
            let _ = self.force_fault(client, FaultInfo::FromServer(me, reason));
        }
        self.resume(caller)
    }

    /// POST.
    #[inline(always)]
    pub fn post_from(&mut self, caller: Ref<M>) -> Outcome<M> {
        let save = &self.task(caller).save;
        let (target, bits) = (TaskId(save.r4 as u16), save.r5);
        let target = match self.resolve(target)? {
            Ok(target) => target,
            Err(dead) => {
                self.task_mut(caller).save.return_code_and_len(dead, 0);
                return self.resume(caller);
            }
        };
        self.task_mut(caller).save.return_code_and_len(0, 0);
        let woke = self.post(target, bits);
        if woke && self.task(target).priority < self.task(caller).priority {
            self.leave(caller, NextTask::Specific(target))
        } else {
            self.resume(caller)
        }
    }

    /// REFRESH_TASK_ID.
    #[inline(always)]
    pub fn refresh_task_id(&mut self, caller: Ref<M>) -> Outcome<M> {
        let id = TaskId(self.task(caller).save.r4 as u16);
        let Some(target) = self.machine.find(id.index()) else {
            return Err(UsageError::TaskOutOfRange.into());
        };
        let current = self.task(target).id;
        self.task_mut(caller).save.r4 = u32::from(current.0);
        self.resume(caller)
    }
}
