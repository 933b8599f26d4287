// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reads `[tasks.sys.config.gpio-irqs]` for the build scripts of the sys task
//! and of the tasks that own pins with an interrupt.
//!
//! ```toml
//! [tasks.sys.config.gpio-irqs.button]
//! port = "C"
//! pin = 13
//! owner = { name = "panel", notification = "button" }
//! ```

#![forbid(unsafe_code)]

mod config;

use std::fs;

use anyhow::{Context, Result, bail};

use config::SysConfig;

/// Package of the task whose configuration this is about.
const SYS_PACKAGE: &str = "drv-stm32xx-sys";

/// Writes `gpio_irq_pins.rs` for a task that owns pins.
///
/// Included, it is a module `gpio_irq_pins` with a constant of type `PinSet`
/// for each pin interrupt that the task owns, named after it. If there are none
/// the file is empty.
///
/// # Errors
///
/// If the image has no sys task, or its configuration makes no sense.
pub fn build_gpio_irq_pins() -> Result<()> {
    let (_, config) = sys_config()?;
    let pins = config.pins_of(&build_util::task_name());
    write("gpio_irq_pins.rs", &pins)
}

/// Writes `gpio_irq_sources.rs` for the sys task: a table `SOURCES` that
/// tells for each EXTI line whom it belongs to.
///
/// # Errors
///
/// If the configuration makes no sense, or names a task or a notification that
/// does not exist.
pub fn build_gpio_irq_sources() -> Result<()> {
    let (sys, config) = sys_config()?;
    let ids = build_util::task_ids();
    let sources = config
        .sources(|task, notification| {
            let Some(index) = ids.get(task) else {
                bail!("no task is called `{task}`");
            };
            let mask = build_util::other_task_full_config_toml(task)?
                .notification_mask(notification)?;
            Ok((index, mask))
        })
        .with_context(|| format!("tasks.{sys}.config.gpio-irqs"))?;
    write("gpio_irq_sources.rs", &sources)
}

/// Finds the sys task's name and configuration.
fn sys_config() -> Result<(String, SysConfig)> {
    let tasks = build_util::all_tasks_full_config_toml()?;
    let Some((name, task)) =
        tasks.into_iter().find(|(_, task)| task.name == SYS_PACKAGE)
    else {
        bail!(
            "this image has no sys task\n  help: pin interrupts need a task \
             whose `name` is \"{SYS_PACKAGE}\""
        );
    };
    let config = match task.config {
        Some(config) => config
            .try_into::<SysConfig>()
            .with_context(|| format!("tasks.{name}.config"))?,
        None => SysConfig::default(),
    };
    config
        .check()
        .with_context(|| format!("tasks.{name}.config.gpio-irqs"))?;
    Ok((name, config))
}

fn write(file: &str, contents: &str) -> Result<()> {
    let path = build_util::out_dir().join(file);
    fs::write(&path, contents)
        .with_context(|| format!("cannot write {}", path.display()))
}
