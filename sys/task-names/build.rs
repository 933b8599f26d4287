// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use std::fmt::Write as _;

use anyhow::Result;

fn main() -> Result<()> {
    let names = build_util::env_var("HUBRIS_TASKS")?;
    let names: Vec<&str> = names.split(',').filter(|n| !n.is_empty()).collect();
    let longest = names.iter().map(|name| name.len()).max().unwrap_or(0);

    let mut out = String::new();
    writeln!(out, "/// The names of the tasks, by index.")?;
    writeln!(
        out,
        "pub static TASK_NAMES: [&str; {}] = {names:?};",
        names.len()
    )?;
    writeln!(out, "/// Length of the longest name, in bytes.")?;
    writeln!(out, "pub const MAX_TASK_NAME: usize = {longest};")?;

    std::fs::write(build_util::out_dir().join("names.rs"), out)?;
    Ok(())
}
