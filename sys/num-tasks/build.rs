// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use std::fmt::Write as _;

use anyhow::Result;

fn main() -> Result<()> {
    let names = build_util::env_var("HUBRIS_TASKS")?;
    let names: Vec<&str> = names.split(',').filter(|n| !n.is_empty()).collect();

    let mut out = String::new();
    writeln!(out, "/// Number of tasks in the application.")?;
    writeln!(out, "pub const NUM_TASKS: usize = {};", names.len())?;

    if build_util::has_feature("task-enum") {
        writeln!(out, "/// The tasks of the application, by index.")?;
        writeln!(out, "#[allow(non_camel_case_types)]")?;
        writeln!(out, "#[derive(Copy, Clone)]")?;
        writeln!(out, "pub enum Task {{")?;
        for (index, name) in names.iter().enumerate() {
            writeln!(out, "    {name} = {index},")?;
        }
        writeln!(out, "}}")?;
    }

    std::fs::write(build_util::out_dir().join("tasks.rs"), out)?;
    Ok(())
}
