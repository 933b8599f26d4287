// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use serde::{Deserialize, Serialize};

/// Names one incarnation of one task: an index and a generation.
///
/// The index occupies the low ten bits, the generation the six bits above.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct TaskId(pub u16);

impl TaskId {
    /// The kernel, as the target of kernel IPC and the sender of
    /// notifications.
    pub const KERNEL: Self = Self(!0);

    /// What a task slot holds until the build tool has resolved it. No task
    /// can have this index.
    pub const UNBOUND: Self = Self(Self::INDEX_MASK - 1);

    /// Number of bits that hold the task index.
    pub const INDEX_BITS: u32 = 10;

    /// The bits that hold the task index.
    pub const INDEX_MASK: u16 = (1 << Self::INDEX_BITS) - 1;

    /// Assembles an id. Bits that do not fit are dropped from both parts.
    pub const fn for_index_and_gen(
        index: usize,
        generation: Generation,
    ) -> Self {
        let index = index as u16 & Self::INDEX_MASK;
        Self(index | (generation.0 as u16) << Self::INDEX_BITS)
    }

    /// The task index.
    #[inline]
    pub fn index(&self) -> usize {
        usize::from(self.0 & Self::INDEX_MASK)
    }

    /// The generation.
    #[inline]
    pub fn generation(&self) -> Generation {
        Generation((self.0 >> Self::INDEX_BITS) as u8)
    }

    /// The id this task will have after its next restart.
    #[inline]
    pub fn next_generation(self) -> Self {
        Self::for_index_and_gen(self.index(), self.generation().next())
    }
}

/// How often a task has been restarted, modulo 64.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Default)]
#[repr(transparent)]
pub struct Generation(u8);

impl Generation {
    /// The generation every task boots with.
    pub const ZERO: Self = Self(0);

    const MASK: u8 = (1 << (u16::BITS - TaskId::INDEX_BITS)) - 1;

    /// `From<u8>`, for constants.
    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// `Into<u8>`, for constants.
    pub(crate) const fn to_bits(self) -> u8 {
        self.0
    }

    /// The generation after this one; 63 is followed by 0.
    #[inline]
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1) & Self::MASK)
    }
}

/// Takes the value as it is, without reducing it to six bits.
impl From<u8> for Generation {
    #[inline]
    fn from(value: u8) -> Self {
        Self(value)
    }
}

impl From<Generation> for u8 {
    #[inline]
    fn from(value: Generation) -> Self {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Generation, TaskId};
    use proptest::{prop_assert_eq, proptest};

    #[test]
    fn the_reserved_ids_have_their_documented_values() {
        assert_eq!(TaskId::KERNEL.0, 0xFFFF);
        assert_eq!(TaskId::KERNEL.index(), 0x3FF);
        assert_eq!(u8::from(TaskId::KERNEL.generation()), 0x3F);
        assert_eq!(TaskId::UNBOUND.0, 0x03FE);
        assert_eq!(TaskId::UNBOUND.generation(), Generation::ZERO);
    }

    #[test]
    fn an_index_is_masked_to_ten_bits() {
        let id = TaskId::for_index_and_gen(usize::MAX, Generation::ZERO);
        assert_eq!(id, TaskId(0x3FF));
    }

    #[test]
    fn generation_bits_above_the_sixth_are_dropped_from_an_id() {
        let id = TaskId::for_index_and_gen(3, Generation::from(0xC1));
        assert_eq!(id, TaskId(0x0403));
    }

    #[test]
    fn generation_63_is_followed_by_0() {
        assert_eq!(Generation::from(63).next(), Generation::ZERO);
        assert_eq!(TaskId(0xFC07).next_generation(), TaskId(0x0007));
    }

    #[test]
    fn a_generation_made_from_a_byte_is_not_masked() {
        assert_eq!(u8::from(Generation::from(0xFF)), 0xFF);
        assert_eq!(u8::from(Generation::from(0xFF).next()), 0);
    }

    proptest! {
        #[test]
        fn an_id_is_the_sum_of_its_parts(raw: u16) {
            let id = TaskId(raw);
            prop_assert_eq!(
                TaskId::for_index_and_gen(id.index(), id.generation()),
                id
            );
            prop_assert_eq!(id.next_generation().index(), id.index());
        }
    }
}
