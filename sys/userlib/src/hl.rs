// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Receiving, replying and sleeping without the sharp edges of the system
//! calls.

use crate::{
    BorrowInfo, ClosedRecvError, FromPrimitive, RecvMessage, ReplyFaultReason,
    TaskId, TimerState, sys_borrow_info, sys_borrow_read, sys_borrow_write,
    sys_get_timer, sys_recv, sys_recv_notification, sys_reply, sys_reply_fault,
    sys_set_timer,
};
use abi::Generation;
use core::marker::PhantomData;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

/// The notification that ends a sleep. Applications cannot use it.
const SLEEP_NOTIFICATION: u32 = 1 << 31;

/// The response to a message whose operation the server does not know.
const UNKNOWN_OPERATION: u32 = 1;

/// Receives one message or notification.
///
/// Notifications in `mask` go to `notify`, messages to `msg`, together with
/// `state`. If `msg` fails, its error is the reply; if it succeeds, it has
/// replied itself or will later. A message with an operation that is not an
/// `O` is answered with code 1.
pub fn recv<'a, O, E, S>(
    buffer: &'a mut [u8],
    mask: u32,
    state: S,
    notify: impl FnOnce(S, u32),
    msg: impl FnOnce(S, O, Message<'a>) -> Result<(), E>,
) where
    O: FromPrimitive,
    E: Into<u32>,
{
    // An open receive has no peer that could die.
    let _ = recv_from(None, buffer, mask, state, notify, msg);
}

/// Receives one message.
///
/// As [`recv`], without notifications.
pub fn recv_without_notification<'a, O, E>(
    buffer: &'a mut [u8],
    msg: impl FnOnce(O, Message<'a>) -> Result<(), E>,
) where
    O: FromPrimitive,
    E: Into<u32>,
{
    recv(buffer, 0, (), |(), _| (), |(), op, m| msg(op, m));
}

/// Receives one message, or a notification, from `source` only.
///
/// As [`recv`]. With `source` being [`TaskId::KERNEL`] only notifications can
/// arrive, with `None` messages from anyone.
///
/// # Errors
///
/// If `source` has been restarted.
pub fn recv_from<'a, O, E, S>(
    source: Option<TaskId>,
    buffer: &'a mut [u8],
    mask: u32,
    state: S,
    notify: impl FnOnce(S, u32),
    msg: impl FnOnce(S, O, Message<'a>) -> Result<(), E>,
) -> Result<(), ClosedRecvError>
where
    O: FromPrimitive,
    E: Into<u32>,
{
    let rm = sys_recv(buffer, mask, source)
        .map_err(|code| ClosedRecvError::Dead(Generation::from(code as u8)))?;
    if rm.sender == TaskId::KERNEL {
        notify(state, rm.operation);
    } else if let Some(op) = O::from_u32(rm.operation) {
        let sender = rm.sender;
        match Message::new(buffer, rm) {
            Some(m) => {
                if let Err(e) = msg(state, op, m) {
                    sys_reply(sender, e.into(), &[]);
                }
            }
            None => sys_reply_fault(sender, ReplyFaultReason::BadMessageSize),
        }
    } else {
        sys_reply(rm.sender, UNKNOWN_OPERATION, &[]);
    }
    Ok(())
}

/// Receives one message from `source` only.
///
/// As [`recv_from`], without notifications.
///
/// # Errors
///
/// If `source` has been restarted.
pub fn recv_from_without_notification<'a, O, E>(
    source: Option<TaskId>,
    buffer: &'a mut [u8],
    msg: impl FnOnce(O, Message<'a>) -> Result<(), E>,
) -> Result<(), ClosedRecvError>
where
    O: FromPrimitive,
    E: Into<u32>,
{
    recv_from(source, buffer, 0, (), |(), _| (), |(), op, m| msg(op, m))
}

/// A message that was received.
pub struct Message<'a> {
    bytes: &'a [u8],
    sender: TaskId,
    lease_count: usize,
    response_capacity: usize,
}

impl<'a> Message<'a> {
    /// The message in `buffer`, unless it says that it is longer than that.
    fn new(buffer: &'a [u8], rm: RecvMessage) -> Option<Self> {
        Some(Self {
            bytes: buffer.get(..rm.message_len)?,
            sender: rm.sender,
            lease_count: rm.lease_count,
            response_capacity: rm.response_capacity,
        })
    }

