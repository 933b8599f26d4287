// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The memory of the kernel and of each task.

use super::layout::Layout;
use crate::KERNEL;
use crate::dwarf::Variable;
use crate::memory::{Block, Memory};
use crate::module::Module;
use crate::rule::{Findings, Rule};
use crate::system::System;
use crate::value::{Value, decode};

/// What a task's descriptor says.
#[derive(Clone, Debug)]
pub(crate) struct TaskMemory {
    pub name: String,
    pub regions: Vec<Region>,
    /// Top of the stack.
    pub initial_stack: u32,
}

/// A region of memory that a task may access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub base: u32,
    pub size: u32,
    pub attributes: u32,
    /// Whether it is memory shared with the world outside.
    pub is_external: bool,
}

const WRITE: u32 = 1 << 1;
const DEVICE: u32 = 1 << 3;

impl Region {
    pub fn is_writable(&self) -> bool {
        self.attributes & WRITE != 0
    }

    pub fn is_device(&self) -> bool {
        self.attributes & DEVICE != 0
    }

    /// Whether it is the system's own memory, and so part of a dump.
    pub fn is_memory(&self) -> bool {
        !self.is_device() && !self.is_external
    }

    fn end(&self) -> u64 {
        u64::from(self.base) + u64::from(self.size)
    }

    /// Whether an address lies within.
    pub fn holds(&self, address: u32) -> bool {
        address >= self.base && u64::from(address) < self.end()
    }
}

impl TaskMemory {
    /// The region that the stack is in.
    pub fn stack(&self) -> Option<&Region> {
        self.regions.iter().find(|region| {
            let top = self.initial_stack;
            region.base < top && u64::from(top) <= region.end()
        })
    }

    /// The region that an address lies in.
    pub fn region_at(&self, address: u32) -> Option<&Region> {
        self.regions.iter().find(|region| region.holds(address))
    }
}

/// Reads the descriptors of all tasks out of the kernel's program.
pub(super) fn read(
    system: &System,
    layout: &Layout,
    descriptors: &Variable,
    regions: &Variable,
    task_count: u32,
    findings: &mut Findings,
) -> Option<Vec<TaskMemory>> {
    let (_, module) = system.kernel_module()?;
    let size = system.types.size(layout.task_desc);
    if size.checked_mul(task_count) != Some(descriptors.size) {
        let what = format!(
            "HUBRIS_TASK_DESCS has {} bytes, not {task_count} times {size}",
            descriptors.size
        );
        findings.add(Rule::C1, KERNEL, what);
        return None;
    }
    let flash = constants(module);
    let mut tasks = Vec::new();
    for (index, name) in (0..).zip(system.task_names()) {
        let address = descriptors.address + index * size;
        let bytes = flash.read(address, size)?;
        let value = decode(&system.types, layout.task_desc, bytes, &flash);
        let memory = value.and_then(|value| {
            let reader = RegionReader {
                system,
                layout,
                table: regions,
                flash: &flash,
            };
            Ok(TaskMemory {
                name: name.into(),
                regions: reader.regions_of(&value)?,
                initial_stack: word(&value, "initial_stack")?,
            })
            .map(|memory: TaskMemory| (memory, word(&value, "entry_point")))
        });
        match memory {
            Ok((memory, entry)) => {
                check_entry(system, index, entry.unwrap_or(0), findings);
                tasks.push(memory);
            }
            Err(error) => {
                let what = format!("the descriptor of {name}: {error}");
                findings.add(Rule::C2, KERNEL, what);
                return None;
            }
        }
    }
    Some(tasks)
}

fn word(value: &Value, name: &str) -> Result<u32, String> {
    value
        .field(name)
        .and_then(Value::int)
        .ok_or_else(|| format!("{name} is no word"))
}

/// The constants of a program.
fn constants(module: &Module) -> Memory {
    let blocks: Vec<Block> = module.loaded().collect();
    Memory::new(blocks, |_, _| {})
}

struct RegionReader<'a> {
    system: &'a System,
    layout: &'a Layout,
    table: &'a Variable,
    flash: &'a Memory,
}

impl RegionReader<'_> {
    fn regions_of(&self, descriptor: &Value) -> Result<Vec<Region>, String> {
        let Some(Value::Array(entries)) = descriptor.field("regions") else {
            return Err("regions is no array".into());
        };
        let size = self.system.types.size(self.layout.region_desc).max(1);
        let mut regions = Vec::new();
        for entry in entries {
            let address = match entry {
                Value::Address(address) => *address,
                other => {
                    let index: u32 = other.int().ok_or("no index")?;
                    self.table.address.wrapping_add(index.wrapping_mul(size))
                }
            };
            let offset = address.wrapping_sub(self.table.address);
            if offset >= self.table.size || !offset.is_multiple_of(size) {
                return Err(format!(
                    "a region at {address:#010x} is not in HUBRIS_REGION_DESCS"
                ));
            }
            let region = self.region(address, size)?;
            if region.base != 0 {
                regions.push(region);
            }
        }
        Ok(regions)
    }

    fn region(&self, address: u32, size: u32) -> Result<Region, String> {
        let bytes = self.flash.read(address, size);
        let bytes = bytes.ok_or("a region is not in the file")?;
        let types = &self.system.types;
        let value = decode(types, self.layout.region_desc, bytes, self.flash)?;
        let base = word(&value, "base")?;
        let attributes = value.field("attributes").and_then(|attributes| {
            attributes.field("bits").unwrap_or(attributes).int()
        });
        Ok(Region {
            base,
            size: word(&value, "size")?,
            attributes: attributes.ok_or("attributes is no word")?,
            is_external: self.system.config.is_external(base),
        })
    }
}

