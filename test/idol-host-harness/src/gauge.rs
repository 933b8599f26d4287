// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The sample of the interface specification, with restricted callers.

use derive_idol_err::IdolError;
use userlib::{FromPrimitive, sys_send};
use zerocopy_derive::{Immutable, IntoBytes, KnownLayout};

#[derive(
    Copy,
    Clone,
    Debug,
    Eq,
    PartialEq,
    FromPrimitive,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(u8)]
pub enum Channel {
    A = 0,
    B = 1,
}

#[derive(
    Copy, Clone, Debug, Eq, PartialEq, FromPrimitive, IdolError, counters::Count,
)]
pub enum GaugeError {
    Busy = 1,
    Timeout,
    #[idol(server_death)]
    ServerRestarted,
}

include!(concat!(env!("OUT_DIR"), "/gauge_client.rs"));

mod idl {
    use super::{Channel, GaugeError};
    include!(concat!(env!("OUT_DIR"), "/gauge_server.rs"));
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;
    use std::cell::Cell;
    use std::rc::Rc;

    use idol_runtime::{
        ClientError, Leased, LenLimit, NotificationHandler, R, RequestError, W,
    };
    use userlib::kernel::{self, Outcome};
    use userlib::{
        Generation, NotificationBits, RecvMessage, ReplyFaultReason, TaskId,
    };

    use super::{Channel, Gauge, GaugeError, GaugeOperation, idl};
    use crate::{panic_of, start_server};

    /// What the test and the server share.
    #[derive(Default)]
    struct Shared {
        mask: Cell<u32>,
        bits: Cell<u32>,
        owner: Cell<Option<TaskId>>,
        releases: Cell<usize>,
    }

    struct Server {
        table: [u16; 64],
        shared: Rc<Shared>,
    }

    impl idl::InOrderGaugeImpl for Server {
        fn recv_source(&self) -> Option<TaskId> {
            self.shared.owner.get()
        }

        fn closed_recv_fail(&mut self) {
            self.shared.owner.set(None);
            self.shared.releases.set(self.shared.releases.get() + 1);
        }

        fn sample(
            &mut self,
            rm: &RecvMessage,
            channel: Channel,
            raw: bool,
        ) -> Result<u32, RequestError<GaugeError>> {
            self.shared.owner.set(Some(rm.sender));
            if channel == Channel::B {
                Err(GaugeError::Timeout)?;
            }
            Ok(u32::from(self.table[channel as usize]) + u32::from(raw))
        }

        fn load(
            &mut self,
            _: &RecvMessage,
            table: LenLimit<Leased<R, [u16]>, 64>,
        ) -> Result<(), RequestError<Infallible>> {
            let n = usize::from(LenLimit::len_as_u8(&table));
            let Some(dest) = self.table.get_mut(..n) else {
                return Err(ClientError::BadLease.fail());
            };
            table
                .read_range(0..n, dest)
                .map_err(|()| RequestError::went_away())
        }

        fn snapshot(
            &mut self,
            _: &RecvMessage,
            out: Leased<W, [u8]>,
        ) -> Result<usize, RequestError<Infallible>> {
            let n = usize::min(out.len(), 2);
            out.write_range(0..n, &[1, 2][..n])
                .map_err(|_| RequestError::Fail(ClientError::WentAway))?;
            Ok(n)
        }
    }

    impl NotificationHandler for Server {
        fn current_notification_mask(&self) -> u32 {
            self.shared.mask.get()
        }

        fn handle_notification(&mut self, bits: NotificationBits) {
            self.shared.bits.set(bits.get_raw_bits());
        }
    }

    fn start() -> (Gauge, Rc<Shared>) {
        let shared = Rc::new(Shared::default());
        let server = Server {
            table: [5; 64],
            shared: shared.clone(),
        };
        (Gauge::from(start_server!(idl, server)), shared)
    }

    fn task(index: usize) -> TaskId {
        TaskId::for_index_and_gen(index, Generation::from(9))
    }

