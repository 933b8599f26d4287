// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The words in which the cases of the conformance suite are written.

#![no_std]

pub mod case;
pub mod registers;
pub mod vehicle;
pub mod world;

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
