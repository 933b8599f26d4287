// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Generates the constants by which programs refer to notification bits.

use crate::{all_tasks_full_config_toml, env_var, out_dir, task_name};
use anyhow::{Context, Result, bail};
use indexmap::IndexMap;
use ordered_toml::Value;
use std::fmt::Write;
use std::fs;
use toml_task::Task;

/// Bit 31 is used by the task library for its own timeouts.
const MAX_NOTIFICATIONS: usize = 31;

/// Writes `notifications.rs`, the module `notifications` with a `_BIT` and a
/// `_MASK` constant for each notification of this task, and a submodule with
/// the same for each task of the image.
///
/// # Errors
///
/// If a task has more than 31 notifications, or the supervisor's first
/// is not `fault`, or outside of a task build.
pub fn build_notifications() -> Result<()> {
    let text = generate(
        &task_name(),
        &env_var("CARGO_PKG_NAME")?,
        &all_tasks_full_config_toml()?,
    )?;
    let path = out_dir().join("notifications.rs");
    fs::write(&path, text)
        .with_context(|| format!("writing {}", path.display()))
}

fn generate(
    current: &str,
    package: &str,
    tasks: &IndexMap<String, Task<Value>>,
) -> Result<String> {
    let task = tasks
        .get(current)
        .with_context(|| format!("the image has no task \"{current}\""))?;
    let count = task.notifications.len();
    if count > MAX_NOTIFICATIONS {
        bail!(
            "[tasks.{current}] has {count} notifications; a task can have at \
             most {MAX_NOTIFICATIONS}"
        );
    }
    if package == "task-jefe"
        && task
            .notifications
            .first()
            .is_none_or(|name| name != "fault")
    {
        // The kernel announces faults on bit 0.
        bail!(
            "[tasks.{current}] notifications is {:?}, but the first \
             notification of a supervisor has to be \"fault\"",
            task.notifications
        );
    }

    let mut text =
        String::from("#[allow(dead_code)]\npub mod notifications {\n");
    write_constants(&mut text, "    ", task)?;
    for (name, task) in tasks {
        writeln!(text, "    pub mod {name} {{")?;
        write_constants(&mut text, "        ", task)?;
        writeln!(text, "    }}")?;
    }
    text.push_str("}\n");
    Ok(text)
}

fn write_constants(
    text: &mut String,
    indent: &str,
    task: &Task<Value>,
) -> Result<()> {
    for (bit, notification) in task.notifications.iter().enumerate() {
        let constant = notification.to_uppercase().replace('-', "_");
        writeln!(text, "{indent}pub const {constant}_BIT: u8 = {bit};")?;
        writeln!(
            text,
            "{indent}pub const {constant}_MASK: u32 = 1 << {constant}_BIT;"
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(jefe: &str, widget: &str) -> IndexMap<String, Task<Value>> {
        ordered_toml::from_str(&format!(
            r#"
            [jefe]
            name = "task-jefe"
            priority = 0
            notifications = {jefe}

            [widget]
            name = "drv-widget-server"
            priority = 1
            notifications = {widget}
            "#
        ))
        .unwrap()
    }

    #[test]
    fn constants_exist_for_this_task_and_for_every_task() {
        let tasks = tasks(r#"["fault", "timer"]"#, r#"["widget-rx-irq"]"#);
        let text = generate("widget", "drv-widget-server", &tasks).unwrap();
        insta::assert_snapshot!(text, @r"
        #[allow(dead_code)]
        pub mod notifications {
            pub const WIDGET_RX_IRQ_BIT: u8 = 0;
            pub const WIDGET_RX_IRQ_MASK: u32 = 1 << WIDGET_RX_IRQ_BIT;
            pub mod jefe {
                pub const FAULT_BIT: u8 = 0;
                pub const FAULT_MASK: u32 = 1 << FAULT_BIT;
                pub const TIMER_BIT: u8 = 1;
                pub const TIMER_MASK: u32 = 1 << TIMER_BIT;
            }
            pub mod widget {
                pub const WIDGET_RX_IRQ_BIT: u8 = 0;
                pub const WIDGET_RX_IRQ_MASK: u32 = 1 << WIDGET_RX_IRQ_BIT;
            }
        }
        ");
    }

    #[test]
    fn the_supervisor_must_list_fault_first() {
        let tasks = tasks(r#"["timer", "fault"]"#, "[]");
        let error = generate("jefe", "task-jefe", &tasks).unwrap_err();
        assert!(error.to_string().contains("\"fault\""), "{error}");
    }

    #[test]
    fn a_thirty_second_notification_is_refused() {
        let names: Vec<_> = (0..32).map(|i| format!("n{i}")).collect();
        let tasks = tasks(r#"["fault"]"#, &format!("{names:?}"));
        let error = generate("widget", "w", &tasks).unwrap_err();
        assert!(error.to_string().contains("at most 31"), "{error}");
    }
}