/// The order of the tasks in the archive must be that of the descriptors.
fn check_entry(
    system: &System,
    index: u32,
    entry: u32,
    findings: &mut Findings,
) {
    let module = &system.modules[index as usize];
    if !module.has_code_at(entry & !1) {
        let what = format!(
            "task {index} of the kernel starts at {entry:#010x}, which is not \
             in this program"
        );
        findings.add(Rule::A4, &module.place, what);
    }
}

/// The kernel's own memory, as dumps have it: base and size.
pub(super) fn kernel_memory(module: &Module) -> Vec<(u32, u32)> {
    let segments = module.segments.iter();
    let mut memory: Vec<_> = segments
        .map(|segment| (segment.address, segment.size))
        .collect();
    let value = |name| module.symbol(name).map(|symbol| symbol.address);
    for (start, end) in [("_stack_base", "_stack_start"), ("__sbss", "__eheap")]
    {
        if let (Some(start), Some(end)) = (value(start), value(end)) {
            memory.push((start, end.saturating_sub(start)));
        }
    }
    memory.retain(|(_, size)| *size > 0);
    memory
}

/// `.data` and `.bss` must be apart.
pub(super) fn check_segments(module: &Module, findings: &mut Findings) {
    let segment_of = |name: &str| {
        let section = module.section(name)?;
        module.segments.iter().position(|segment| {
            section.size > 0
                && section.address >= segment.address
                && section.address - segment.address < segment.size
        })
    };
    let (data, bss) = (segment_of(".data"), segment_of(".bss"));
    if data.is_some() && data == bss {
        let what = ".data and .bss share a segment";
        findings.add(Rule::C4, KERNEL, what);
        return;
    }
    let start = module.symbol("__sbss").map(|symbol| symbol.address);
    if let (Some(bss), Some(start)) = (bss, start) {
        let address = module.segments[bss].address;
        if address != start {
            let what = format!(
                "the segment of .bss starts at {address:#010x}, not at __sbss \
                 ({start:#010x})"
            );
            findings.add(Rule::C4, KERNEL, what);
        }
    }
}

/// Regions with different bases must not overlap.
pub(super) fn check_overlaps(
    system: &System,
    tasks: &[TaskMemory],
    kernel: &[(u32, u32)],
    findings: &mut Findings,
) {
    let _ = system;
    let of_kernel = kernel.iter().map(|(base, size)| (*base, *size, KERNEL));
    let of_tasks = tasks.iter().flat_map(|task| {
        let memory = task.regions.iter().filter(|region| region.is_memory());
        memory.map(|region| (region.base, region.size, task.name.as_str()))
    });
    let mut all: Vec<_> = of_kernel.chain(of_tasks).collect();
    all.sort_unstable();
    let mut furthest: Option<(u32, u32, &str)> = None;
    for &(base, size, owner) in &all {
        if let Some((other_base, other_size, other)) = furthest
            && other_base != base
            && u64::from(other_base) + u64::from(other_size) > u64::from(base)
        {
            let what = format!(
                "{size:#x} bytes at {base:#010x} overlap {other_size:#x} bytes \
                 at {other_base:#010x} of {other}"
            );
            findings.add(Rule::C4, owner, what);
        }
        let end = |r: (u32, u32, &str)| u64::from(r.0) + u64::from(r.1);
        if furthest.is_none_or(|f| end((base, size, owner)) >= end(f)) {
            furthest = Some((base, size, owner));
        }
    }
}

/// A stack must be in one region, of one task.
pub(super) fn check_stacks(tasks: &[TaskMemory], findings: &mut Findings) {
    for task in tasks {
        let Some(stack) = task.stack() else {
            let what = format!(
                "the stack at {:#010x} is in none of the task's regions",
                task.initial_stack
            );
            findings.add(Rule::C5, &task.name, what);
            continue;
        };
        let other = tasks.iter().find(|other| {
            other.name != task.name
                && other.regions.iter().any(|r| r.base == stack.base)
        });
        if let Some(other) = other {
            let what = format!(
                "the region of the stack, {:#010x}, is also one of {}",
                stack.base, other.name
            );
            findings.add(Rule::C5, &task.name, what);
        }
    }
}
