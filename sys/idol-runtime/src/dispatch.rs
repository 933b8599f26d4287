// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::marker::PhantomData;

use userlib::{
    FromPrimitive, NotificationBits, RecvMessage, TaskId, sys_recv, sys_reply,
    sys_reply_fault,
};

use crate::{ClientError, RequestError};

/// What a server does about notifications.
pub trait NotificationHandler {
    /// The notifications to receive, besides messages. 0 for none.
    fn current_notification_mask(&self) -> u32;

    /// Called when some of those notifications have been received.
    fn handle_notification(&mut self, bits: NotificationBits);
}

/// An operation, with what has to be checked before it is performed.
///
/// Implemented by generated code.
pub trait ServerOp: FromPrimitive + Copy {
    /// The size in bytes of the largest reply that reports success.
    fn max_reply_size(self) -> usize;

    /// How many leases come with the request.
    fn required_lease_count(self) -> usize;
}

/// A server for the operations `Op`.
///
/// Implemented by generated code, for every server that implements the trait
/// generated for its interface.
pub trait Server<Op: ServerOp> {
    /// The one task to receive from, or `None` to receive from all.
    fn recv_source(&self) -> Option<TaskId>;

    /// Called when the task in `recv_source` has died.
    fn closed_recv_fail(&mut self);

    /// Performs `op` for the request `rm` with message `incoming`, and sends
    /// the reply.
    ///
    /// # Errors
    /// If a reply is still to be sent: one that reports an error, or a fault.
    fn handle(
        &mut self,
        op: Op,
        incoming: &[u8],
        rm: &RecvMessage,
    ) -> Result<(), RequestError<u16>>;
}

/// Receives one message or notification, and has `server` handle it.
///
/// `buffer` has room for the largest message: generated code defines its size
/// as `INCOMING_SIZE`. A client that sends a malformed request is faulted.
pub fn dispatch<S: NotificationHandler, Op: ServerOp>(
    buffer: &mut [u8],
    server: &mut S,
) where
    for<'a> (PhantomData<Op>, &'a mut S): Server<Op>,
{
    let mask = server.current_notification_mask();
    let mut handler = (PhantomData, server);
    let source = handler.recv_source();
    let rm = match sys_recv(buffer, mask, source) {
        Ok(rm) => rm,
        Err(_) => {
            if source.is_some() {
                handler.closed_recv_fail();
            }
            return;
        }
    };

    if rm.sender == TaskId::KERNEL {
        if mask != 0 {
            let bits = NotificationBits::new(rm.operation);
            handler.1.handle_notification(bits);
        }
        return;
    }

    let result = check::<Op>(buffer, &rm)
        .map_err(RequestError::Fail)
        .and_then(|(op, incoming)| handler.handle(op, incoming, &rm));
    match result {
        Ok(()) => {}
        Err(RequestError::Runtime(code)) => {
            sys_reply(rm.sender, u32::from(code), &[]);
        }
        Err(RequestError::Fail(error)) => {
            if let Some(reason) = error.into_fault() {
                sys_reply_fault(rm.sender, reason);
            }
        }
    }
}

/// Checks whether the request `rm` is one that a server can look at.
fn check<'a, Op: ServerOp>(
    buffer: &'a [u8],
    rm: &RecvMessage,
) -> Result<(Op, &'a [u8]), ClientError> {
    let incoming = buffer
        .get(..rm.message_len)
        .ok_or(ClientError::BadMessageSize)?;
    let op = Op::from_u32(rm.operation).ok_or(ClientError::UnknownOperation)?;
    if rm.response_capacity < op.max_reply_size() {
        return Err(ClientError::ReplyBufferTooSmall);
    }
    if rm.lease_count != op.required_lease_count() {
        return Err(ClientError::BadLease);
    }
    Ok((op, incoming))
}
