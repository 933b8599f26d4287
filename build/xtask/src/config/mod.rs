// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Application, chip, memory and board files.
//!
//! [`App::load`] reads and checks them; whatever it returns is consistent, so
//! the rest of the tool looks names up without asking whether they exist.

mod app;
mod check;
mod document;
#[cfg(test)]
mod inheritance_tests;
mod keys;
mod lines;
#[cfg(test)]
pub mod sample;
#[cfg(test)]
mod schema_tests;
mod target;

pub use app::{Amount, App, Memory};
pub use check::{MAX_REGIONS, mapped_regions, owned_memories};
pub use document::{display, normalise};
pub use target::Target;
