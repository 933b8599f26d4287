// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Turns `[tasks.jefe.config]` into tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;

/// `[tasks.jefe.config]`
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Config {
    /// Operation to the tasks that may call it; others are open to all.
    #[serde(default)]
    allowed_callers: BTreeMap<String, Vec<String>>,
    /// Task to the notification that tells it of a change of state.
    #[serde(default)]
    on_state_change: BTreeMap<String, String>,
    /// Task to the notification that tells it of faults.
    #[serde(default)]
    on_task_fault: BTreeMap<String, String>,
    /// Tasks that stay down when they fault.
    #[serde(default)]
    tasks_to_hold: Vec<String>,
}

fn main() -> Result<()> {
    build_util::build_notifications()?;

    let config = build_util::task_maybe_config::<Config>()?.unwrap_or_default();
    let tasks = build_util::task_ids();

    if !config.on_task_fault.is_empty()
        && !build_util::has_feature("fault-notification")
    {
        bail!(
            "config.on-task-fault does nothing by itself\n  help: add \
             \"fault-notification\" to the features of this task"
        );
    }

    let allowed_callers = tasks
        .remap_allowed_caller_names_to_ids(&config.allowed_callers)
        .context("config.allowed-callers")?;
    idol::Generator::new()
        .build_restricted_server_support(
            "../../idl/jefe.idol",
            "server_stub.rs",
            idol::server::ServerStyle::InOrder,
            &allowed_callers,
        )
        .map_err(|e| anyhow!("{e}"))?;

    let mut out = String::new();
    write_mailing_list(&mut out, "ON_STATE_CHANGE", &config.on_state_change)
        .context("config.on-state-change")?;
    if build_util::has_feature("fault-notification") {
        write_mailing_list(&mut out, "ON_TASK_FAULT", &config.on_task_fault)
            .context("config.on-task-fault")?;
    }
    let to_hold = tasks
        .names_to_ids(&config.tasks_to_hold)
        .context("config.tasks-to-hold")?;
    writeln!(
        out,
        "/// Indices of the tasks that stay down when they fault.\n\
         pub const TASKS_TO_HOLD: [usize; {}] = {to_hold:?};",
        to_hold.len(),
    )?;
    fs::write(build_util::out_dir().join("jefe_config.rs"), out)?;
    Ok(())
}

/// Writes a constant with the index and the notification mask of each task in
/// `list`.
fn write_mailing_list(
    out: &mut String,
    name: &str,
    list: &BTreeMap<String, String>,
) -> Result<()> {
    let ids = build_util::task_ids();
    writeln!(out, "pub const {name}: [(usize, u32); {}] = [", list.len())?;
    for (task, notification) in list {
        let index = ids
            .get(task)
            .with_context(|| format!("no task is called `{task}`"))?;
        let mask = build_util::other_task_full_config_toml(task)?
            .notification_mask(notification)
            .with_context(|| format!("notification of task `{task}`"))?;
        writeln!(out, "    ({index}, {mask:#x}), // {task}: {notification}")?;
    }
    writeln!(out, "];")?;
    Ok(())
}
