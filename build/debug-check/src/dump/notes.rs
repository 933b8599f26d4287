// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The records of a PT_NOTE segment.

/// Who writes the notes that the debugger reads.
pub(super) const OWNER: &[u8] = b"Oxide Computer Company";

/// Types of notes.
pub(super) const ARCHIVE: u32 = 0x1de0_0001;
pub(super) const REGISTERS: u32 = 0x1de0_0002;
pub(super) const TASK: u32 = 0x1de0_0003;

/// A note.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Note<'a> {
    pub owner: &'a [u8],
    pub kind: u32,
    pub contents: &'a [u8],
}

/// All notes of a segment; `None` if one is cut off.
pub(super) fn split(mut bytes: &[u8]) -> Option<Vec<Note<'_>>> {
    let mut notes = Vec::new();
    while !bytes.is_empty() {
        let owner_len = take(&mut bytes, 4).map(word)?;
        let len = take(&mut bytes, 4).map(word)?;
        let kind = take(&mut bytes, 4).map(word)?;
        let owner = take(&mut bytes, owner_len)?;
        let contents = take(&mut bytes, len)?;
        notes.push(Note {
            owner: owner.strip_suffix(b"\0").unwrap_or(owner),
            kind,
            contents,
        });
    }
    Some(notes)
}

/// Takes some bytes, and what pads them to a multiple of 4.
fn take<'a>(bytes: &mut &'a [u8], len: u32) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(len as usize)?;
    let padding = taken.len().next_multiple_of(4) - taken.len();
    *bytes = rest.get(padding..)?;
    Some(taken)
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes.first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{Note, split};

    #[test]
    fn owner_and_contents_are_padded() {
        let mut bytes = vec![2, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0];
        bytes.extend(b"A\0..12345...");
        let note = Note {
            owner: b"A",
            kind: 7,
            contents: b"12345",
        };
        assert_eq!(split(&bytes), Some(vec![note]));
        assert_eq!(split(&bytes[..20]), None);
        assert_eq!(split(&[]), Some(vec![]));
    }
}
