// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel.
//!
//! It keeps tasks apart, hands one task's message to another, tells tasks about
//! interrupts and the passage of time, and takes misbehaving tasks out of
//! service. It never allocates, queues nothing, and runs with interrupts off.
//!
//! | Module | Holds |
//! | --- | --- |
//! | `sizes`, `region`, `mpu` | how much there is of what, and where |
//! | `set` | who is more important than whom |
//! | `descs`, `config` | what the build tool has fixed |
//! | `slice` | memory that tasks name, and whether they may |
//! | `task` | control blocks |
//! | [`machine`] | what the rules need from the processor |
//! | [`kernel`] | the state of tasks, and the only ways to change it |
//! | `ipc`, `borrow`, `timer`, `irq` | the system calls |
//! | `kipc`, `dump`, `restart` | messages to the kernel |
//! | `arch` | the processor; the only place that is `unsafe` |
//! | [`startup`], [`profiling`], [`header`] | what applications use |
//!
//! A module knows those above it, and none below.
//!
//! Everything but `arch` and what belongs to it is plain safe Rust, and is
//! tested on the host with a simulated processor.

#![no_std]
#![cfg_attr(not(target_os = "none"), forbid(unsafe_code))]
// On the host only tests call it, and not all of it.
#![cfg_attr(not(target_os = "none"), allow(dead_code))]

#[cfg(test)]
extern crate std;

mod borrow;
mod config;
mod descs;
#[cfg(feature = "dump")]
mod dump;
mod fail;
mod ipc;
mod irq;
mod kernel;
mod kipc;
mod machine;
mod mpu;
mod region;
mod restart;
mod set;
mod sizes;
mod slice;
mod task;
mod timer;

#[cfg(target_os = "none")]
mod arch;
#[cfg(target_os = "none")]
pub mod header;
#[cfg(target_os = "none")]
pub mod profiling;
#[cfg(target_os = "none")]
pub mod startup;

#[cfg(test)]
mod tests;
