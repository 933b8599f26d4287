// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Sets of tasks in which the most important task is found in constant time.
//!
//! Tasks are ranked by priority and, among equals, by index. A set is a bitmap
//! over ranks, most important first, so that one count-leading-zeros finds the
//! best member. Round-robin among equals is two more `and` operations with
//! masks that are computed when the kernel is built.

/// Words in a [`TaskSet`].
pub const WORDS: usize = crate::config::SET_WORDS;

/// The bit of rank 0 in a word.
const TOP: u32 = 1 << 31;

/// A set of tasks, by rank.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct TaskSet([u32; WORDS]);

impl TaskSet {
    /// The set without members.
    pub const EMPTY: Self = Self([0; WORDS]);

    /// The word and bit of a rank.
    const fn locate(rank: u16) -> (usize, u32) {
        let word = if WORDS == 1 { 0 } else { rank as usize / 32 };
        (word, TOP >> (rank % 32))
    }

    const fn with(mut self, rank: u16) -> Self {
        let (word, bit) = Self::locate(rank);
        self.0[word] |= bit;
        self
    }

    /// Adds a member.
    #[inline(always)]
    pub fn insert(&mut self, rank: u16) {
        let (word, bit) = Self::locate(rank);
        self.0[word] |= bit;
    }

    /// Removes a member, if it is one.
    #[inline(always)]
    pub fn remove(&mut self, rank: u16) {
        let (word, bit) = Self::locate(rank);
        self.0[word] &= !bit;
    }

    /// Whether the rank is a member.
    #[cfg(test)]
    pub fn contains(&self, rank: u16) -> bool {
        let (word, bit) = Self::locate(rank);
        self.0[word] & bit != 0
    }

    /// The best rank in the set.
    #[inline(always)]
    fn first(&self) -> Option<usize> {
        for (i, &word) in self.0.iter().enumerate() {
            if word != 0 {
                return Some(i * 32 + word.leading_zeros() as usize);
            }
        }
        None
    }

    /// The members that are in both sets.
    #[inline(always)]
    fn and(&self, other: &Self) -> Self {
        let mut both = *self;
        for (a, b) in both.0.iter_mut().zip(&other.0) {
            *a &= b;
        }
        both
    }
}

/// What is known about each rank.
#[derive(Copy, Clone, Debug)]
pub struct Rank {
    /// The task that has it.
    task: u16,
    /// All tasks of the same priority.
    equals: TaskSet,
}

/// The ranking of all tasks, as tables for [`Order`].
#[derive(Debug)]
pub struct OrderTables<const N: usize> {
    ranks: [Rank; N],
    rank_of: [u16; N],
    after: [TaskSet; N],
}

impl<const N: usize> OrderTables<N> {
    /// Ranks tasks that have these priorities.
    ///
    /// # Panics
    ///
    /// If there are more tasks than fit into a set.
    pub const fn new(priorities: &[u8; N]) -> Self {
        assert!(N > 0 && N <= WORDS * 32);

        let unranked = Rank {
            task: 0,
            equals: TaskSet::EMPTY,
        };
        let mut ranks = [unranked; N];
        let mut rank_of = [0; N];
        let mut after = [TaskSet::EMPTY; N];

        let mut i = 0;
        while i < N {
            let mut rank = 0;
            let mut j = 0;
            while j < N {
                let better = priorities[j] < priorities[i]
                    || (priorities[j] == priorities[i] && j < i);
                if better {
                    rank += 1;
                }
                j += 1;
            }
            rank_of[i] = rank;
            ranks[rank as usize].task = i as u16;
            i += 1;
        }

        let mut i = 0;
        while i < N {
            let mut equals = TaskSet::EMPTY;
            let mut j = 0;
            while j < N {
                if priorities[j] == priorities[i] {
                    equals = equals.with(rank_of[j]);
                }
                if j > i {
                    after[i] = after[i].with(rank_of[j]);
                }
                j += 1;
            }
            ranks[rank_of[i] as usize].equals = equals;
            i += 1;
        }

        Self {
            ranks,
            rank_of,
            after,
        }
    }

