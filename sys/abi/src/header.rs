// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// First word of an [`ImageHeader`] that the build tool has filled in.
pub const HEADER_MAGIC: u32 = 0x64CE_D6CA;

/// First word of a caboose.
pub const CABOOSE_MAGIC: u32 = 0xCAB0_005E;

/// Describes the image; placed right after the vector table and filled in by
/// the build tool.
#[derive(Default, IntoBytes, FromBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct ImageHeader {
    /// [`HEADER_MAGIC`].
    pub magic: u32,
    /// Bytes from the start of flash to the end of the image.
    pub total_image_len: u32,
    pub _pad: [u32; 16],
    /// Version of the image.
    pub version: u32,
    /// Epoch of the image.
    pub epoch: u32,
}

/// The first two words of the image.
#[derive(Default, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct ImageVectors {
    /// Initial main stack pointer.
    pub sp: u32,
    /// Reset handler.
    pub entry: u32,
}

#[cfg(test)]
mod tests {
    use super::ImageHeader;
    use core::mem::{offset_of, size_of};

    #[test]
    fn the_image_header_is_80_bytes_with_the_version_at_72() {
        assert_eq!(size_of::<ImageHeader>(), 80);
        assert_eq!(offset_of!(ImageHeader, magic), 0);
        assert_eq!(offset_of!(ImageHeader, total_image_len), 4);
        assert_eq!(offset_of!(ImageHeader, version), 72);
        assert_eq!(offset_of!(ImageHeader, epoch), 76);
    }
}
