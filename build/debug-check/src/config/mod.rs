// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the debugger takes from the TOML files.

mod devices;

use crate::archive::Archive;
use crate::rule::{Findings, Rule};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// The target whose exception frames never have floating point registers.
const NO_FP_TARGET: &str = "thumbv6m-none-eabi";

/// Names for what is only numbers in the programs.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Name of the application.
    pub name: String,
    /// The board it is for.
    pub board: String,
    /// The compiler's name for the processor.
    pub target: String,
    /// Commit it was built from.
    pub git_rev: Option<String>,
    /// Which of the application's images it is.
    pub image_name: Option<String>,
    tasks: BTreeMap<String, Task>,
    /// Base addresses of memories that tasks share with the world outside.
    external: BTreeSet<u32>,
}

#[derive(Clone, Debug, Default)]
struct Task {
    notifications: Vec<String>,
    interrupts: Vec<Interrupt>,
}

#[derive(Clone, Copy, Debug)]
struct Interrupt {
    irq: u32,
    mask: u32,
}

impl Config {
    /// Reads the files.
    pub(crate) fn read(archive: &Archive, findings: &mut Findings) -> Self {
        let mut config = Self {
            git_rev: archive.text("git-rev").map(str::to_owned),
            image_name: archive.text("image-name").map(str::to_owned),
            ..Self::default()
        };
        let Some(app) = parse::<App>(archive, "app.toml", findings) else {
            return config;
        };
        let memories = parse::<BTreeMap<String, Vec<Memory>>>(
            archive,
            "memory.toml",
            findings,
        );
        let chip = chip_member(app.chip.as_deref());
        let peripherals = app.peripherals.or_else(|| {
            app.chip.as_ref()?;
            parse(archive, chip, findings)
        });
        let peripherals = peripherals.unwrap_or_default();
        check_patches(archive, &app.tasks, findings);

        for (name, task) in app.tasks {
            for region in &task.extern_regions {
                let bases = memories.iter().flat_map(|m| m.get(region));
                let bases = bases.flatten().map(|memory| memory.address);
                config.external.extend(bases);
            }
            let interrupts = task.interrupts.iter().filter_map(|entry| {
                interrupt(entry, &task.notifications, &peripherals)
                    .map_err(|what| {
                        let place = format!("app.toml tasks.{name}.interrupts");
                        findings.add(Rule::A5, place, what);
                    })
                    .ok()
            });
            let interrupts = interrupts.collect();
            config.tasks.insert(
                name,
                Task {
                    notifications: task.notifications,
                    interrupts,
                },
            );
        }
        Self {
            name: app.name,
            board: app.board,
            target: app.target,
            ..config
        }
    }

    /// Whether exception frames have room for floating point registers.
    pub fn has_fp_frames(&self) -> bool {
        self.target != NO_FP_TARGET
    }

    /// Whether a region of a task is not its own memory.
    pub fn is_external(&self, base: u32) -> bool {
        self.external.contains(&base)
    }

    /// The tasks named.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &str> {
        self.tasks.keys().map(String::as_str)
    }

    /// A task's name for a notification bit.
    pub(crate) fn notification(&self, task: &str, bit: u32) -> Option<&str> {
        let names = &self.tasks.get(task)?.notifications;
        names.get(bit as usize).map(String::as_str)
    }

    /// The interrupts that post one of the bits in `mask` to a task.
    pub(crate) fn interrupts(
        &self,
        task: &str,
        mask: u32,
    ) -> impl Iterator<Item = u32> {
        let interrupts = self.tasks.get(task).map(|task| &task.interrupts);
        let interrupts = interrupts.into_iter().flatten();
        let mine = interrupts.filter(move |one| one.mask & mask != 0);
        mine.map(|one| one.irq)
    }
}

#[derive(Deserialize)]
struct App {
    target: String,
    name: String,
    board: String,
    #[serde(rename = "kernel")]
    _kernel: Kernel,
    tasks: BTreeMap<String, TaskTable>,
    chip: Option<String>,
    peripherals: Option<BTreeMap<String, Peripheral>>,
    #[serde(rename = "config")]
    _config: Option<devices::Config>,
}

