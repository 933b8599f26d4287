// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use crate::{FaultInfo, TaskId};
use serde::{Deserialize, Serialize};

/// What a task is doing, and whether it may go on.
#[derive(Copy, Clone, Debug, Deserialize, Serialize)]
pub enum TaskState {
    /// The task may run when its turn comes.
    Healthy(SchedState),
    /// The task is out of service until somebody reinitialises it.
    Faulted {
        /// What it (last) did wrong.
        fault: FaultInfo,
        /// What it was doing when it was first faulted.
        original_state: SchedState,
    },
}

impl TaskState {
    /// Whether the task waits in a receive that takes messages from `caller`.
    #[inline]
    pub fn can_accept_message_from(&self, caller: TaskId) -> bool {
        match self {
            Self::Healthy(SchedState::InRecv(None)) => true,
            Self::Healthy(SchedState::InRecv(Some(peer))) => *peer == caller,
            _ => false,
        }
    }

    /// Whether the task is blocked sending to `target`, generation included.
    #[inline]
    pub fn is_sending_to(&self, target: TaskId) -> bool {
        match self {
            Self::Healthy(SchedState::InSend(peer)) => *peer == target,
            _ => false,
        }
    }

    /// Whether the task is in a receive of any kind.
    #[inline]
    pub fn can_accept_notification(&self) -> bool {
        matches!(self, Self::Healthy(SchedState::InRecv(_)))
    }
}

impl Default for TaskState {
    fn default() -> Self {
        Self::Healthy(SchedState::Stopped)
    }
}

impl From<SchedState> for TaskState {
    #[inline]
    fn from(s: SchedState) -> Self {
        Self::Healthy(s)
    }
}

/// Where a healthy task stands with the scheduler.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum SchedState {
    /// Not started, and waiting for nothing.
    Stopped,
    /// Ready to run, or running.
    Runnable,
    /// Waiting for the given task to receive its message.
    InSend(TaskId),
    /// Waiting for the given task to reply.
    InReply(TaskId),
    /// Waiting for a message: from anyone, or only from the given task.
    InRecv(Option<TaskId>),
}

#[cfg(test)]
mod tests {
    use super::{SchedState, TaskState};
    use crate::{FaultInfo, TaskId};
    use core::mem::size_of;

    const A: TaskId = TaskId(0x0402);
    const B: TaskId = TaskId(0x0802);

    fn faulted(original_state: SchedState) -> TaskState {
        TaskState::Faulted {
            fault: FaultInfo::Panic,
            original_state,
        }
    }

    #[test]
    fn the_default_state_is_stopped() {
        assert!(matches!(
            TaskState::default(),
            TaskState::Healthy(SchedState::Stopped)
        ));
    }

    #[test]
    fn only_a_receiver_open_to_the_caller_accepts_its_message() {
        let accepts =
            |s: SchedState| TaskState::from(s).can_accept_message_from(A);
        assert!(accepts(SchedState::InRecv(None)));
        assert!(accepts(SchedState::InRecv(Some(A))));
        assert!(!accepts(SchedState::InRecv(Some(B))));
        assert!(!accepts(SchedState::InReply(A)));
        assert!(!accepts(SchedState::Runnable));
        assert!(!faulted(SchedState::InRecv(None)).can_accept_message_from(A));
    }

    #[test]
    fn sending_to_a_task_means_to_that_very_generation() {
        let sends = |s: SchedState| TaskState::from(s).is_sending_to(A);
        assert!(sends(SchedState::InSend(A)));
        assert!(!sends(SchedState::InSend(B)));
        assert!(!sends(SchedState::InReply(A)));
        assert!(!faulted(SchedState::InSend(A)).is_sending_to(A));
    }

    #[test]
    fn any_receive_accepts_notifications_unless_faulted() {
        for s in [
            SchedState::InRecv(None),
            SchedState::InRecv(Some(A)),
            SchedState::InRecv(Some(TaskId::KERNEL)),
        ] {
            assert!(TaskState::from(s).can_accept_notification());
            assert!(!faulted(s).can_accept_notification());
        }
        for s in [
            SchedState::Stopped,
            SchedState::Runnable,
            SchedState::InSend(A),
            SchedState::InReply(A),
        ] {
            assert!(!TaskState::from(s).can_accept_notification());
        }
    }

    /// Kernel IPC reports the in-memory size of a response type whose
    /// encoding did not fit, so these sizes can be seen by tasks.
    #[test]
    fn the_sizes_that_kernel_ipc_reports_are_as_documented() {
        assert_eq!(size_of::<TaskState>(), 16);
        assert_eq!(size_of::<SchedState>(), 4);
        assert_eq!(size_of::<FaultInfo>(), 12);
    }
}
