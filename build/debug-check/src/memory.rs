// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Contents of memory.

/// Bytes that start at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// First address.
    pub base: u32,
    /// Contents.
    pub bytes: Vec<u8>,
}

/// Memory of which some is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Ascending, without overlaps; blocks that touch are one.
    blocks: Vec<Block>,
}

impl Memory {
    /// Joins blocks.
    ///
    /// Overlaps are given to `overlap`, by their base addresses; of what
    /// overlaps, one block counts.
    pub fn new(
        mut blocks: Vec<Block>,
        mut overlap: impl FnMut(u32, u32),
    ) -> Self {
        blocks.sort_by_key(|block| block.base);
        blocks.retain(|block| !block.bytes.is_empty());
        let mut joined: Vec<Block> = Vec::new();
        for block in blocks {
            match joined.last_mut() {
                Some(last) if end(last) > u64::from(block.base) => {
                    overlap(last.base, block.base);
                }
                Some(last) if end(last) == u64::from(block.base) => {
                    last.bytes.extend(block.bytes);
                }
                _ => joined.push(block),
            }
        }
        Self { blocks: joined }
    }

    /// Bytes at an address; `None` unless all of them are known.
    pub fn read(&self, address: u32, len: u32) -> Option<&[u8]> {
        let index = self.blocks.partition_point(|block| block.base <= address);
        let block = self.blocks.get(index.checked_sub(1)?)?;
        let start = (address - block.base) as usize;
        block.bytes.get(start..start.checked_add(len as usize)?)
    }

    /// The little-endian word at an address.
    pub fn word(&self, address: u32) -> Option<u32> {
        let bytes = self.read(address, 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    /// What there is.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }
}

/// Where a block ends, which may be the end of the address space.
fn end(block: &Block) -> u64 {
    u64::from(block.base) + block.bytes.len() as u64
}

#[cfg(test)]
mod tests {
    use super::{Block, Memory};

    fn block(base: u32, bytes: &[u8]) -> Block {
        Block {
            base,
            bytes: bytes.into(),
        }
    }

    #[test]
    fn a_read_may_span_blocks_that_touch_but_no_gap() {
        let blocks = vec![
            block(0x104, &[5, 6]),
            block(0x100, &[1, 2, 3, 4]),
            block(0x108, &[9]),
        ];
        let memory = Memory::new(blocks, |_, _| panic!("no overlap"));
        assert_eq!(memory.read(0x102, 4), Some(&[3, 4, 5, 6][..]));
        assert_eq!(memory.read(0x104, 5), None);
        assert_eq!(memory.word(0x100), Some(0x0403_0201));
        assert_eq!(memory.read(0xff, 1), None);
        assert_eq!(memory.read(u32::MAX, 1), None);
    }

    #[test]
    fn overlaps_are_reported() {
        let mut overlaps = Vec::new();
        let blocks = vec![block(0, &[0; 5]), block(4, &[0; 4])];
        Memory::new(blocks, |a, b| overlaps.push((a, b)));
        assert_eq!(overlaps, [(0, 4)]);
    }

    #[test]
    fn memory_may_reach_the_end_of_the_address_space() {
        let memory = Memory::new(vec![block(0xffff_fffc, &[7; 4])], |_, _| {});
        assert_eq!(memory.word(0xffff_fffc), Some(0x0707_0707));
        assert_eq!(memory.word(0xffff_fffe), None);
    }
}
