// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Turns the kernel configuration into constants.
//!
//! All checking that does not need the configuration as a whole is left to
//! `const` functions of the kernel, where it is also tested.

use anyhow::{Context, Result, bail};
use build_kconfig::{
    ENV_VAR, KernelConfig, OwnedAddress, RegionAttributes, RegionConfig,
    SpecialRole, TaskConfig,
};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

/// Name of the environment variable that carries the number of the image.
const IMAGE_ID: &str = "HUBRIS_IMAGE_ID";

/// Entries in a task's region table; one is always the null region.
const REGIONS_PER_TASK: usize = 8;

/// Stands for "no memory" in region tables.
const NULL: RegionConfig = RegionConfig {
    base: 0,
    size: 32,
    attributes: RegionAttributes {
        read: false,
        write: false,
        execute: false,
        special_role: None,
    },
};

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(fpu)");
    build_util::expose_m_profile()?;
    // Tests run on the host and bring their own configuration.
    if build_util::target_os() != "none" {
        return Ok(());
    }

    let target = build_util::target();
    if target.starts_with("thumbv8m") {
        bail!("the kernel does not support {target}");
    }
    if build_util::env_var("CARGO_CFG_TARGET_ABI")? == "eabihf" {
        println!("cargo::rustc-cfg=fpu");
    }

    let hint = "the kernel is built with `cargo xtask`";
    let kconfig = build_util::env_var(ENV_VAR).context(hint)?;
    let kconfig = KernelConfig::from_ron(&kconfig).context(ENV_VAR)?;
    let image_id = build_util::env_var(IMAGE_ID).context(hint)?;
    let image_id: u64 = image_id.parse().context(IMAGE_ID)?;
    let out = build_util::out_dir();
    fs::write(out.join("sizes.rs"), sizes(&kconfig))?;
    fs::write(out.join("kconfig.rs"), generate(&kconfig, image_id)?)?;
    Ok(())
}

/// Generates the numbers that everything else depends on.
fn sizes(kconfig: &KernelConfig) -> String {
    let tasks = kconfig.tasks.len();
    let words = tasks.div_ceil(32);
    let irqs = irq_count(kconfig);
    format!(
        "/// Tasks.\n\
         pub const TASK_COUNT: usize = {tasks};\n\
         /// Words in a set of tasks.\n\
         pub const SET_WORDS: usize = {words};\n\
         /// One more than the highest number of an interrupt in use.\n\
         pub const IRQ_COUNT: usize = {irqs};\n"
    )
}

/// One more than the highest number of an interrupt in use.
fn irq_count(kconfig: &KernelConfig) -> u32 {
    kconfig.irqs.keys().last().map_or(0, |&n| n + 1)
}

fn generate(kconfig: &KernelConfig, image_id: u64) -> Result<String> {
    let tasks = &kconfig.tasks;
    let mut regions = vec![NULL];
    let mut descs = String::new();
    for (index, task) in tasks.iter().enumerate() {
        let mut refs = String::new();
        for region in region_table(kconfig, index, task)? {
            let known = regions.iter().position(|r| *r == region);
            let position = known.unwrap_or_else(|| {
                regions.push(region);
                regions.len() - 1
            });
            write!(refs, "&HUBRIS_REGION_DESCS[{position}],")?;
        }
        writeln!(
            descs,
            "TaskDesc::new([{refs}],{:#x},{:#x},{},{},{index},\
             place(&PRIORITIES, {index})),",
            address(index, task, &task.entry_point)?,
            address(index, task, &task.initial_stack)?,
            task.priority,
            if task.start_at_boot {
                "TaskDesc::START_AT_BOOT"
            } else {
                "0"
            },
        )?;
    }

    let mut out = String::new();
    writeln!(
        out,
        "/// Identifies the image.\n\
         #[used]\n\
         #[unsafe(no_mangle)]\n\
         pub static HUBRIS_IMAGE_ID: u64 = {image_id};"
    )?;
    writeln!(
        out,
        "/// All regions that any task uses.\n\
         #[used]\n\
         #[unsafe(no_mangle)]\n\
         static HUBRIS_REGION_DESCS: [RegionDesc; {}] = [",
        regions.len(),
    )?;
    for region in &regions {
        let RegionConfig {
            base,
            size,
            attributes,
        } = region;
        if *region == NULL {
            writeln!(out, "RegionDesc::NULL,")?;
        } else {
            let bits = attribute_bits(*attributes);
            writeln!(
                out,
                "RegionDesc::new({base:#x},{size:#x},\
                 RegionAttributes::from_bits({bits:#b})),"
            )?;
        }
    }
    writeln!(
        out,
        "];\n\
         /// All tasks.\n\
         #[used]\n\
         #[unsafe(no_mangle)]\n\
         pub static HUBRIS_TASK_DESCS: [TaskDesc; TASK_COUNT] = [\n{descs}];"
    )?;
    let priorities: Vec<u8> = tasks.iter().map(|t| t.priority).collect();
    writeln!(
        out,
        "const PRIORITIES: [u8; TASK_COUNT] = {priorities:?};\n\
         const TASKS: [TaskPtr; TASK_COUNT] = {{\n\
         let mut all = [TaskPtr::to(0); TASK_COUNT];\n\
         let mut i = 0;\n\
         while i < TASK_COUNT {{ all[i] = TaskPtr::to(i); i += 1; }}\n\
         all\n}};"
    )?;
    generate_irqs(kconfig, &mut out)?;
    Ok(out)
}