    /// The message as an `M`, and the sender as one who expects an `R`.
    ///
    /// `None` unless the message is as long as an `M` and the sender has room
    /// for an `R`. Leases are not looked at.
    ///
    /// # Panics
    ///
    /// If the receive buffer is not aligned for `M`.
    pub fn fixed<M, R>(self) -> Option<(&'a M, Caller<R>)>
    where
        M: FromBytes + KnownLayout + Immutable,
        R: IntoBytes,
    {
        if self.bytes.len() != size_of::<M>()
            || self.response_capacity < size_of::<R>()
        {
            return None;
        }
        match M::ref_from_bytes(self.bytes) {
            Ok(message) => Some((message, Caller::from(self.sender))),
            // The length is right, so it can only be the alignment.
            Err(_) => panic!(),
        }
    }

    /// As [`fixed`](Self::fixed), if there are exactly `n` leases.
    ///
    /// # Panics
    ///
    /// If the receive buffer is not aligned for `M`.
    pub fn fixed_with_leases<M, R>(self, n: usize) -> Option<(&'a M, Caller<R>)>
    where
        M: FromBytes + KnownLayout + Immutable,
        R: IntoBytes,
    {
        if self.lease_count == n {
            self.fixed()
        } else {
            None
        }
    }

    /// How many leases came with the message.
    pub fn lease_count(&self) -> usize {
        self.lease_count
    }
}

/// A client that waits for an `R`.
pub struct Caller<R> {
    id: TaskId,
    response: PhantomData<fn(R)>,
}

impl<R> From<TaskId> for Caller<R> {
    fn from(id: TaskId) -> Self {
        Self {
            id,
            response: PhantomData,
        }
    }
}

impl<R> Caller<R> {
    /// Replies with code 0 and `message`.
    pub fn reply(self, message: R)
    where
        R: IntoBytes + Immutable,
    {
        sys_reply(self.id, 0, message.as_bytes());
    }

    /// Replies with a code and no message.
    pub fn reply_fail(self, rc: impl Into<u32>) {
        sys_reply(self.id, rc.into(), &[]);
    }

    /// The lease of that index.
    pub fn borrow(&self, index: usize) -> Borrow<'_> {
        Borrow {
            lender: self.id,
            index,
            caller: PhantomData,
        }
    }

    /// Who the client is.
    pub fn task_id(&self) -> TaskId {
        self.id
    }
}

/// Memory that a waiting client has lent.
#[derive(Clone)]
pub struct Borrow<'caller> {
    lender: TaskId,
    index: usize,
    // The lease ends when the client is replied to.
    caller: PhantomData<&'caller ()>,
}

impl Borrow<'_> {
    /// What was lent, unless the client is gone.
    pub fn info(&self) -> Option<BorrowInfo> {
        sys_borrow_info(self.lender, self.index)
    }

    /// Fills `dest` from the given offset; `None` if that is not possible.
    pub fn read_fully_at(&self, offset: usize, dest: &mut [u8]) -> Option<()> {
        let expected = (0, dest.len());
        let outcome = sys_borrow_read(self.lender, self.index, offset, dest);
        (outcome == expected).then_some(())
    }

    /// Reads a `T` at the given offset; `None` if that is not possible.
    pub fn read_at<T>(&self, offset: usize) -> Option<T>
    where
        T: FromZeros + FromBytes + IntoBytes,
    {
        let mut value = T::new_zeroed();
        self.read_fully_at(offset, value.as_mut_bytes())?;
        Some(value)
    }

    /// Writes a `T` at the given offset; `None` if that is not possible.
    pub fn write_at<T>(&self, offset: usize, value: T) -> Option<()>
    where
        T: IntoBytes + Immutable,
    {
        self.write_fully_at(offset, value.as_bytes())
    }

    /// Writes all of `src` at the given offset; `None` if that is not
    /// possible.
    pub fn write_fully_at(&self, offset: usize, src: &[u8]) -> Option<()> {
        let outcome = sys_borrow_write(self.lender, self.index, offset, src);
        (outcome == (0, src.len())).then_some(())
    }
}

/// Sleeps until the clock shows `time` (in ticks since boot) or later.
///
/// A timer that the task has set is put back afterwards.
pub fn sleep_until(time: u64) {
    let TimerState {
        deadline, on_dl, ..
    } = sys_get_timer();

    sys_set_timer(Some(time), SLEEP_NOTIFICATION);
    loop {
        sys_recv_notification(SLEEP_NOTIFICATION);
        // Anyone may post any notification.
        if sys_get_timer().now >= time {
            break;
        }
    }

    if deadline.is_some() {
        sys_set_timer(deadline, on_dl);
    }
}

/// Sleeps for at least `ticks` whole ticks.
pub fn sleep_for(ticks: u64) {
    // The current tick is already partly over.
    let now = sys_get_timer().now;
    sleep_until(now.saturating_add(ticks).saturating_add(1));
}
