// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Task configuration, as the macros see it in a task.

#![cfg(test)]
#![forbid(unsafe_code)]

#[derive(Debug, PartialEq)]
pub enum Edge {
    Rising,
}

mod required {
    use super::Edge;

    task_config::task_config! {
        /// Documentation is kept.
        count: usize,
        names: &'static [&'static str],
        edge: Edge,
        pins: [(u32, bool); 1],
        scale: f32,
    }

    #[test]
    fn the_constant_has_the_values_of_the_table() {
        assert_eq!(TASK_CONFIG.count, 3);
        assert_eq!(TASK_CONFIG.names, ["red", "green"]);
        assert_eq!(TASK_CONFIG.edge, Edge::Rising);
        assert_eq!(TASK_CONFIG.pins, [(16, true)]);
        assert_eq!(TASK_CONFIG.scale, -1.5);
    }
}

mod optional {
    task_config::optional_task_config! { count: u8 }

    #[test]
    fn the_constant_is_there_if_the_table_is() {
        let Some(Config { count }) = TASK_CONFIG else {
            panic!("there is a table");
        };
        assert_eq!(count, 3);
    }
}
