// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Where the image's caboose is.
//!
//! The caboose is a block of metadata at the end of the image. The build tool
//! decides where it goes, after the task has been linked, and writes the
//! position into the task. A task that wants to read the caboose has to be
//! listed in `caboose.tasks` of the application file.

#![cfg_attr(not(test), no_std)]

use volatile_const::VolatileConst;

/// The position of the image's caboose.
#[used]
pub static CABOOSE_POS: CaboosePos = CaboosePos {
    range: VolatileConst::new([0; 2]),
};

/// Tells the build tool where to write the position.
#[used]
#[unsafe(link_section = ".caboose_pos_table")]
static CABOOSE_POS_TABLE: TableEntry = TableEntry(CABOOSE_POS.range.as_ptr());

/// The position of a caboose.
#[repr(C)]
pub struct CaboosePos {
    /// Addresses of the first byte and of the one past the last; both are 0 as
    /// long as nobody has written them.
    range: VolatileConst<[u32; 2]>,
}

#[repr(transparent)]
struct TableEntry(#[allow(dead_code)] *const [u32; 2]);

// SAFETY: the entry is in a section that is not loaded; no code reads it.
unsafe impl Sync for TableEntry {}

impl CaboosePos {
    /// The contents of the caboose, or `None` if the image has none.
    pub fn as_slice(&self) -> Option<&'static [u8]> {
        let [start, end] = self.range.get();
        let len = end.checked_sub(start)?;
        if start == 0 {
            return None;
        }
        // SAFETY: whoever writes the range writes that of a block of flash,
        // which exists and does not change while the image runs. That the task
        // may read it is up to the MPU.
        Some(unsafe {
            core::slice::from_raw_parts(
                core::ptr::with_exposed_provenance(start as usize),
                len as usize,
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(range: [u32; 2]) -> CaboosePos {
        CaboosePos {
            range: VolatileConst::new(range),
        }
    }

    #[test]
    fn an_image_that_nobody_has_patched_has_no_caboose() {
        assert_eq!(CABOOSE_POS.as_slice(), None);
        assert_eq!(CABOOSE_POS_TABLE.0, CABOOSE_POS.range.as_ptr());
    }

    #[test]
    fn a_range_that_is_none_is_no_caboose() {
        assert_eq!(position([8, 4]).as_slice(), None);
        assert_eq!(position([0, 4]).as_slice(), None);
        assert_eq!(position([8, 8]).as_slice(), Some(&[][..]));
    }

    #[test]
    fn the_position_is_two_words_for_the_build_tool_to_write() {
        assert_eq!(size_of::<CaboosePos>(), 8);
        assert_eq!(core::mem::offset_of!(CaboosePos, range), 0);
    }
}