    #[test]
    fn callers_that_are_not_in_the_list_are_faulted() {
        let (gauge, _) = start();
        for (index, allowed) in [(0, false), (1, true), (2, true), (3, false)] {
            kernel::set_client(task(index));
            let mut reply = [0; 4];
            let target = kernel::server_id();
            let outcome = kernel::send(target, 1, &[0, 1], &mut reply, &[]);
            if allowed {
                assert_eq!(outcome, Outcome::Reply { code: 0, len: 4 });
                assert_eq!(reply, [6, 0, 0, 0]);
                kernel::fail_closed_recv(Generation::ZERO);
            } else {
                let expected = ReplyFaultReason::AccessViolation;
                assert_eq!(outcome, Outcome::Fault(expected));
            }
        }

        // An empty list lets nobody in, none at all lets everybody in.
        let reason: ReplyFaultReason = panic_of(|| {
            let _ = gauge.load(&[]);
        });
        assert_eq!(reason, ReplyFaultReason::AccessViolation);
        let (gauge, _) = start();
        assert_eq!(gauge.snapshot(&mut [0; 3]), 2);
    }

    #[test]
    fn access_is_checked_before_the_message_but_after_the_leases() {
        start();
        kernel::set_client(task(3));
        let target = kernel::server_id();
        let outcome = kernel::send(target, 1, &[], &mut [0; 4], &[]);
        let expected = ReplyFaultReason::AccessViolation;
        assert_eq!(outcome, Outcome::Fault(expected));
        let outcome = kernel::send(target, 1, &[], &mut [0; 3], &[]);
        let expected = ReplyFaultReason::ReplyBufferTooSmall;
        assert_eq!(outcome, Outcome::Fault(expected));
    }

    #[test]
    fn a_notification_is_passed_to_the_handler() {
        let (_, shared) = start();
        shared.mask.set(0b110);
        kernel::notify(0b011);
        assert_eq!(shared.bits.get(), 0b010);
    }

    #[test]
    fn the_server_learns_when_the_owner_dies_and_then_only() {
        let (gauge, shared) = start();
        kernel::set_client(task(1));
        assert_eq!(gauge.sample(Channel::B, false), Err(GaugeError::Timeout));
        assert_eq!(shared.owner.get(), Some(task(1)));
        // The owner is served, ...
        assert_eq!(gauge.sample(Channel::A, false), Ok(5));
        assert_eq!(shared.releases.get(), 0);
        // ... and released when it dies.
        kernel::fail_closed_recv(Generation::ZERO);
        assert_eq!(shared.releases.get(), 1);
        assert_eq!(shared.owner.get(), None);
    }

    #[test]
    fn the_operations_have_the_derives_asked_for() {
        let set = std::collections::HashSet::from([GaugeOperation::sample]);
        assert!(!set.contains(&GaugeOperation::load));
        assert!(GaugeOperation::sample < GaugeOperation::snapshot);
        assert_eq!(GaugeOperation::snapshot as u16, 3);
    }

    #[test]
    fn sizes_are_those_of_the_specification() {
        assert_eq!(idl::SAMPLE_MSG_SIZE, 2);
        assert_eq!(idl::SAMPLE_REPLY_SIZE, 4);
        assert_eq!(idl::LOAD_MSG_SIZE, 0);
        assert_eq!(idl::LOAD_REPLY_SIZE, 0);
        assert_eq!(idl::INCOMING_SIZE, 2);

        let args = idl::read_sample_msg(&[1, 2]).unwrap();
        let idl::Gauge_sample_ARGS {
            raw_channel,
            raw_raw,
        } = *args;
        assert_eq!((raw_channel, raw_raw), (1, 2));
        assert!(idl::read_sample_msg(&[1]).is_none());
        assert!(idl::read_load_msg(&[]).is_some());
        assert!(idl::read_load_msg(&[1]).is_none());
    }
}