#[derive(Deserialize)]
struct Kernel {
    #[serde(default, rename = "features")]
    _features: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct TaskTable {
    #[serde(default, rename = "features")]
    _features: Vec<String>,
    #[serde(default)]
    notifications: Vec<String>,
    #[serde(default)]
    interrupts: BTreeMap<String, Notification>,
    #[serde(default)]
    extern_regions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Notification {
    Mask(u32),
    Name(String),
}

#[derive(Deserialize)]
struct Peripheral {
    #[serde(rename = "address")]
    _address: u32,
    #[serde(rename = "size")]
    _size: u32,
    #[serde(default)]
    interrupts: BTreeMap<String, u32>,
}

#[derive(Deserialize)]
struct Memory {
    address: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patches {
    #[serde(rename = "name")]
    _name: String,
    features: BTreeMap<String, Vec<String>>,
}

/// A member's contents; `None` if it is missing or cannot be read.
fn parse<T: DeserializeOwned>(
    archive: &Archive,
    member: &str,
    findings: &mut Findings,
) -> Option<T> {
    let contents = archive.member(member)?;
    let parsed = std::str::from_utf8(contents)
        .map_err(|error| error.to_string())
        .and_then(|text| toml::from_str(text).map_err(|e| e.to_string()));
    match parsed {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            findings.add(Rule::A5, member, error.trim_end());
            None
        }
    }
}

/// The member that describes the chip.
fn chip_member(chip: Option<&str>) -> &str {
    let file = chip.and_then(|path| path.rsplit('/').next());
    match file {
        Some(file) if file.ends_with(".toml") => file,
        _ => "chip.toml",
    }
}

fn interrupt(
    (key, notification): (&String, &Notification),
    notifications: &[String],
    peripherals: &BTreeMap<String, Peripheral>,
) -> Result<Interrupt, String> {
    let by_name = || {
        let (peripheral, name) = key.split_once('.')?;
        peripherals.get(peripheral)?.interrupts.get(name).copied()
    };
    let irq = key
        .parse()
        .ok()
        .or_else(by_name)
        .ok_or_else(|| format!("the chip has no interrupt \"{key}\""))?;
    let mask = match notification {
        Notification::Mask(mask) => *mask,
        Notification::Name(name) => notifications
            .iter()
            .position(|known| known == name)
            .and_then(|bit| 1u32.checked_shl(u32::try_from(bit).ok()?))
            .ok_or_else(|| {
                format!("the task has no notification \"{name}\"")
            })?,
    };
    Ok(Interrupt { irq, mask })
}

fn check_patches(
    archive: &Archive,
    tasks: &BTreeMap<String, TaskTable>,
    findings: &mut Findings,
) {
    let member = "patches.toml";
    let patches = parse::<Patches>(archive, member, findings);
    for name in patches.iter().flat_map(|patches| patches.features.keys()) {
        if !tasks.contains_key(name) {
            let what = format!("app.toml has no task \"{name}\"");
            findings.add(Rule::A5, member, what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chip_file_is_named_by_the_end_of_the_path() {
        assert_eq!(chip_member(Some("chips/stm32wl5")), "chip.toml");
        assert_eq!(chip_member(Some("a/wl5.toml")), "wl5.toml");
    }

    #[test]
    fn an_interrupt_is_a_number_or_a_name_of_the_chip() {
        let timer = Peripheral {
            _address: 0,
            _size: 0,
            interrupts: [("irq".into(), 27)].into(),
        };
        let chip = [("tim2".into(), timer)].into();
        let names = ["a".into(), "b".into()];
        let find = |key: &str, notification: Notification| {
            interrupt((&key.into(), &notification), &names, &chip)
                .map(|found| (found.irq, found.mask))
        };

        assert_eq!(find("5", Notification::Mask(6)), Ok((5, 6)));
        let b = || Notification::Name("b".into());
        assert_eq!(find("tim2.irq", b()), Ok((27, 2)));
        assert!(find("tim2.up", b()).is_err());
        assert!(find("tim2.irq", Notification::Name("c".into())).is_err());
    }
}
