// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel's variables, by which the debugger knows what happens.

mod layout;
mod regions;

pub(crate) use regions::TaskMemory;

use crate::KERNEL;
use crate::dwarf::Variable;
use crate::dwarf::types::{Type, TypeId, Types};
use crate::module::Module;
use crate::rule::{Findings, Rule};
use crate::system::System;
use object::elf;

/// What the debugger wants to know of the kernel.
#[derive(Debug)]
pub(crate) struct Kernel {
    /// Where the image's number is.
    pub image_id: u32,
    /// What it is.
    pub image_id_bytes: Vec<u8>,
    /// Variable that points at the running task.
    pub current: u32,
    /// The task table: address, size of an entry, and number of them.
    pub table: u32,
    pub task_size: u32,
    pub task_count: u32,
    /// `Task`
    pub task: TypeId,
    /// Address of the milliseconds since boot.
    pub ticks: u32,
    /// Whether the kernel has failed, if it says so.
    pub failed: Option<u32>,
    /// Why: address and size.
    pub epitaph: Option<(u32, u32)>,
    /// The memory of each task.
    pub tasks: Vec<TaskMemory>,
    /// The kernel's own memory: start and size.
    pub memory: Vec<(u32, u32)>,
    /// The descriptors of tasks: address and size.
    pub descriptors: (u32, u32),
    /// The descriptors of regions: address and size.
    pub regions: (u32, u32),
}

impl Kernel {
    /// Finds everything, and checks it on the way. `None` if something is
    /// missing without which tasks cannot be shown.
    pub fn read(system: &System, findings: &mut Findings) -> Option<Self> {
        let (index, module) = system.kernel_module()?;
        let mut search = Search {
            system,
            module,
            index,
            findings,
        };
        search.check_optional();
        search.check_bounds();
        let image_id = search.image_id();
        let current = search.word_symbol("CURRENT_TASK_PTR");
        let ticks = search.sized_variable("TICKS", 8);
        let failed = search.optional_variable("KERNEL_HAS_FAILED", 1);
        let epitaph = search.epitaph();
        let table = search.variable("HUBRIS_TASK_TABLE_SPACE");
        let descriptors = search.constant("HUBRIS_TASK_DESCS");
        let regions = search.constant("HUBRIS_REGION_DESCS");
        let types = layout::check(system, findings);
        let memory = regions::kernel_memory(module);
        regions::check_segments(module, findings);

        let (types, table) = (types?, table?);
        let task_size = system.types.size(types.task);
        let task_count = check_table(system, table, types.task, findings)?;
        let (descriptors, regions) = (descriptors?, regions?);
        let tasks = regions::read(
            system,
            &types,
            descriptors,
            regions,
            task_count,
            findings,
        )?;
        regions::check_overlaps(system, &tasks, &memory, findings);
        regions::check_stacks(&tasks, findings);
        let (image_id, image_id_bytes) = image_id?;
        Some(Self {
            image_id,
            image_id_bytes,
            current: current?,
            table: table.address,
            task_size,
            task_count,
            task: types.task,
            ticks: ticks?,
            failed,
            epitaph,
            tasks,
            memory,
            descriptors: (descriptors.address, descriptors.size),
            regions: (regions.address, regions.size),
        })
    }

    /// The address of a task's entry in the table.
    pub fn entry(&self, index: u32) -> u32 {
        self.table.wrapping_add(index.wrapping_mul(self.task_size))
    }
}

/// Looks for symbols and variables.
struct Search<'s, 'f> {
    system: &'s System,
    module: &'s Module,
    index: usize,
    findings: &'f mut Findings,
}

