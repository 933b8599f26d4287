// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use abi::{LeaseAttributes, ULease};
use core::marker::PhantomData;

/// Memory lent to the recipient of a message until it replies.
#[derive(Debug)]
#[repr(transparent)]
pub struct Lease<'a> {
    // The kernel reads a slice of leases as the lease table.
    raw: ULease,
    memory: PhantomData<&'a mut [u8]>,
}

impl<'a> Lease<'a> {
    /// Lends `x` for reading.
    pub fn read_only(x: &'a [u8]) -> Self {
        Self::new(LeaseAttributes::READ, x.as_ptr(), x.len())
    }

    /// Lends `x` for reading and writing.
    pub fn read_write(x: &'a mut [u8]) -> Self {
        let rights = LeaseAttributes::READ | LeaseAttributes::WRITE;
        Self::new(rights, x.as_mut_ptr(), x.len())
    }

    /// Lends `x` for writing.
    pub fn write_only(x: &'a mut [u8]) -> Self {
        Self::new(LeaseAttributes::WRITE, x.as_mut_ptr(), x.len())
    }

    fn new(attributes: LeaseAttributes, base: *const u8, len: usize) -> Self {
        Self {
            raw: ULease {
                attributes,
                base_address: base.expose_provenance() as u32,
                length: len as u32,
            },
            memory: PhantomData,
        }
    }
}

/// Lends for reading.
impl<'a> From<&'a [u8]> for Lease<'a> {
    fn from(x: &'a [u8]) -> Self {
        Self::read_only(x)
    }
}

/// Lends for reading *and* writing.
impl<'a> From<&'a mut [u8]> for Lease<'a> {
    fn from(x: &'a mut [u8]) -> Self {
        Self::read_write(x)
    }
}
