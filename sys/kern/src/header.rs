// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The image header.

unsafe extern "C" {
    /// Room for the image header, placed after the vector table by the linker
    /// script and filled in by the build tool.
    pub static HEADER: abi::ImageHeader;
}
