// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the kernel is told about the image.

use crate::config::App;
use crate::layout::Layout;
use anyhow::{Context, Result};
use build_kconfig::{
    InterruptConfig, KernelConfig, MultiRegionConfig, OwnedAddress,
    RegionAttributes, RegionConfig, SpecialRole, TaskConfig,
};
use indexmap::IndexMap;
use ordered_toml::Value;
use std::collections::{BTreeMap, BTreeSet};
use toml_task::Task;

/// Name under which the caboose is shared with the tasks that may read it. No
/// memory or peripheral is likely to be called so.
const CABOOSE: &str = "caboose";

/// Describes a placed image to its kernel.
///
/// `entry_points` are addresses without the Thumb bit.
///
/// # Errors
///
/// If an entry point is not in its task's flash.
pub fn describe(
    app: &App,
    image: &str,
    layout: &Layout,
    entry_points: &IndexMap<String, u32>,
) -> Result<KernelConfig> {
    let mut config = KernelConfig {
        features: app.toml.kernel.features.clone(),
        ..KernelConfig::default()
    };
    for region in &app.toml.kernel.extern_regions {
        if let Some(memory) = app.memory(image, &region.region) {
            let end = u32::try_from(memory.end()).unwrap_or(u32::MAX);
            config
                .extern_regions
                .insert(region.region.clone(), memory.address..end);
        }
    }
    for (name, task) in &app.toml.tasks {
        let shared = shared_regions(app, image, layout, name, task);
        config.tasks.push(TaskConfig {
            owned_regions: owned_regions(app, image, layout, name),
            shared_regions: shared.keys().cloned().collect::<BTreeSet<_>>(),
            entry_point: entry_point(layout, name, entry_points[name])?,
            initial_stack: OwnedAddress {
                region_name: app.task_ram(task).to_owned(),
                offset: app.task_stack(task),
            },
            priority: task.priority,
            start_at_boot: task.start,
        });
        config.shared_regions.extend(shared);
    }
    config.irqs = app
        .interrupts()
        .into_iter()
        .map(|irq| {
            let config = InterruptConfig {
                task_index: irq.task_index,
                notification: irq.notification,
            };
            (irq.number, config)
        })
        .collect();
    Ok(config)
}

fn owned_regions(
    app: &App,
    image: &str,
    layout: &Layout,
    task: &str,
) -> BTreeMap<String, MultiRegionConfig> {
    layout.tasks[task]
        .iter()
        .map(|(name, span)| {
            let region = MultiRegionConfig {
                base: u32::try_from(span.base).unwrap_or(u32::MAX),
                sizes: span.sizes.clone(),
                attributes: attributes_of(app, image, name),
            };
            (name.clone(), region)
        })
        .collect()
}

fn shared_regions(
    app: &App,
    image: &str,
    layout: &Layout,
    name: &str,
    task: &Task<Value>,
) -> BTreeMap<String, RegionConfig> {
    let mut regions = BTreeMap::new();
    for used in &task.uses {
        let Some((base, size)) = app.used_span(used) else {
            continue;
        };
        let attributes = match app.chip.contains_key(used) {
            true => RegionAttributes {
                read: true,
                write: true,
                execute: false,
                special_role: Some(SpecialRole::Device),
            },
            false => RegionAttributes {
                read: true,
                write: false,
                execute: true,
                special_role: None,
            },
        };
        regions.insert(
            used.clone(),
            RegionConfig {
                base,
                size,
                attributes,
            },
        );
    }
    for memory in &task.extern_regions {
        let Some(entry) = app.memory(image, memory) else {
            continue;
        };
        let region = RegionConfig {
            base: entry.address,
            size: entry.size,
            attributes: attributes_of(app, image, memory),
        };
        regions.insert(memory.clone(), region);
    }
    if let (Some(caboose), Some(range)) = (&app.toml.caboose, layout.caboose)
        && caboose.tasks.iter().any(|reader| reader == name)
    {
        let region = RegionConfig {
            base: range.base,
            size: range.size(),
            attributes: RegionAttributes {
                read: true,
                ..RegionAttributes::default()
            },
        };
        regions.insert(CABOOSE.to_owned(), region);
    }
    regions
}

fn attributes_of(app: &App, image: &str, memory: &str) -> RegionAttributes {
    let Some(memory) = app.memory(image, memory) else {
        return RegionAttributes::default();
    };
    RegionAttributes {
        read: memory.read,
        write: memory.write,
        execute: memory.execute,
        special_role: memory.dma.then_some(SpecialRole::Dma),
    }
}

fn entry_point(
    layout: &Layout,
    task: &str,
    address: u32,
) -> Result<OwnedAddress> {
    let flash = &layout.tasks[task]["flash"];
    let offset = u64::from(address)
        .checked_sub(flash.base)
        .filter(|offset| *offset < flash.size())
        .with_context(|| {
            format!("the entry point of {task} ({address:#010x}) is elsewhere")
        })?;
    Ok(OwnedAddress {
        region_name: "flash".into(),
        offset: u32::try_from(offset)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sample::{APP, Repository};
    use crate::memory::Span;

    fn span(base: u64, sizes: &[u32]) -> Span {
        Span {
            base,
            sizes: sizes.to_vec(),
        }
    }

    fn sample() -> KernelConfig {
        let app = Repository::new(APP).load().unwrap();
        let mut layout = Layout {
            kernel: BTreeMap::new(),
            tasks: IndexMap::new(),
            caboose: None,
        };
        let mut entry_points = IndexMap::new();
        for (i, name) in app.toml.tasks.keys().enumerate() {
            let i = i as u64;
            let flash = span(0x0800_4000 + i * 0x1000, &[0x800, 0x400]);
            let ram = span(0x2000_1000 + i * 0x1000, &[0x800]);
            entry_points.insert(name.clone(), flash.base as u32 + 0x10);
            let spans = [("flash".to_owned(), flash), ("ram".to_owned(), ram)];
            layout.tasks.insert(name.clone(), spans.into());
        }
        describe(&app, "default", &layout, &entry_points).unwrap()
    }

    #[test]
    fn a_task_starts_where_its_program_and_stack_are() {
        let driver = &sample().tasks[1];
        assert_eq!(driver.entry_point.region_name, "flash");
        assert_eq!(driver.entry_point.offset, 0x10);
        assert_eq!(driver.initial_stack.region_name, "ram");
        assert_eq!(driver.initial_stack.offset, 1024);
        assert_eq!(driver.owned_regions["flash"].sizes, [0x800, 0x400]);
    }

    #[test]
    fn devices_and_memories_keep_their_attributes() {
        let config = sample();
        let widget = &config.shared_regions["widget"];
        assert_eq!((widget.base, widget.size), (0x4000_0000, 0x400));
        assert_eq!(widget.attributes.special_role, Some(SpecialRole::Device));
        let window = &config.shared_regions["window"];
        assert!(window.attributes.write && !window.attributes.execute);
        assert_eq!(window.attributes.special_role, None);
        let flash = &config.tasks[1].owned_regions["flash"].attributes;
        assert!(flash.execute && !flash.write);
        assert_eq!(
            config.tasks[1].shared_regions,
            ["widget".to_owned(), "window".to_owned()].into()
        );
    }

    #[test]
    fn interrupts_go_to_the_notification_of_their_task() {
        let irq = sample().irqs[&7];
        assert_eq!((irq.task_index, irq.notification), (1, 1));
    }
}
