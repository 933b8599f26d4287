// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel configuration, as the build tool hands it to the kernel's build
//! script in the environment variable `HUBRIS_KCONFIG`, in RON.
//!
//! It is written after every task has been linked and placed, so it carries
//! final addresses. Kernel and tool always ship together; nothing else reads
//! this format.

#![forbid(unsafe_code)]

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Everything the kernel is built with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelConfig {
    /// Features of the application's kernel crate, as listed in `app.toml`.
    pub features: Vec<String>,
    /// Memories mapped for the kernel itself, by name.
    pub extern_regions: BTreeMap<String, Range<u32>>,
    /// Tasks in index order; the first is the supervisor.
    pub tasks: Vec<TaskConfig>,
    /// Regions that more than one task may use (peripherals, external
    /// memories), by the name tasks refer to them with.
    pub shared_regions: BTreeMap<String, RegionConfig>,
    /// Interrupt number to the task and notification it is routed to.
    pub irqs: BTreeMap<u32, InterruptConfig>,
}

/// One task, fully placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskConfig {
    /// Memories that belong to this task alone, by memory name.
    pub owned_regions: BTreeMap<String, MultiRegionConfig>,
    /// Names from [`KernelConfig::shared_regions`].
    pub shared_regions: BTreeSet<String>,
    /// Address of the entry point.
    pub entry_point: OwnedAddress,
    /// Initial stack pointer; its offset is the task's stack size.
    pub initial_stack: OwnedAddress,
    /// Scheduling priority, 0 is most important.
    pub priority: u8,
    /// Whether the task is runnable from boot.
    pub start_at_boot: bool,
}

/// A span of memory that may need several abutting protection regions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultiRegionConfig {
    /// Address of the first chunk.
    pub base: u32,
    /// Sizes of the chunks in bytes, ascending by address.
    pub sizes: Vec<u32>,
    /// Access rights of every chunk.
    pub attributes: RegionAttributes,
}

/// A span of memory covered by one protection region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RegionConfig {
    /// First address.
    pub base: u32,
    /// Bytes.
    pub size: u32,
    /// Access rights.
    pub attributes: RegionAttributes,
}

/// What a task may do with a region.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize,
)]
pub struct RegionAttributes {
    /// May be read.
    pub read: bool,
    /// May be written.
    pub write: bool,
    /// May be executed.
    pub execute: bool,
    /// Why the region is not ordinary memory, if it is not.
    pub special_role: Option<SpecialRole>,
}

/// The ways in which a region can differ from ordinary memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SpecialRole {
    /// Memory-mapped registers.
    Device,
    /// Shared with other bus masters or processors.
    Dma,
}

/// An address relative to a memory the task owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedAddress {
    /// Key into [`TaskConfig::owned_regions`].
    pub region_name: String,
    /// Bytes from the base of that region.
    pub offset: u32,
}

/// Where an interrupt goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterruptConfig {
    /// Index of the task that owns the interrupt.
    pub task_index: usize,
    /// Notification mask posted to it; exactly one bit is set.
    pub notification: u32,
}

/// Name of the environment variable that carries the configuration.
pub const ENV_VAR: &str = "HUBRIS_KCONFIG";

impl KernelConfig {
    /// Reads the configuration from its RON text.
    ///
    /// # Errors
    ///
    /// The parser's message, with line and column.
    pub fn from_ron(text: &str) -> Result<Self, ron::error::SpannedError> {
        ron::from_str(text)
    }

    /// Writes the configuration as one line of RON, fit for a variable.
    ///
    /// # Errors
    ///
    /// None in practice: every field has a RON form.
    pub fn to_ron(&self) -> Result<String, ron::Error> {
        ron::to_string(self)
    }
}
