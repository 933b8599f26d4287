// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use drv_ipcc_config::{Region, Surroundings, Table};
use idol::server::ServerStyle;
use std::error::Error;
use std::path::Path;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    build_util::build_notifications()?;
    idol::Generator::new().build_server_support(
        "../../idl/ipcc.idol",
        "server_stub.rs",
        ServerStyle::InOrder,
    )?;

    let table: Table = build_util::task_config()?;
    let config = drv_ipcc_config::read(&table, &surroundings()?)
        // A build script's error is shown with `Debug`, which would hide the
        // line break before the help.
        .unwrap_or_else(|problem| {
            eprintln!("error: {problem}");
            std::process::exit(1)
        });
    let mut text = drv_ipcc_config::generate(&config);
    text.push_str(&interrupt_masks()?);
    std::fs::write(build_util::out_dir().join("config.rs"), text)?;
    Ok(())
}

fn surroundings() -> Result<Surroundings> {
    let file = build_util::env_var("HUBRIS_APP_TOML")?;
    let file = Path::new(&file)
        .file_name()
        .map_or(file.clone(), |name| name.to_string_lossy().into_owned());
    let task = build_util::task_name();
    let ids = build_util::task_ids();
    let mut tasks = Vec::new();
    let mut clients = Vec::new();
    for (name, table) in build_util::all_tasks_full_config_toml()? {
        if table.task_slots.values().any(|target| *target == task) {
            clients.push(name.clone());
        }
        if let Some(index) = ids.get(&name) {
            tasks.push((name, index as u16));
        }
    }
    let regions = build_util::task_extern_regions::<(u32, u32)>()?;
    let windows = regions.into_iter().map(|(name, (address, size))| Region {
        name,
        address,
        size,
    });
    Ok(Surroundings {
        file,
        task,
        windows: windows.collect(),
        tasks,
        clients,
        is_loopback: build_util::has_feature("loopback"),
    })
}

/// The notifications that the controller's interrupts are mapped to: two on a
/// core with two interrupt lines, one on a core with a common one, none for
/// the loopback.
fn interrupt_masks() -> Result<String> {
    let task = build_util::task_full_config_toml()?;
    let mut masks: Vec<u32> = Vec::new();
    for notification in task.interrupts.values() {
        let mask = task.notification_mask(notification)?;
        if !masks.contains(&mask) {
            masks.push(mask);
        }
    }
    Ok(format!(
        "pub const INTERRUPTS: [u32; {}] = {masks:?};\n",
        masks.len()
    ))
}