    /// A view that does not depend on the number of tasks.
    pub const fn order(&'static self) -> Order {
        Order {
            ranks: &self.ranks,
            rank_of: &self.rank_of,
            after: &self.after,
        }
    }
}

/// The ranking of all tasks.
#[derive(Copy, Clone, Debug)]
pub struct Order {
    /// By rank.
    ranks: &'static [Rank],
    /// By task index.
    rank_of: &'static [u16],
    /// By task index: the tasks of greater index.
    after: &'static [TaskSet],
}

impl Order {
    /// The rank of a task.
    pub fn rank_of(&self, task: usize) -> u16 {
        self.rank_of[task]
    }

    /// The member of `set` whose turn it is, if `previous` was the last to
    /// have one.
    ///
    /// That is the most important one. Among equals it is the first in index
    /// order after `previous`, going round at the end.
    #[inline(always)]
    pub fn choose(&self, set: &TaskSet, previous: usize) -> Option<usize> {
        let best = set.first()?;
        let equals = set.and(&self.ranks[best].equals);
        let rank = equals.and(&self.after[previous]).first().unwrap_or(best);
        Some(usize::from(self.ranks[rank].task))
    }
}

#[cfg(test)]
mod tests {
    use super::{OrderTables, TaskSet};
    use proptest::{prop_assert_eq, proptest};

    /// The rule as the interface specification states it.
    fn scan(
        priorities: &[u8],
        members: &[bool],
        previous: usize,
    ) -> Option<usize> {
        let n = priorities.len();
        let mut best: Option<usize> = None;
        for i in (1..=n).map(|d| (previous + d) % n) {
            if members[i] && best.is_none_or(|b| priorities[i] < priorities[b])
            {
                best = Some(i);
            }
        }
        best
    }

    const N: usize = 40;

    proptest! {
        #[test]
        fn the_choice_is_that_of_a_priority_scan(
            // Few distinct values, so that there are many equals.
            priorities: [u8; N],
            spread in 1u8..8,
            members: [bool; N],
            previous in 0..N,
        ) {
            let priorities = priorities.map(|p| p % spread);
            let order = Box::leak(Box::new(OrderTables::new(&priorities)))
                .order();
            let mut set = TaskSet::EMPTY;
            for i in (0..N).filter(|&i| members[i]) {
                set.insert(order.rank_of(i));
            }
            prop_assert_eq!(
                order.choose(&set, previous),
                scan(&priorities, &members, previous)
            );
        }

        #[test]
        fn what_is_removed_is_gone_and_nothing_else(
            members: [bool; N],
            gone in 0..N as u16,
        ) {
            let mut set = TaskSet::EMPTY;
            for i in (0..N).filter(|&i| members[i]) {
                set.insert(i as u16);
            }
            set.remove(gone);
            for i in 0..N {
                prop_assert_eq!(
                    set.contains(i as u16),
                    members[i] && i != usize::from(gone)
                );
            }
        }
    }

    #[test]
    fn equals_take_turns_in_index_order() {
        static TABLES: OrderTables<4> = OrderTables::new(&[1, 0, 1, 1]);
        let order = TABLES.order();
        let mut set = TaskSet::EMPTY;
        for task in [0, 2, 3] {
            set.insert(order.rank_of(task));
        }
        assert_eq!(order.choose(&set, 0), Some(2));
        assert_eq!(order.choose(&set, 1), Some(2));
        assert_eq!(order.choose(&set, 2), Some(3));
        assert_eq!(order.choose(&set, 3), Some(0));
        set.insert(order.rank_of(1));
        assert_eq!(order.choose(&set, 2), Some(1));
        assert_eq!(order.choose(&TaskSet::EMPTY, 0), None);
    }
}
