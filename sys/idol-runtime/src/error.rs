// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::sync::atomic::Ordering;

#[allow(unused_imports)]
use counters::armv6m_atomic_hack::AtomicU32Ext;
use userlib::ReplyFaultReason;

/// What a client did wrong, so that its request cannot be answered.
#[derive(Copy, Clone, Debug, Eq, PartialEq, counters::Count)]
#[repr(u32)]
pub enum ClientError {
    /// The operation does not exist.
    UnknownOperation = 0xFFFF_FE00,
    /// The message is longer than any message of the interface.
    BadMessageSize = 0xFFFF_FE01,
    /// There are too few or too many leases, or one of them does not have the
    /// size or the access rights that the operation needs.
    BadLease = 0xFFFF_FE02,
    /// The client is no longer there, or no longer waits: do not reply.
    WentAway = 0xFFFF_FE03,
    /// The message does not encode the arguments of the operation.
    BadMessageContents = 0xFFFF_FE04,
    /// There is not enough room for the reply.
    ReplyBufferTooSmall = 0xFFFF_FE05,
    /// The client must not use the operation.
    AccessViolation = 0xFFFF_FE06,
}

impl ClientError {
    /// The fault that the client receives, or `None` if it is not to be told.
    pub fn into_fault(self) -> Option<ReplyFaultReason> {
        match self {
            Self::UnknownOperation => {
                Some(ReplyFaultReason::UndefinedOperation)
            }
            Self::BadMessageSize => Some(ReplyFaultReason::BadMessageSize),
            Self::BadMessageContents => {
                Some(ReplyFaultReason::BadMessageContents)
            }
            Self::BadLease => Some(ReplyFaultReason::BadLeases),
            Self::ReplyBufferTooSmall => {
                Some(ReplyFaultReason::ReplyBufferTooSmall)
            }
            Self::AccessViolation => Some(ReplyFaultReason::AccessViolation),
            Self::WentAway => None,
        }
    }

    /// Makes this the result of a request.
    pub fn fail<E>(self) -> RequestError<E> {
        RequestError::Fail(self)
    }
}

impl From<ClientError> for u32 {
    fn from(error: ClientError) -> Self {
        error as u32
    }
}

/// Why a server does not carry out a request.
#[derive(Copy, Clone, Debug, Eq, PartialEq, counters::Count)]
#[repr(u32)]
pub enum RequestError<E> {
    /// For a reason that is part of the interface; the client is told.
    Runtime(#[count(children)] E),
    /// Because the client did something wrong; the client is faulted.
    Fail(#[count(children)] ClientError),
}

impl<E> RequestError<E> {
    /// The result of a request that must not be answered.
    pub fn went_away() -> Self {
        ClientError::WentAway.fail()
    }

    /// Converts the reason that is part of the interface, if it is one.
    pub fn map_runtime<T>(
        self,
        mut cvt: impl FnMut(E) -> T,
    ) -> RequestError<T> {
        match self {
            Self::Runtime(error) => RequestError::Runtime(cvt(error)),
            Self::Fail(error) => RequestError::Fail(error),
        }
    }
}

impl<E> From<E> for RequestError<E> {
    fn from(error: E) -> Self {
        Self::Runtime(error)
    }
}

impl<E> From<RequestError<E>> for u32
where
    u16: From<E>,
{
    fn from(error: RequestError<E>) -> Self {
        match error {
            RequestError::Runtime(error) => u32::from(u16::from(error)),
            RequestError::Fail(error) => u32::from(error),
        }
    }
}

/// Marks an error type with a variant for the case that the server has died.
///
/// A client cannot repeat an operation that is not idempotent when the server
/// dies, so an error of such an operation must be able to tell. Derive
/// `IdolError` and mark a variant `#[idol(server_death)]` to implement this.
pub trait IHaveConsideredServerDeathWithThisErrorType {}

/// The server has died, with the operation carried out or not.
pub struct ServerDeath;

impl counters::Count for ServerDeath {
    type Counters = counters::AtomicU32;

    #[allow(clippy::declare_interior_mutable_const)]
    const NEW_COUNTERS: Self::Counters = counters::AtomicU32::new(0);

    fn count(&self, counters: &Self::Counters) {
        counters.fetch_add(1, Ordering::Relaxed);
    }
}
