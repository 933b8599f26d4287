// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Where everything of an image goes.
//!
//! In each memory the kernel comes first, with exactly what it requires, then
//! the tasks in whatever order wastes least, then the caboose.

use crate::config::{
    Amount, App, MAX_REGIONS, Memory, display, mapped_regions,
};
use crate::diagnostic::Diagnostic;
use crate::memory::{Mpu, Request, Span, pack};
use anyhow::Result;
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// What a task occupies of one memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Bytes, including the stack.
    pub size: u32,
    /// Largest alignment of anything within.
    pub align: u32,
    /// Bytes of stack at its start.
    pub stack: u32,
}

/// What a task occupies, by memory.
pub type Needs = BTreeMap<String, Need>;

/// An address range, `[base, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    pub base: u32,
    pub end: u64,
}

impl Range {
    /// Bytes.
    pub fn size(self) -> u32 {
        u32::try_from(self.end - u64::from(self.base)).unwrap_or(u32::MAX)
    }
}

/// The addresses of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The kernel's part of each memory it requires.
    pub kernel: BTreeMap<String, Range>,
    /// Each task's part of each memory it occupies.
    pub tasks: IndexMap<String, BTreeMap<String, Span>>,
    /// The metadata block.
    pub caboose: Option<Range>,
}

impl Layout {
    /// The first address that nothing in `memory` uses.
    pub fn end(&self, memory: &str) -> u64 {
        let kernel = self.kernel.get(memory).map(|range| range.end);
        let tasks = self
            .tasks
            .values()
            .filter_map(|spans| Some(spans.get(memory)?.end()));
        kernel.into_iter().chain(tasks).max().unwrap_or(0)
    }
}

/// Chooses the addresses of an image.
///
/// # Errors
///
/// If a memory is too small.
pub fn allocate(
    app: &App,
    image: &str,
    needs: &IndexMap<String, Needs>,
) -> Result<Layout> {
    let mut layout = Layout {
        kernel: BTreeMap::new(),
        tasks: needs.keys().map(|n| (n.clone(), BTreeMap::new())).collect(),
        caboose: None,
    };
    for Amount { memory, bytes, .. } in app.kernel_requires() {
        let base = lookup(app, image, memory).address;
        let end = u64::from(base) + u64::from(bytes);
        layout.kernel.insert(memory.to_owned(), Range { base, end });
    }

    let budgets: Vec<BTreeMap<&str, u32>> = needs
        .iter()
        .map(|(name, needs)| {
            let task = &app.toml.tasks[name];
            let spare = MAX_REGIONS - mapped_regions(app, name, task);
            share_regions(app, image, needs, u32::try_from(spare).unwrap_or(0))
        })
        .collect();

    for name in app.memories.keys() {
        let users: Vec<usize> = (0..needs.len())
            .filter(|&task| needs[task].contains_key(name))
            .collect();
        if users.is_empty() && !layout.kernel.contains_key(name) {
            continue;
        }
        let memory = lookup(app, image, name);
        let base = layout
            .kernel
            .get(name)
            .map_or(u64::from(memory.address), |kernel| kernel.end);
        let mut requests: Vec<Request> = users
            .iter()
            .map(|&task| {
                let need = needs[task][name];
                Request {
                    size: need.size,
                    regions: budgets[task][name.as_str()],
                    align: need.align,
                    first: need.stack.max(1),
                }
            })
            .collect();
        let mut spans = pack(app.target.mpu(), base, &requests);
        if end_of(&spans, base) > memory.end() {
            // A stack across several regions is as good for the program, and
            // merely harder to read for the debugger.
            requests.iter_mut().for_each(|request| request.first = 1);
            spans = pack(app.target.mpu(), base, &requests);
        }
        let mut end = end_of(&spans, base);
        if let Some(caboose) = &app.toml.caboose
            && caboose.region == *name
        {
            let base = end.next_multiple_of(caboose.size.into());
            end = base + u64::from(caboose.size);
            let base = u32::try_from(base).unwrap_or(u32::MAX);
            layout.caboose = Some(Range { base, end });
        }
        if end > memory.end() {
            return Err(too_small(app, name, memory, end, needs).into());
        }
        for (task, span) in users.into_iter().zip(spans) {
            layout.tasks[task].insert(name.clone(), span);
        }
    }
    Ok(layout)
}

fn lookup<'a>(app: &'a App, image: &str, name: &str) -> &'a Memory {
    app.memory(image, name)
        .expect("checked when the files were read")
}

fn end_of(spans: &[Span], base: u64) -> u64 {
    spans.iter().map(Span::end).max().unwrap_or(base)
}

/// Divides a task's protection regions among its memories so that the rounding
/// wastes as little as possible, each byte weighted by how scarce it is.
fn share_regions<'a>(
    app: &App,
    image: &str,
    needs: &'a Needs,
    regions: u32,
) -> BTreeMap<&'a str, u32> {
    let mpu = app.target.mpu();
    let memories: Vec<(&str, Need, u64)> = needs
        .iter()
        .map(|(name, need)| {
            let size = lookup(app, image, name).size.max(1);
            // Parts per 2^32 of the memory for each byte.
            (name.as_str(), *need, (1 << 32) / u64::from(size))
        })
        .collect();
    let waste = |memory: usize, regions: u32| {
        let (_, need, weight) = memories[memory];
        let request = Request {
            size: need.size,
            regions,
            align: need.align,
            first: 1,
        };
        (request.smallest(mpu) - u64::from(need.size)) * weight
    };

    let mut best: Option<(u64, Vec<u32>)> = None;
    for shares in compositions(regions, memories.len()) {
        let total = shares
            .iter()
            .enumerate()
            .map(|(m, &share)| waste(m, share))
            .sum();
        if best.as_ref().is_none_or(|(least, _)| total < *least) {
            best = Some((total, shares));
        }
    }
    let shares =
        best.map_or_else(|| vec![1; memories.len()], |(_, shares)| shares);
    memories
        .iter()
        .map(|(name, ..)| *name)
        .zip(shares)
        .collect()
}

