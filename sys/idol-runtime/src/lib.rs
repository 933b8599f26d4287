// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The runtime of Idol: receiving requests, and access to leased memory.
//!
//! A server implements the trait that `idol` generates from its interface, and
//! [`NotificationHandler`]; its main loop calls [`dispatch`].

#![no_std]
#![forbid(unsafe_code)]
// Why a transfer fails makes no difference to a server, and upstream says `()`.
#![allow(clippy::result_unit_err)]

mod buffered;
mod dispatch;
mod error;
mod lease;

pub use buffered::{BufReader, BufWriter, LeaseBufReader, LeaseBufWriter};
pub use dispatch::{NotificationHandler, Server, ServerOp, dispatch};
pub use error::{
    ClientError, IHaveConsideredServerDeathWithThisErrorType, RequestError,
    ServerDeath,
};
pub use lease::{
    Attribute, AttributeRead, AttributeWrite, Leased, LenLimit, R, RW, W,
};
