// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! How much of each stack has ever been used.

use super::View;

/// What stacks are painted with before use.
const PAINT: [u8; 4] = 0xbadd_cafe_u32.to_le_bytes();

/// The stack of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Margin {
    /// The task.
    pub task: String,
    /// Lowest address.
    pub base: u32,
    /// Bytes in all.
    pub size: u32,
    /// Bytes used, at the most there ever was.
    pub used: u32,
}

impl Margin {
    /// Bytes never used.
    pub fn free(&self) -> u32 {
        self.size - self.used
    }
}

/// The stacks of all tasks that the dump has.
pub(crate) fn margins(view: View<'_>) -> Vec<Margin> {
    view.kernel
        .tasks
        .iter()
        .filter_map(|task| {
            let base = task.stack()?.base;
            let size = task.initial_stack - base;
            let (words, _) = view.memory().read(base, size)?.as_chunks::<4>();
            let untouched = words.iter().take_while(|word| **word == PAINT);
            let free = untouched.count() as u32 * 4;
            Some(Margin {
                task: task.name.clone(),
                base,
                size,
                used: size - free,
            })
        })
        .collect()
}
