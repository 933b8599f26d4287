// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Debug information: types, variables, and how to unwind.

pub(crate) mod frames;
mod reader;
pub(crate) mod types;

pub(crate) use reader::read;

use types::TypeId;

/// A variable with an address.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// Without the path.
    pub name: String,
    /// The demangled path.
    pub path: String,
    pub address: u32,
    pub size: u32,
    pub ty: TypeId,
    /// The program it is in.
    pub module: usize,
}
