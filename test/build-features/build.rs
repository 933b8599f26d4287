// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Hands what the build tool says in the environment on to the program, which
//! compares it with what the linker says.

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let program = build_util::env_var("XTASK_BIN_FILE_WL55_CPU2_BARE")?;
    let contents = std::fs::read(&program)?;
    let magic = contents.first_chunk::<4>().context("an ELF file")?;
    let (window, size) =
        build_util::task_extern_regions::<(u32, u32)>()?["window"];
    let text = format!(
        "const NAME: &str = {:?};\n\
         const BINDEP_MAGIC: [u8; 4] = {magic:?};\n\
         const WINDOW: [u32; 2] = [{window}, {size}];\n",
        build_util::task_name(),
    );
    std::fs::write(build_util::out_dir().join("facts.rs"), text)?;
    Ok(())
}