/// Generates `CONFIG`, with the interrupt tables in it.
fn generate_irqs(kconfig: &KernelConfig, out: &mut String) -> Result<()> {
    let mut groups: BTreeMap<(usize, u32), Vec<u32>> = BTreeMap::new();
    for (&irq, to) in &kconfig.irqs {
        if to.task_index >= kconfig.tasks.len() {
            bail!("irqs: {irq}: there is no task {}", to.task_index);
        }
        groups
            .entry((to.task_index, to.notification))
            .or_default()
            .push(irq);
    }
    let mut group_of = vec![0u8; irq_count(kconfig) as usize];
    let mut text = String::new();
    for (i, ((task, notification), irqs)) in groups.iter().enumerate() {
        for &irq in irqs {
            group_of[irq as usize] = u8::try_from(i + 1)
                .context("irqs: more than 255 different owners")?;
        }
        writeln!(
            text,
            "crate::config::IrqGroup {{ owner: abi::InterruptOwner {{ \
             task: {task}, notification: {notification:#x} }}, \
             irqs: &{irqs:?} }},"
        )?;
    }
    writeln!(
        out,
        "pub static CONFIG: Config<TaskPtr> = Config {{\n\
         order: Order::new(&PRIORITIES, &TASKS),\n\
         irqs: IrqTable {{\ngroups: &[\n{text}],\n\
         group_of: &{group_of:?},\n}},\n}};"
    )?;
    Ok(())
}

/// The region table of a task.
fn region_table(
    kconfig: &KernelConfig,
    index: usize,
    task: &TaskConfig,
) -> Result<Vec<RegionConfig>> {
    let mut table = vec![];
    for memory in task.owned_regions.values() {
        let mut base = memory.base;
        for &size in &memory.sizes {
            table.push(RegionConfig {
                base,
                size,
                attributes: memory.attributes,
            });
            base = base.wrapping_add(size);
        }
    }
    for name in &task.shared_regions {
        let region = kconfig.shared_regions.get(name).with_context(|| {
            format!("tasks[{index}]: there is no shared region {name:?}")
        })?;
        table.push(*region);
    }
    if table.len() >= REGIONS_PER_TASK {
        bail!(
            "tasks[{index}] uses {} regions, but the processor has {} for it",
            table.len(),
            REGIONS_PER_TASK - 1,
        );
    }
    table.resize(REGIONS_PER_TASK, NULL);
    table.sort_by_key(|r| r.base);
    for pair in table.windows(2) {
        let [a, b] = pair else { continue };
        if *a != NULL && b.base - a.base < a.size {
            bail!(
                "tasks[{index}]: the regions at {:#x} and {:#x} overlap",
                a.base,
                b.base,
            );
        }
    }
    Ok(table)
}

/// Resolves an address relative to memory that a task owns.
fn address(index: usize, task: &TaskConfig, at: &OwnedAddress) -> Result<u32> {
    let memory =
        task.owned_regions.get(&at.region_name).with_context(|| {
            format!("tasks[{index}] owns no region {:?}", at.region_name)
        })?;
    Ok(memory.base.wrapping_add(at.offset))
}

fn attribute_bits(a: RegionAttributes) -> u32 {
    u32::from(a.read)
        | u32::from(a.write) << 1
        | u32::from(a.execute) << 2
        | u32::from(a.special_role == Some(SpecialRole::Device)) << 3
        | u32::from(a.special_role == Some(SpecialRole::Dma)) << 4
}
