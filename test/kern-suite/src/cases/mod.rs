// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! All cases, by what they are about.

#[cfg(feature = "ipc")]
mod boot;
#[cfg(feature = "ipc")]
mod borrow;
#[cfg(all(feature = "system", feature = "dumps"))]
mod dump;
#[cfg(feature = "system")]
mod fault;
#[cfg(feature = "system")]
mod finale;
#[cfg(all(feature = "system", target_abi = "eabihf"))]
mod fp;
#[cfg(all(feature = "system", target_abi = "eabihf"))]
mod fp_status;
#[cfg(feature = "library")]
mod hl;
#[cfg(feature = "library")]
mod idol;
#[cfg(feature = "library")]
mod idol_wire;
#[cfg(feature = "system")]
mod irq;
#[cfg(feature = "system")]
mod kipc;
#[cfg(feature = "library")]
mod libs;
#[cfg(all(feature = "system", not(feature = "dumps")))]
mod no_dump;
#[cfg(feature = "system")]
mod panic;
#[cfg(feature = "ipc")]
mod post;
#[cfg(feature = "ipc")]
mod recv;
#[cfg(feature = "ipc")]
mod regions;
#[cfg(feature = "system")]
mod reinit;
#[cfg(feature = "ipc")]
mod reply;
#[cfg(feature = "ipc")]
mod sched;
#[cfg(feature = "ipc")]
mod send;
#[cfg(feature = "system")]
mod timer;

use test_kern_suite::case::Case;

/// The tables of all modules, those about the boot first.
pub const ALL: &[&[Case]] = &[
    #[cfg(feature = "ipc")]
    boot::CASES,
    #[cfg(feature = "ipc")]
    send::CASES,
    #[cfg(feature = "ipc")]
    recv::CASES,
    #[cfg(feature = "ipc")]
    reply::CASES,
    #[cfg(feature = "ipc")]
    borrow::CASES,
    #[cfg(feature = "ipc")]
    regions::CASES,
    #[cfg(feature = "ipc")]
    post::CASES,
    #[cfg(feature = "ipc")]
    sched::CASES,
    #[cfg(feature = "system")]
    timer::CASES,
    #[cfg(feature = "system")]
    irq::CASES,
    #[cfg(feature = "system")]
    kipc::CASES,
    #[cfg(feature = "system")]
    reinit::CASES,
    #[cfg(feature = "system")]
    panic::CASES,
    #[cfg(all(feature = "system", feature = "dumps"))]
    dump::CASES,
    #[cfg(all(feature = "system", not(feature = "dumps")))]
    no_dump::CASES,
    #[cfg(feature = "system")]
    fault::CASES,
    #[cfg(all(feature = "system", target_abi = "eabihf"))]
    fp::CASES,
    #[cfg(all(feature = "system", target_abi = "eabihf"))]
    fp_status::CASES,
    #[cfg(feature = "library")]
    hl::CASES,
    #[cfg(feature = "library")]
    libs::CASES,
    #[cfg(feature = "library")]
    idol::CASES,
    #[cfg(feature = "library")]
    idol_wire::CASES,
];

/// The tables of the cases that end the system.
pub const LAST: &[&[Case]] = &[
    #[cfg(feature = "system")]
    finale::CASES,
];
