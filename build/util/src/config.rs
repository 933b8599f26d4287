// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reading the tables of the application file back.

use crate::{env_var, optional_env_var};
use anyhow::{Context, Result};
use indexmap::IndexMap;
use ordered_toml::Value;
use serde::de::DeserializeOwned;
use toml_task::Task;

/// The application-wide `[config]` table.
///
/// # Errors
///
/// If the application has none, or it is not of type `T`.
pub fn config<T: DeserializeOwned>() -> Result<T> {
    let text = env_var("HUBRIS_APP_CONFIG")
        .context("the application file has no [config] table")?;
    toml_from_str(&text).context("[config] of the application file")
}

/// The `config` table of the task being built.
///
/// # Errors
///
/// If the task has none, or it is not of type `T`.
pub fn task_config<T: DeserializeOwned>() -> Result<T> {
    let name = env_var("HUBRIS_TASK_NAME")?;
    task_maybe_config()?.with_context(|| {
        format!("the application file has no [tasks.{name}.config] table")
    })
}

/// The `config` table of the task being built, if it has one.
///
/// # Errors
///
/// If it is not of type `T`.
pub fn task_maybe_config<T: DeserializeOwned>() -> Result<Option<T>> {
    Ok(task_full_config::<T>()?.config)
}

/// The whole table of the task being built.
///
/// # Errors
///
/// Outside of a task build, or if `config` is not of type `T`.
pub fn task_full_config<T: DeserializeOwned>() -> Result<Task<T>> {
    let text = env_var("HUBRIS_TASK_CONFIG")?;
    toml_from_str(&text).with_context(|| {
        let name = optional_env_var("HUBRIS_TASK_NAME").ok().flatten();
        format!("[tasks.{}]", name.as_deref().unwrap_or("?"))
    })
}

/// The whole table of the task being built, with `config` uninterpreted.
///
/// # Errors
///
/// Outside of a task build.
pub fn task_full_config_toml() -> Result<Task<Value>> {
    task_full_config()
}

/// The external memories mapped into the task being built, by name.
///
/// Each value is the pair `[address, size]`, so `T` may be a struct with those
/// two fields in that order.
///
/// # Errors
///
/// Outside of a task build, or if a pair is not a `T`.
pub fn task_extern_regions<T: DeserializeOwned>() -> Result<IndexMap<String, T>>
{
    extern_regions(&env_var("HUBRIS_TASK_EXTERN_REGIONS")?)
}

fn extern_regions<T: DeserializeOwned>(
    text: &str,
) -> Result<IndexMap<String, T>> {
    toml_from_str(text).context("HUBRIS_TASK_EXTERN_REGIONS")
}

/// The tables of all tasks of the image, in index order.
///
/// # Errors
///
/// Outside of a task build, or if some task's `config` is not of type `T`.
pub fn all_tasks_full_config<T: DeserializeOwned>()
-> Result<IndexMap<String, Task<T>>> {
    toml_from_str(&env_var("HUBRIS_ALL_TASK_CONFIGS")?)
        .context("HUBRIS_ALL_TASK_CONFIGS")
}

/// The tables of all tasks of the image, with `config` uninterpreted.
///
/// # Errors
///
/// Outside of a task build.
pub fn all_tasks_full_config_toml() -> Result<IndexMap<String, Task<Value>>> {
    all_tasks_full_config()
}

/// The table of the task called `name`.
///
/// # Errors
///
/// If the image has no such task, or its `config` is not of type `T`.
pub fn other_task_full_config<T: DeserializeOwned>(
    name: &str,
) -> Result<Task<T>> {
    typed(name, other_task_full_config_toml(name)?)
}

/// Interprets the `config` of one task; those of the others are anything.
fn typed<T: DeserializeOwned>(
    name: &str,
    task: Task<Value>,
) -> Result<Task<T>> {
    Value::try_from(task)?
        .try_into()
        .with_context(|| format!("[tasks.{name}]"))
}

/// The table of the task called `name`, with `config` uninterpreted.
///
/// # Errors
///
/// If the image has no such task.
pub fn other_task_full_config_toml(name: &str) -> Result<Task<Value>> {
    find(all_tasks_full_config_toml()?, name)
}

fn find(
    mut tasks: IndexMap<String, Task<Value>>,
    name: &str,
) -> Result<Task<Value>> {
    tasks.shift_remove(name).with_context(|| {
        let names: Vec<_> = tasks.keys().map(String::as_str).collect();
        format!(
            "the image has no task \"{name}\"; it has {}",
            names.join(", ")
        )
    })
}

/// Parses TOML and says which key is wrong if the contents do not fit `T`.
///
/// # Errors
///
/// The parser's message, with the line it refers to.
pub fn toml_from_str<T: DeserializeOwned>(contents: &str) -> Result<T> {
    Ok(ordered_toml::from_str(contents)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Region {
        base: u32,
        size: u32,
    }

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Channels {
        channels: Vec<u8>,
    }

    const TASKS: &str = r#"
[jefe]
name = "task-jefe"
priority = 0
config.on-state-change = { net = "jefe-state-change" }

[ipcc]
name = "drv-ipcc-server"
priority = 2
config.channels = [1, 2]
"#;

    fn tasks() -> IndexMap<String, Task<Value>> {
        toml_from_str(TASKS).unwrap()
    }

    #[test]
    fn a_region_is_a_pair_or_a_struct_with_two_fields_in_order() {
        let text = "window = [0x2000_8000, 4096]\n";
        let region = Region {
            base: 0x2000_8000,
            size: 4096,
        };
        let regions = extern_regions::<Region>(text).unwrap();
        assert_eq!(regions["window"], region);
        let pairs = extern_regions::<(u32, u32)>(text).unwrap();
        assert_eq!(pairs["window"], (0x2000_8000, 4096));
    }

    #[test]
    fn only_the_config_that_is_asked_for_has_to_fit() {
        let task = find(tasks(), "ipcc").unwrap();
        let task = typed::<Channels>("ipcc", task).unwrap();
        assert_eq!(task.config.unwrap().channels, [1, 2]);
        let task = find(tasks(), "jefe").unwrap();
        let error = typed::<Channels>("jefe", task).unwrap_err();
        let error = format!("{error:#}");
        assert!(
            error.contains("jefe") && error.contains("on-state-change"),
            "{error}"
        );
    }

    #[test]
    fn a_task_that_does_not_exist_is_told_with_those_that_do() {
        let error = find(tasks(), "net").unwrap_err().to_string();
        assert!(error.contains("\"net\""), "{error}");
        assert!(error.contains("jefe, ipcc"), "{error}");
    }

    #[test]
    fn text_that_does_not_fit_is_told_with_its_line() {
        let error = toml_from_str::<Region>("base = 0\nsize = true\n");
        let error = format!("{:#}", error.unwrap_err());
        assert!(error.contains("size = true"), "{error}");
    }
}
