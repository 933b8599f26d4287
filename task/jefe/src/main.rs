// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The supervisor: restarts tasks that fault, keeps the system state, and does
//! what a debugger asks of the tasks.
//!
//! It is task 0 and the most important one. The kernel tells it of every fault
//! with notification bit 0; when to restart is decided in `task-jefe-policy`.
//! It must never send a message to another task: whoever is to hear from it
//! gets a notification.
//!
//! The others use `task-jefe-api`. A debugger uses the statics in `external`.

#![no_std]
#![no_main]

use core::convert::Infallible;

use hubris_num_tasks::NUM_TASKS;
use idol_runtime::{Leased, NotificationHandler, RequestError, W};
use ringbuf::{ringbuf, ringbuf_entry};
use task_jefe_api::{DumpAgentError, DumpArea, ResetReason};
use task_jefe_policy::{Disposition, Reaction, Record};
use userlib::{
    FaultInfo, Generation, NotificationBits, RecvMessage, TaskId, TaskState,
    kipc, sys_get_timer, sys_post, sys_refresh_task_id, sys_set_timer,
};

mod external;

/// Ticks between two looks at what a debugger may want.
const POLL_INTERVAL: u64 = 100;

/// How long a faulted task is left alone, in ticks, so that the tasks which are
/// told of the fault can look at it.
const NOTICE_TIME: u64 = 5;

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Trace {
    None,
    /// A task, by its index, was found faulted.
    Fault(usize, FaultInfo),
    Restarting(usize),
    /// A task will be restarted at a certain tick.
    RestartDelayed(usize, u64),
    /// A task will not be restarted.
    Held(usize),
    /// A task asked to be restarted.
    RestartMe(usize),
    ResetRequest(TaskId),
    ResetReason(ResetReason),
    State(u32),
    /// A debugger's request and the task that it is about.
    External(external::Request, usize),
    ExternalError(u32, u32),
}

ringbuf!(Trace, 16, Trace::None);

struct ServerImpl {
    state: u32,
    reset_reason: ResetReason,
    /// By task index. The first is unused: nobody restarts us.
    records: [Record; NUM_TASKS],
    #[cfg(feature = "fault-notification")]
    fault_counts: [usize; NUM_TASKS],
}

impl ServerImpl {
    /// Finds the tasks that have faulted since the last look.
    fn process_faults(&mut self, now: u64) {
        let min_delay = if config::ON_TASK_FAULT.is_empty() {
            0
        } else {
            NOTICE_TIME
        };
        let mut news = false;
        let mut start = 1;
        while let Some(index) = kipc::find_faulted_task(start) {
            let index = index.get();
            start = index.wrapping_add(1);
            let Some(record) = self.records.get_mut(index) else {
                break;
            };
            let Some(reaction) = record.fault(now, min_delay) else {
                continue;
            };
            news = true;
            if let TaskState::Faulted { fault, .. } =
                kipc::read_task_status(index)
            {
                ringbuf_entry!(Trace::Fault(index, fault));
            }
            match reaction {
                Reaction::Restart => restart(index, record, now),
                Reaction::Wait => ringbuf_entry!(Trace::RestartDelayed(
                    index,
                    record.restart_time().unwrap_or(now)
                )),
                Reaction::Hold => ringbuf_entry!(Trace::Held(index)),
            }
            #[cfg(feature = "fault-notification")]
            if let Some(count) = self.fault_counts.get_mut(index) {
                *count = count.wrapping_add(1);
            }
        }
        if news {
            notify(&config::ON_TASK_FAULT);
        }
    }

    /// Restarts the tasks whose time has come, and sets the timer for the next.
    fn process_restarts(&mut self, now: u64) {
        let mut next = now.wrapping_add(POLL_INTERVAL);
        for (index, record) in self.records.iter_mut().enumerate() {
            match record.restart_time() {
                Some(time) if time <= now => restart(index, record, now),
                Some(time) => next = next.min(time),
                None => {}
            }
        }
        sys_set_timer(Some(next), notifications::TIMER_MASK);
    }
}

/// Starts a task over.
fn restart(index: usize, record: &mut Record, now: u64) {
    ringbuf_entry!(Trace::Restarting(index));
    kipc::reinit_task(index, true);
    record.started(now);
}

/// Posts to each task in a list of task indices and notification masks.
fn notify(list: &[(usize, u32)]) {
    for &(index, mask) in list {
        let task = TaskId::for_index_and_gen(index, Generation::default());
        // The generation is the current one, and nobody else runs in between:
        // this cannot fail.
        sys_post(sys_refresh_task_id(task), mask);
    }
}

impl idl::InOrderJefeImpl for ServerImpl {
    fn get_state(
        &mut self,
        _: &RecvMessage,
    ) -> Result<u32, RequestError<Infallible>> {
        Ok(self.state)
    }

    fn set_state(
        &mut self,
        _: &RecvMessage,
        state: u32,
    ) -> Result<(), RequestError<Infallible>> {
        if self.state != state {
            ringbuf_entry!(Trace::State(state));
            self.state = state;
            notify(&config::ON_STATE_CHANGE);
        }
        Ok(())
    }

