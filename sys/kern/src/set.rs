// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Sets of tasks in which the most important task is found in constant time.
//!
//! Tasks are ranked by priority and, among equals, by index. A set is a bitmap
//! over ranks, most important first, so that counting trailing zeros finds the
//! best member. Round-robin among equals is two more `and` operations with
//! masks that are computed when the kernel is built.

/// Words in a [`TaskSet`].
pub const WORDS: usize = crate::sizes::SET_WORDS;

/// A set of tasks, by rank.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct TaskSet([u32; WORDS]);

/// Where a task sits in every set.
#[derive(Copy, Clone, Debug)]
pub struct Seat {
    bit: u32,
    word: usize,
}

impl Seat {
    /// The seat of the task of that rank.
    pub const fn new(rank: u16) -> Self {
        Self {
            bit: 1 << (rank % 32),
            word: rank as usize / 32,
        }
    }

    /// Which word of a set, without asking if there is only one.
    #[inline(always)]
    const fn word(self) -> usize {
        if WORDS == 1 { 0 } else { self.word }
    }
}

impl TaskSet {
    /// The set without members.
    pub const EMPTY: Self = Self([0; WORDS]);

    const fn with(mut self, seat: Seat) -> Self {
        self.0[seat.word()] |= seat.bit;
        self
    }

    /// Adds a member.
    #[inline(always)]
    pub fn insert(&mut self, seat: Seat) {
        self.0[seat.word()] |= seat.bit;
    }

    /// Removes a member, if it is one.
    #[inline(always)]
    pub fn remove(&mut self, seat: Seat) {
        self.0[seat.word()] &= !seat.bit;
    }

    /// Whether that is a member.
    #[cfg(test)]
    pub fn contains(&self, seat: Seat) -> bool {
        self.0[seat.word()] & seat.bit != 0
    }

    /// The best rank in the set.
    #[inline(always)]
    fn first(&self) -> Option<usize> {
        let word = self.0.iter().position(|&word| word != 0)?;
        // Less than 32, which the compiler does not see by itself.
        let bit = self.0[word].trailing_zeros() as usize % 32;
        Some(word * 32 + bit)
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

/// The number of ranks that fit into a set.
const RANKS: usize = WORDS * 32;

/// What is known about a rank.
#[derive(Copy, Clone, Debug)]
struct Rank<R> {
    /// The task that has it.
    task: R,
    /// All tasks of the same priority.
    equals: TaskSet,
}

/// Where a task stands among the others.
#[derive(Copy, Clone, Debug)]
pub struct Place {
    /// Its seat in every set.
    pub seat: Seat,
    /// The tasks of greater index.
    after: TaskSet,
}

/// The place of one of `N` tasks that have these priorities.
///
/// # Panics
///
/// If there are more tasks than fit into a set.
pub const fn place<const N: usize>(priorities: &[u8; N], task: usize) -> Place {
    assert!(N <= RANKS);
    let mut after = TaskSet::EMPTY;
    let mut i = task + 1;
    while i < N {
        after = after.with(Seat::new(rank(priorities, i)));
        i += 1;
    }
    Place {
        seat: Seat::new(rank(priorities, task)),
        after,
    }
}

/// The number of tasks that come before `task`.
const fn rank<const N: usize>(priorities: &[u8; N], task: usize) -> u16 {
    let mut rank = 0;
    let mut i = 0;
    while i < N {
        let better = priorities[i] < priorities[task];
        let earlier = priorities[i] == priorities[task] && i < task;
        if better || earlier {
            rank += 1;
        }
        i += 1;
    }
    rank
}

/// The ranking of all tasks. `R` is what refers to a task.
#[derive(Debug)]
pub struct Order<R> {
    // As long as there can be members in a set, so that none of them needs
    // another check.
    ranks: [Rank<R>; RANKS],
}

impl<R: Copy> Order<R> {
    /// Ranks tasks that have these priorities.
    ///
    /// # Panics
    ///
    /// If there are no tasks, or more than fit into a set.
    pub const fn new<const N: usize>(
        priorities: &[u8; N],
        tasks: &[R; N],
    ) -> Self {
        assert!(N > 0 && N <= RANKS);
        let nobody = Rank {
            task: tasks[0],
            equals: TaskSet::EMPTY,
        };
        let mut ranks = [nobody; RANKS];
        let mut i = 0;
        while i < N {
            let mut equals = TaskSet::EMPTY;
            let mut j = 0;
            while j < N {
                if priorities[j] == priorities[i] {
                    equals = equals.with(Seat::new(rank(priorities, j)));
                }
                j += 1;
            }
            ranks[rank(priorities, i) as usize] = Rank {
                task: tasks[i],
                equals,
            };
            i += 1;
        }
        Self { ranks }
    }

    /// The member of `set` whose turn it is, if the task at `previous` was the
    /// last to have one.
    ///
    /// That is the most important one. Among equals it is the first in index
    /// order after `previous`, going round at the end.
    #[inline(always)]
    pub fn choose(&self, set: &TaskSet, previous: &Place) -> Option<R> {
        let best = set.first()?;
        let equals = set.and(&self.ranks[best].equals);
        let rank = equals.and(&previous.after).first().unwrap_or(best);
        Some(self.ranks[rank].task)
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, Seat, TaskSet, place};
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
            priorities: [u8; N],
            // Few distinct values, so that there are many equals.
            spread in 1u8..8,
            members: [bool; N],
            previous in 0..N,
        ) {
            let priorities = priorities.map(|p| p % spread);
            let order = Order::new(&priorities, &std::array::from_fn(|i| i));
            let mut set = TaskSet::EMPTY;
            for i in (0..N).filter(|&i| members[i]) {
                set.insert(place(&priorities, i).seat);
            }
            prop_assert_eq!(
                order.choose(&set, &place(&priorities, previous)),
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
                set.insert(Seat::new(i as u16));
            }
            set.remove(Seat::new(gone));
            for (i, was_member) in members.into_iter().enumerate() {
                prop_assert_eq!(
                    set.contains(Seat::new(i as u16)),
                    was_member && i != usize::from(gone)
                );
            }
        }
    }

    #[test]
    fn equals_take_turns_in_index_order() {
        const PRIORITIES: [u8; 4] = [1, 0, 1, 1];
        const ORDER: Order<char> =
            Order::new(&PRIORITIES, &['a', 'b', 'c', 'd']);
        let at = |i| place(&PRIORITIES, i);
        let mut set = TaskSet::EMPTY;
        for task in [0, 2, 3] {
            set.insert(at(task).seat);
        }
        assert_eq!(ORDER.choose(&set, &at(0)), Some('c'));
        assert_eq!(ORDER.choose(&set, &at(1)), Some('c'));
        assert_eq!(ORDER.choose(&set, &at(2)), Some('d'));
        assert_eq!(ORDER.choose(&set, &at(3)), Some('a'));
        set.insert(at(1).seat);
        assert_eq!(ORDER.choose(&set, &at(2)), Some('b'));
        assert_eq!(ORDER.choose(&TaskSet::EMPTY, &at(0)), None);
    }
}
