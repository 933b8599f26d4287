// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use zerocopy_derive::{FromBytes, Immutable, KnownLayout};

/// One entry of the lease table that a sender passes with its message.
#[derive(Copy, Clone, Debug, FromBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ULease {
    /// What the borrower may do with the memory.
    pub attributes: LeaseAttributes,
    /// First byte lent; any alignment.
    pub base_address: u32,
    /// Bytes lent.
    pub length: u32,
}

/// The rights a lease grants. The kernel ignores undefined bits.
#[derive(
    Copy, Clone, Debug, FromBytes, Immutable, KnownLayout, PartialEq, Eq,
)]
#[repr(transparent)]
pub struct LeaseAttributes(u32);

bitflags::bitflags! {
    impl LeaseAttributes: u32 {
        /// The borrower may read the memory.
        const READ = 1 << 0;
        /// The borrower may write the memory.
        const WRITE = 1 << 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{LeaseAttributes, ULease};
    use core::mem::{align_of, offset_of, size_of};
    use zerocopy::FromBytes;

    #[test]
    fn a_lease_table_entry_is_three_words() {
        assert_eq!(size_of::<ULease>(), 12);
        assert_eq!(align_of::<ULease>(), 4);
        assert_eq!(offset_of!(ULease, attributes), 0);
        assert_eq!(offset_of!(ULease, base_address), 4);
        assert_eq!(offset_of!(ULease, length), 8);
    }

    #[test]
    fn undefined_attribute_bits_survive_reading() {
        let lease =
            ULease::read_from_bytes(&[0x81, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])
                .unwrap();
        assert_eq!(lease.attributes.bits(), 0x81);
        assert!(lease.attributes.contains(LeaseAttributes::READ));
        assert!(!lease.attributes.contains(LeaseAttributes::WRITE));
        assert_eq!((lease.base_address, lease.length), (1, 2));
    }
}
