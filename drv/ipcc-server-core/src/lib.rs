// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the IPCC driver task decides.
//!
//! The server knows its clients, which of them have which channel open, the
//! one call that each of them may be waiting in, and who wants to be told of
//! what. It moves bytes between their leases and the channels below, and
//! answers.
//!
//! It knows neither registers nor system calls: the hardware is a
//! [`Controller`](ipcc_channel::Controller), the kernel a [`Kernel`]. So the
//! whole of it runs in host tests, against a model of the other core.
//!
//! A call that cannot be answered at once is remembered ([`Outcome::Later`])
//! and answered when an interrupt, an alarm or another client's call makes it
//! possible. Meanwhile the client waits for its reply, and its lease stays
//! ours to copy from or to. Each client has at most one call outstanding, so
//! a table with a row per client remembers them all.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod access;
mod calls;
mod client;
mod config;
mod error;
mod kernel;
mod lease;
mod line;
mod peer;
mod progress;
mod server;
mod storm;
mod waiting;

pub use calls::Outcome;
pub use config::{ChannelConfig, Kind};
pub use error::Error;
pub use kernel::{Event, Kernel};
pub use server::{Server, State};