/// All ways to write `total` as a sum of `parts` positive numbers.
fn compositions(total: u32, parts: usize) -> Vec<Vec<u32>> {
    match parts {
        0 => Vec::new(),
        1 if total > 0 => vec![vec![total]],
        1 => Vec::new(),
        _ => (1..total)
            .flat_map(|first| {
                compositions(total - first, parts - 1).into_iter().map(
                    move |mut rest| {
                        rest.insert(0, first);
                        rest
                    },
                )
            })
            .collect(),
    }
}

fn too_small(
    app: &App,
    name: &str,
    memory: &Memory,
    end: u64,
    needs: &IndexMap<String, Needs>,
) -> Diagnostic {
    let mut users: Vec<(u32, &str)> = needs
        .iter()
        .filter_map(|(task, needs)| {
            Some((needs.get(name)?.size, task.as_str()))
        })
        .collect();
    let required = app.kernel_requires();
    if let Some(kernel) = required.iter().find(|a| a.memory == name) {
        users.push((kernel.bytes, "kernel"));
    }
    users.sort_by(|a, b| b.cmp(a));
    let largest: Vec<String> = users
        .iter()
        .take(3)
        .map(|(size, task)| format!("{task} ({size} bytes)"))
        .collect();
    let rounding = match app.target.mpu() {
        Mpu::PowerOfTwo { .. } => ", rounded to protection regions",
        Mpu::Multiple { .. } => "",
    };
    Diagnostic::new(format!(
        "{}: the image does not fit into {name} ({:#010x}, {} bytes):\n\
         it needs {} bytes{rounding}, {} too many",
        display(&app.file),
        memory.address,
        memory.size,
        end - u64::from(memory.address),
        end - memory.end(),
    ))
    .help(format!("the largest parts are {}", largest.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sample::{APP, Repository};
    use insta::assert_snapshot;

    fn need(size: u32, stack: u32) -> Need {
        Need {
            size,
            align: 4,
            stack,
        }
    }

    fn needs(driver_flash: u32) -> IndexMap<String, Needs> {
        let task = |flash, ram, stack| {
            Needs::from([
                ("flash".to_owned(), need(flash, 0)),
                ("ram".to_owned(), need(ram, stack)),
            ])
        };
        IndexMap::from([
            ("jefe".to_owned(), task(5000, 1800, 1024)),
            ("driver".to_owned(), task(driver_flash, 1100, 1024)),
            ("idle".to_owned(), task(70, 256, 256)),
        ])
    }

    fn layout(app: &str, needs: &IndexMap<String, Needs>) -> Layout {
        let app = Repository::new(app).load().unwrap();
        allocate(&app, "default", needs).unwrap()
    }

    #[test]
    fn the_kernel_comes_first_and_gets_exactly_what_it_requires() {
        let layout = layout(APP, &needs(3000));
        let flash = layout.kernel["flash"];
        assert_eq!((flash.base, flash.size()), (0x0800_0000, 16384));
        for spans in layout.tasks.values() {
            assert!(spans["flash"].base >= 0x0800_4000);
            assert!(spans["ram"].base >= 0x2000_0800);
        }
    }

    #[test]
    fn a_task_with_spare_regions_wastes_little() {
        let layout = layout(APP, &needs(3000));
        for (task, needs) in needs(3000) {
            for (memory, need) in needs {
                let size = layout.tasks[&task][&memory].size();
                assert!(size - u64::from(need.size) < 128, "{task} {memory}");
            }
        }
    }

    #[test]
    fn a_stack_lies_within_one_region() {
        let layout = layout(APP, &needs(3000));
        for (task, needs) in needs(3000) {
            let first = layout.tasks[&task]["ram"].sizes[0];
            assert!(first >= needs["ram"].stack, "{task}");
        }
    }

    #[test]
    fn the_caboose_comes_last() {
        let caboose = "caboose = { region = \"flash\", size = 1024 }\n";
        let layout = layout(&format!("{caboose}{APP}"), &needs(3000));
        let caboose = layout.caboose.unwrap();
        assert_eq!(caboose.size(), 1024);
        assert_eq!(caboose.base % 1024, 0);
        assert!(u64::from(caboose.base) >= layout.end("flash"));
    }

    #[test]
    fn an_image_that_is_too_big_is_told_by_how_much() {
        let repository = Repository::new(APP);
        let app = repository.load().unwrap();
        let error = allocate(&app, "default", &needs(120_000)).unwrap_err();
        let root = format!("{}/", repository.root().display());
        assert_snapshot!(error.to_string().replace(&root, ""), @r"
        error: app.toml: the image does not fit into flash (0x08000000, 131072 bytes):
               it needs 144480 bytes, rounded to protection regions, 13408 too many
          help: the largest parts are driver (120000 bytes), kernel (16384 bytes), jefe (5000 bytes)
        ");
    }

    #[test]
    fn compositions_are_complete() {
        assert_eq!(compositions(1, 1), [[1]]);
        assert_eq!(compositions(4, 2), [[1, 3], [2, 2], [3, 1]]);
        assert_eq!(compositions(6, 3).len(), 10);
        assert!(compositions(1, 2).is_empty());
    }
}