impl<'s> Search<'s, '_> {
    fn violated(&mut self, what: String) {
        self.findings.add(Rule::C1, KERNEL, what);
    }

    fn image_id(&mut self) -> Option<(u32, Vec<u8>)> {
        let name = "HUBRIS_IMAGE_ID";
        let Some(symbol) = self.module.symbol(name) else {
            self.violated(format!("there is no symbol {name}"));
            return None;
        };
        if symbol.size != 8 {
            self.violated(format!("{name} has {} bytes, not 8", symbol.size));
        }
        if symbol.is_local {
            self.violated(format!("{name} is a local symbol"));
        }
        let section = self.module.sections.get(usize::from(symbol.section));
        if section.is_none_or(|s| s.flags & elf::SHF_WRITE != 0) {
            self.violated(format!("{name} is not in read-only memory"));
        }
        let bytes = self.module.bytes_at(symbol.address, symbol.size);
        match bytes {
            Some(bytes) if !bytes.is_empty() => {
                if bytes.iter().all(|byte| *byte == 0) {
                    self.violated(format!("{name} is 0"));
                }
                Some((symbol.address, bytes.into()))
            }
            _ => {
                self.violated(format!("{name} has no contents in the file"));
                None
            }
        }
    }

    fn word_symbol(&mut self, name: &str) -> Option<u32> {
        match self.module.symbol(name) {
            Some(symbol) if symbol.size == 4 => Some(symbol.address),
            Some(symbol) => {
                let size = symbol.size;
                self.violated(format!("{name} has {size} bytes, not 4"));
                None
            }
            None => {
                self.violated(format!("there is no symbol {name}"));
                None
            }
        }
    }

    fn variable(&mut self, name: &str) -> Option<&'s Variable> {
        let variable = self.system.variable(self.index, name);
        if variable.is_none() {
            let state = match self.module.symbol(name) {
                Some(_) => "is not described as a variable",
                None => "has no symbol",
            };
            self.violated(format!("{name} {state}"));
        }
        variable
    }

    /// A variable that has to be in flash.
    fn constant(&mut self, name: &str) -> Option<&'s Variable> {
        let variable = self.variable(name)?;
        let (address, size) = (variable.address, variable.size);
        let is_constant = self
            .module
            .sections
            .iter()
            .filter(|section| section.holds(address, size))
            .any(|section| section.flags & elf::SHF_WRITE == 0)
            && self.module.bytes_at(address, size).is_some();
        if !is_constant {
            self.violated(format!("{name} at {address:#010x} is not in flash"));
            return None;
        }
        Some(variable)
    }

    fn sized_variable(&mut self, name: &str, size: u32) -> Option<u32> {
        let variable = self.variable(name)?;
        self.check_size(variable, size)
    }

    fn optional_variable(&mut self, name: &str, size: u32) -> Option<u32> {
        let variable = self.system.variable(self.index, name)?;
        self.check_size(variable, size)
    }

    fn check_size(&mut self, variable: &Variable, size: u32) -> Option<u32> {
        if variable.size == size {
            return Some(variable.address);
        }
        self.violated(format!(
            "{} has {} bytes, not {size}",
            variable.name, variable.size
        ));
        None
    }

    fn epitaph(&mut self) -> Option<(u32, u32)> {
        let name = "KERNEL_EPITAPH";
        let variable = self.system.variable(self.index, name)?;
        let types = &self.system.types;
        let is_text = match types.get(variable.ty) {
            Type::Array(array) => types.is_unsigned(array.element, 1),
            _ => false,
        };
        if !is_text {
            self.violated(format!("{name} is no array of u8"));
            return None;
        }
        Some((variable.address, variable.size))
    }

    fn check_optional(&mut self) {
        let _ = self.optional_variable("CLOCK_FREQ_KHZ", 4);
        for name in ["TASK_TABLE_BASE", "TASK_TABLE_SIZE"] {
            if self.module.symbol(name).is_some() {
                self.violated(format!(
                    "there is a symbol {name}, which would be taken for the \
                     task table of long ago"
                ));
            }
        }
    }

    fn check_bounds(&mut self) {
        for (name, is_absolute) in [
            ("_stack_base", true),
            ("_stack_start", true),
            ("__sbss", false),
            ("__eheap", false),
        ] {
            match self.module.symbol(name) {
                None => self.violated(format!("there is no symbol {name}")),
                Some(symbol)
                    if is_absolute && symbol.section != elf::SHN_ABS =>
                {
                    self.violated(format!("{name} is not absolute"));
                }
                Some(_) => {}
            }
        }
    }
}

/// How many tasks the kernel has, by the size of its table.
fn check_table(
    system: &System,
    table: &Variable,
    task: TypeId,
    findings: &mut Findings,
) -> Option<u32> {
    let types = &system.types;
    let size = types.size(task);
    let is_table = match types.get(table.ty) {
        Type::Array(array) => is_task(types, array.element, size),
        _ => false,
    };
    if !is_table || size == 0 || !table.size.is_multiple_of(size) {
        let what = format!("{} is no array of `Task`", table.name);
        findings.add(Rule::C1, KERNEL, what);
        return None;
    }
    let count = table.size / size;
    let members = system.task_names().count();
    if count as usize != members {
        let what = format!(
            "the archive has {members} tasks, but the kernel has {count}"
        );
        findings.add(Rule::A4, "elf/task/*", what);
        return None;
    }
    Some(count)
}

/// Whether entries of the table are tasks, with or without a wrapper.
fn is_task(types: &Types, id: TypeId, size: u32) -> bool {
    match types.get(id) {
        Type::Struct(it) => {
            it.name == "Task"
                || match &*it.members {
                    [only] => is_task(types, only.ty, size),
                    _ => false,
                }
        }
        Type::Union(it) => {
            types.size(id) == size
                && it.members.iter().any(|m| is_task(types, m.ty, size))
        }
        _ => false,
    }
}
