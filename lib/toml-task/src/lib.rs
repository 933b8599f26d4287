// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One `[tasks.<name>]` table of an application file.
//!
//! The build tool reads application files with it and hands the tables to
//! build scripts through the environment; `build-util` reads them back there.
//! Host only.

#![forbid(unsafe_code)]

mod slots;

use anyhow::{Result, bail};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The table of one task.
///
/// `T` is the type of its free-form `config` table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table with the keys of a task",
    bound(deserialize = "T: Deserialize<'de>", serialize = "T: Serialize")
)]
pub struct Task<T> {
    /// Package that contains the task's program.
    pub name: String,
    /// Scheduling priority; 0 is most important.
    pub priority: u8,
    /// Bytes of stack, if other than the application's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacksize: Option<u32>,
    /// Whether the kernel starts the task at boot.
    #[serde(default)]
    pub start: bool,
    /// Turns off the package's default features.
    #[serde(default)]
    pub no_default_features: bool,
    /// Cargo features of the package.
    #[serde(default)]
    pub features: Vec<String>,
    /// Peripherals and `extratext` spans mapped into the task.
    #[serde(default)]
    pub uses: Vec<String>,
    /// Names of the notification bits, from bit 0 up.
    #[serde(default)]
    pub notifications: Vec<String>,
    /// Memories mapped into the task whole, as declared in the memory file.
    #[serde(default)]
    pub extern_regions: Vec<String>,
    /// Keys of `config` whose values name files to archive.
    #[serde(default)]
    pub copy_to_archive: Vec<String>,
    /// Memory that holds the task's stack and statics, if not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_ram: Option<String>,
    /// Slot name to the name of the task it is bound to.
    #[serde(default, with = "slots")]
    pub task_slots: IndexMap<String, String>,
    /// Binaries to build before the task.
    #[serde(default)]
    pub bindeps: Vec<Bindep>,
    /// Upper limits of the linked size in bytes, by memory.
    #[serde(default)]
    pub max_sizes: IndexMap<String, u32>,
    /// `peripheral.interrupt` to the name of the notification it posts.
    #[serde(default)]
    pub interrupts: IndexMap<String, String>,
    /// Linker section to the memory it is placed in.
    #[serde(default)]
    pub sections: IndexMap<String, String>,
    /// The task's own configuration.
    #[serde(
        default = "Option::default",
        skip_serializing_if = "Option::is_none"
    )]
    pub config: Option<T>,
}

/// A program built before a task and handed to its build script as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bindep {
    /// Package, and the name of its binary.
    pub name: String,
    /// Target triple it is built for.
    pub target: String,
    /// Cargo features of the package.
    #[serde(default)]
    pub features: Vec<String>,
}

impl<T> Task<T> {
    /// Bit number of the notification called `name`.
    ///
    /// # Errors
    ///
    /// If the task has no such notification, or has it past bit 31.
    pub fn notification_bit(&self, name: &str) -> Result<u8> {
        let Some(bit) = self.notifications.iter().position(|n| n == name)
        else {
            bail!(
                "{} has no notification \"{name}\"; it has {:?}",
                self.name,
                self.notifications
            );
        };
        match u8::try_from(bit) {
            Ok(bit) if bit < 32 => Ok(bit),
            _ => bail!(
                "notification \"{name}\" of {} would be bit {bit}, but \
                 a task has 32",
                self.name
            ),
        }
    }

    /// Mask with the bit of the notification called `name`.
    ///
    /// # Errors
    ///
    /// As for [`Self::notification_bit`].
    pub fn notification_mask(&self, name: &str) -> Result<u32> {
        Ok(1 << self.notification_bit(name)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ordered_toml::Value;

    const FULL: &str = r#"
name = "drv-widget-server"
priority = 2
stacksize = 800
start = true
features = ["h753"]
uses = ["widget"]
notifications = ["widget-rx-irq", "timer"]
task-slots = ["sys", { peer = "pong" }]
interrupts = { "widget.rx" = "widget-rx-irq" }
max-sizes = { flash = 2048, ram = 1024 }

[config]
channels = [1, 2]
"#;

    fn full() -> Task<Value> {
        ordered_toml::from_str(FULL).unwrap()
    }

    #[test]
    fn a_plain_slot_name_binds_to_the_task_of_that_name() {
        let slots: Vec<_> = full().task_slots.into_iter().collect();
        assert_eq!(
            slots,
            [("sys".into(), "sys".into()), ("peer".into(), "pong".into())]
        );
    }

    #[test]
    fn a_table_survives_the_way_through_its_own_text() {
        let text = ordered_toml::to_string(&full()).unwrap();
        assert_eq!(full(), ordered_toml::from_str(&text).unwrap());
    }

    #[test]
    fn slots_are_written_as_one_entry_tables() {
        let value = Value::try_from(full()).unwrap();
        assert_eq!(
            value["task-slots"].to_string(),
            r#"[{ sys = "sys" }, { peer = "pong" }]"#
        );
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text = FULL.replace("start =", "strat =");
        let error = ordered_toml::from_str::<Task<Value>>(&text).unwrap_err();
        assert!(error.to_string().contains("strat"), "{error}");
    }

    #[test]
    fn a_slot_table_with_two_entries_is_refused() {
        let text = FULL.replace("peer = \"pong\"", "a = \"b\", c = \"d\"");
        let error = ordered_toml::from_str::<Task<Value>>(&text).unwrap_err();
        assert!(error.to_string().contains("one entry"), "{error}");
    }

    #[test]
    fn notification_bits_follow_the_order_of_the_list() {
        let task = full();
        assert_eq!(task.notification_bit("widget-rx-irq").unwrap(), 0);
        assert_eq!(task.notification_mask("timer").unwrap(), 2);
        assert!(task.notification_mask("fault").is_err());
    }
}
