// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the parts of an image occupy.

use crate::config::{Amount, App, display};
use crate::diagnostic::Diagnostic;
use crate::dist::Image;
use crate::elf::Program;
use crate::link;
use crate::stack;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A part's share of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Share {
    /// Bytes in use.
    used: u32,
    /// Bytes set aside: protection regions, or what the kernel requires.
    allocated: u64,
}

/// The shares of all parts in all memories.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Memory to its size and to its parts in order of size.
    memories: BTreeMap<String, (u64, Vec<(String, Share)>)>,
}

impl Table {
    /// The sizes of an image.
    pub fn new(app: &App, image: &Image) -> Self {
        let mut table = Self::default();
        let kernel = image.layout.kernel.iter().map(|(memory, range)| {
            let used = image.kernel_needs.get(memory).map_or(0, |n| n.size);
            let allocated = range.size().into();
            (memory, "kernel", Share { used, allocated })
        });
        let tasks = image.layout.tasks.iter().flat_map(|(task, spans)| {
            spans.iter().map(move |(memory, span)| {
                let used = image.needs[task][memory].size;
                let share = Share {
                    used,
                    allocated: span.size(),
                };
                (memory, task.as_str(), share)
            })
        });
        for (memory, part, share) in kernel.chain(tasks) {
            let size = app.memory(&image.name, memory).map_or(0, |m| m.size);
            let (_, parts) = table
                .memories
                .entry(memory.clone())
                .or_insert_with(|| (size.into(), Vec::new()));
            parts.push((part.to_owned(), share));
        }
        for (_, parts) in table.memories.values_mut() {
            parts.sort_by_key(|(_, share)| std::cmp::Reverse(share.used));
        }
        table
    }

    /// Reads what [`Self::write`] has written.
    ///
    /// # Errors
    ///
    /// If nothing has been written.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).map_err(|error| {
            let error = format!("{}: {error}", display(file));
            Diagnostic::new(error).help("cargo xtask sizes --save writes it")
        })?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Keeps the sizes in a file.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        fs::write(file, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("writing {}", file.display()))
    }

    /// The table as text, with the change since an earlier one.
    pub fn render(&self, previous: Option<&Self>) -> String {
        let mut text = String::new();
        for (memory, (size, parts)) in &self.memories {
            let _ = writeln!(
                text,
                "{:<20} {:>8} {:>10}",
                memory, "used", "allocated"
            );
            for (part, share) in parts {
                let change = previous
                    .and_then(|p| p.used(memory, part))
                    .map(|used| i64::from(share.used) - i64::from(used))
                    .filter(|change| *change != 0)
                    .map_or(String::new(), |c| format!("  {c:+}"));
                let _ = writeln!(
                    text,
                    "  {:<18} {:>8} {:>10}{change}",
                    part, share.used, share.allocated
                );
            }
            let used: u64 = parts.iter().map(|(_, s)| u64::from(s.used)).sum();
            let allocated: u64 = parts.iter().map(|(_, s)| s.allocated).sum();
            let _ = writeln!(
                text,
                "  {:<18} {used:>8} {allocated:>10}  of {size}, {}%\n",
                "total",
                allocated * 100 / (*size).max(1)
            );
        }
        text
    }

    fn used(&self, memory: &str, part: &str) -> Option<u32> {
        let (_, parts) = self.memories.get(memory)?;
        parts
            .iter()
            .find(|(name, _)| name == part)
            .map(|(_, s)| s.used)
    }
}

/// What could be changed in the application file.
pub fn suggestions(app: &App, image: &Image) -> String {
    let mut text = String::new();
    let granule = app.target.mpu().granule();
    let list = |sizes: Vec<(&str, u32)>| {
        let sizes = sizes.iter().map(|(name, size)| format!("{name} = {size}"));
        format!("{{ {} }}", sizes.collect::<Vec<_>>().join(", "))
    };

    let required = app.kernel_requires();
    let smaller: Vec<(&str, u32)> = required
        .iter()
        .map(|Amount { key, memory, bytes }| {
            let used = image.kernel_needs.get(*memory).map_or(4, |n| n.size);
            (*key, used.next_multiple_of(granule).min(*bytes))
        })
        .collect();
    let mut sizes = smaller.iter().zip(&required);
    if sizes.any(|((_, size), was)| *size < was.bytes) {
        let _ = writeln!(
            text,
            "the kernel could do with less:\n  requires = {}",
            list(smaller)
        );
    }

    let mut unlimited = image
        .needs
        .iter()
        .filter(|(name, _)| app.toml.tasks[*name].max_sizes.is_empty())
        .peekable();
    if unlimited.peek().is_some() {
        let _ = writeln!(text, "limits that would notice growth:");
    }
    for (name, needs) in unlimited {
        let sizes = needs
            .iter()
            .map(|(memory, need)| {
                (memory.as_str(), need.size.next_multiple_of(granule))
            })
            .collect();
        let _ = writeln!(text, "  {name}: max-sizes = {}", list(sizes));
    }
    text
}

/// How deep the tasks' stacks can get.
///
/// # Errors
///
/// If a task's program cannot be read.
pub fn stacks(app: &App, image: &Image) -> Result<String> {
    let frame = app.target.exception_frame();
    let mut text = String::from("\nstack                    used       size\n");
    for (name, task) in &app.toml.tasks {
        let bytes = link::read(&image.elf(name))?;
        let depth = stack::analyse(&Program::parse(&bytes)?)?;
        let _ = writeln!(
            text,
            "  {name:<18} {:>8} {:>10}{}",
            depth.bytes + frame,
            app.task_stack(task),
            remark(&depth)
        );
        for (function, bytes) in &depth.chain {
            let _ = writeln!(text, "    {bytes:>6}  {function}");
        }
        let _ = writeln!(text, "    {frame:>6}  an interruption");
    }
    Ok(text)
}

/// Why the number might be too small.
fn remark(depth: &stack::Depth) -> String {
    if !depth.is_lower_bound() {
        return String::new();
    }
    let mut reasons = Vec::new();
    if depth.indirect > 0 {
        reasons.push(format!(
            "{} functions call through pointers",
            depth.indirect
        ));
    }
    if depth.is_recursive {
        reasons.push("there is recursion".to_owned());
    }
    format!("  at least: {}", reasons.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn table(kernel: u32, ipcc: u32) -> Table {
        let share = |used, allocated| Share { used, allocated };
        let parts = vec![
            ("kernel".to_owned(), share(kernel, 16384)),
            ("ipcc".to_owned(), share(ipcc, 8192)),
        ];
        Table {
            memories: BTreeMap::from([("flash".to_owned(), (65536, parts))]),
        }
    }

    #[test]
    fn what_is_used_is_told_from_what_is_set_aside() {
        assert_snapshot!(table(12000, 7900).render(None), @r"
        flash                    used  allocated
          kernel                12000      16384
          ipcc                   7900       8192
          total                 19900      24576  of 65536, 37%
        ");
    }

    #[test]
    fn a_comparison_shows_what_has_grown_or_shrunk() {
        let earlier = table(12000, 8000);
        assert_snapshot!(table(12100, 7900).render(Some(&earlier)), @r"
        flash                    used  allocated
          kernel                12100      16384  +100
          ipcc                   7900       8192  -100
          total                 20000      24576  of 65536, 37%
        ");
        assert!(!earlier.render(Some(&earlier)).contains('-'));
    }

    #[test]
    fn a_comparison_without_saved_sizes_says_how_to_save_them() {
        let error = Table::read(Path::new("nowhere/sizes.json")).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("sizes --save"), "{error}");
    }
}
