// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// The tasks of the image in index order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskIds(Vec<String>);

impl TaskIds {
    /// From the text of `HUBRIS_TASKS`.
    pub(crate) fn from_list(names: &str) -> Self {
        Self(names.split(',').map(str::to_owned).collect())
    }

    /// Index of the task called `task_name`.
    pub fn get(&self, task_name: &str) -> Option<usize> {
        self.0.iter().position(|name| name == task_name)
    }

    /// Indices of several tasks, in the order of `names`.
    ///
    /// # Errors
    ///
    /// Names the first that is not in the image.
    pub fn names_to_ids<S: AsRef<str>>(
        &self,
        names: &[S],
    ) -> Result<Vec<usize>> {
        names
            .iter()
            .map(|name| {
                let name = name.as_ref();
                self.get(name).with_context(|| {
                    format!(
                        "the image has no task \"{name}\"; it has {}",
                        self.0.join(", ")
                    )
                })
            })
            .collect()
    }

    /// Replaces task names by indices in a table of allowed callers.
    ///
    /// # Errors
    ///
    /// Names the operation and the task that is not in the image.
    pub fn remap_allowed_caller_names_to_ids(
        &self,
        m: &BTreeMap<String, Vec<String>>,
    ) -> Result<BTreeMap<String, Vec<usize>>> {
        m.iter()
            .map(|(operation, callers)| {
                let ids = self.names_to_ids(callers).with_context(|| {
                    format!("allowed callers of \"{operation}\"")
                })?;
                Ok((operation.clone(), ids))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_the_position_in_the_list() {
        let ids = TaskIds::from_list("jefe,sys,idle");
        assert_eq!(ids.get("idle"), Some(2));
        assert_eq!(ids.get("pong"), None);
        assert_eq!(ids.names_to_ids(&["sys", "jefe"]).unwrap(), [1, 0]);
    }

    #[test]
    fn an_unknown_caller_is_named_with_its_operation() {
        let callers = BTreeMap::from([(
            "set_state".to_owned(),
            vec!["sys".to_owned(), "pong".to_owned()],
        )]);
        let error = TaskIds::from_list("jefe,sys,idle")
            .remap_allowed_caller_names_to_ids(&callers)
            .unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.contains("set_state") && text.contains("pong"),
            "{text}"
        );
    }
}