    fn request_reset(
        &mut self,
        message: &RecvMessage,
    ) -> Result<(), RequestError<Infallible>> {
        ringbuf_entry!(Trace::ResetRequest(message.sender));
        kipc::system_restart()
    }

    fn get_reset_reason(
        &mut self,
        _: &RecvMessage,
    ) -> Result<ResetReason, RequestError<Infallible>> {
        Ok(self.reset_reason)
    }

    fn set_reset_reason(
        &mut self,
        _: &RecvMessage,
        reason: ResetReason,
    ) -> Result<(), RequestError<Infallible>> {
        ringbuf_entry!(Trace::ResetReason(reason));
        self.reset_reason = reason;
        Ok(())
    }

    // This supervisor takes no dumps.

    fn reinitialize_dump_areas(
        &mut self,
        _: &RecvMessage,
    ) -> Result<(), RequestError<DumpAgentError>> {
        Err(DumpAgentError::DumpAgentUnsupported.into())
    }

    fn get_dump_area(
        &mut self,
        _: &RecvMessage,
        _index: u8,
    ) -> Result<DumpArea, RequestError<DumpAgentError>> {
        Err(DumpAgentError::DumpAgentUnsupported.into())
    }

    fn claim_dump_area(
        &mut self,
        _: &RecvMessage,
    ) -> Result<DumpArea, RequestError<DumpAgentError>> {
        Err(DumpAgentError::DumpAgentUnsupported.into())
    }

    fn dump_task(
        &mut self,
        _: &RecvMessage,
        _task_index: u32,
    ) -> Result<u8, RequestError<DumpAgentError>> {
        Err(DumpAgentError::DumpAgentUnsupported.into())
    }

    fn dump_task_region(
        &mut self,
        _: &RecvMessage,
        _task_index: u32,
        _address: u32,
        _length: u32,
    ) -> Result<u8, RequestError<DumpAgentError>> {
        Err(DumpAgentError::DumpAgentUnsupported.into())
    }

    fn reinitialize_dump_from(
        &mut self,
        _: &RecvMessage,
        _index: u8,
    ) -> Result<(), RequestError<DumpAgentError>> {
        Err(DumpAgentError::DumpAgentUnsupported.into())
    }

    fn restart_me_raw(
        &mut self,
        message: &RecvMessage,
    ) -> Result<(), RequestError<Infallible>> {
        let index = message.sender.index();
        if let Some(record) = self.records.get_mut(index) {
            ringbuf_entry!(Trace::RestartMe(index));
            restart(index, record, sys_get_timer().now);
        }
        // Whoever asked is gone.
        Err(RequestError::went_away())
    }

    #[cfg(feature = "fault-notification")]
    fn read_fault_counts(
        &mut self,
        _: &RecvMessage,
        data: Leased<W, [usize; NUM_TASKS]>,
    ) -> Result<(), RequestError<Infallible>> {
        data.write(self.fault_counts)
            .map_err(|()| RequestError::went_away())
    }

    #[cfg(not(feature = "fault-notification"))]
    fn read_fault_counts(
        &mut self,
        _: &RecvMessage,
        _data: Leased<W, [usize; NUM_TASKS]>,
    ) -> Result<(), RequestError<Infallible>> {
        Err(idol_runtime::ClientError::UnknownOperation.fail())
    }
}

impl NotificationHandler for ServerImpl {
    fn current_notification_mask(&self) -> u32 {
        notifications::FAULT_MASK | notifications::TIMER_MASK
    }

    fn handle_notification(&mut self, bits: NotificationBits) {
        let now = sys_get_timer().now;
        external::serve(&mut self.records, now);
        if bits.check_notification_mask(notifications::FAULT_MASK) {
            self.process_faults(now);
        }
        self.process_restarts(now);
    }
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let mut server = ServerImpl {
        state: 0,
        reset_reason: ResetReason::Unknown,
        records: [Record::new(Disposition::Restart); NUM_TASKS],
        #[cfg(feature = "fault-notification")]
        fault_counts: [0; NUM_TASKS],
    };
    for index in config::TASKS_TO_HOLD {
        if let Some(record) = server.records.get_mut(index) {
            record.hold();
        }
    }
    server.process_restarts(sys_get_timer().now);

    let mut buffer = [0; idl::INCOMING_SIZE];
    external::ready();
    loop {
        idol_runtime::dispatch(&mut buffer, &mut server);
    }
}

mod config {
    //! The image's configuration of this task.

    include!(concat!(env!("OUT_DIR"), "/jefe_config.rs"));

    #[cfg(not(feature = "fault-notification"))]
    pub const ON_TASK_FAULT: [(usize, u32); 0] = [];
}

mod idl {
    use task_jefe_api::{DumpAgentError, DumpArea, ResetReason};

    include!(concat!(env!("OUT_DIR"), "/server_stub.rs"));
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
