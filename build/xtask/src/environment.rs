// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The variables through which build scripts and macros see the application.
//!
//! Their names and forms are an interface: existing tasks read them directly.

use crate::config::App;
use anyhow::{Context, Result};
use build_kconfig::KernelConfig;
use indexmap::IndexMap;

/// Names and values.
pub type Variables = Vec<(String, String)>;

/// For every crate of the image.
fn common(app: &App) -> Result<Variables> {
    let toml = &app.toml;
    let tasks: Vec<_> = toml.tasks.keys().map(String::as_str).collect();
    let mut variables = vec![
        variable("HUBRIS_TASKS", tasks.join(",")),
        variable("HUBRIS_BOARD", &toml.board),
        variable("HUBRIS_APP_TOML", app.file.to_string_lossy()),
        variable("HUBRIS_BUILD_VERSION", toml.version.to_string()),
        variable("HUBRIS_BUILD_EPOCH", toml.epoch.to_string()),
    ];
    if let Some(config) = &toml.config {
        let text =
            ordered_toml::to_string(config).context("writing [config]")?;
        variables.push(variable("HUBRIS_APP_CONFIG", text));
    }
    Ok(variables)
}

/// For a task.
///
/// # Errors
///
/// None in practice: what came from TOML goes back to it.
pub fn for_task(app: &App, image: &str, name: &str) -> Result<Variables> {
    let tasks = &app.toml.tasks;
    let regions: IndexMap<&str, [u32; 2]> = tasks[name]
        .extern_regions
        .iter()
        .filter_map(|region| {
            let memory = app.memory(image, region)?;
            Some((region.as_str(), [memory.address, memory.size]))
        })
        .collect();
    let write = "writing a task table";
    let mut variables = common(app)?;
    variables.extend([
        variable("HUBRIS_TASK_NAME", name),
        variable(
            "HUBRIS_TASK_CONFIG",
            ordered_toml::to_string(&tasks[name]).context(write)?,
        ),
        variable(
            "HUBRIS_ALL_TASK_CONFIGS",
            ordered_toml::to_string(tasks).context(write)?,
        ),
        variable(
            "HUBRIS_TASK_EXTERN_REGIONS",
            ordered_toml::to_string(&regions)?,
        ),
    ]);
    Ok(variables)
}

/// For the kernel, once everything else is linked.
///
/// # Errors
///
/// None in practice: all of it has a RON form.
pub fn for_kernel(
    app: &App,
    config: &KernelConfig,
    image_id: u64,
) -> Result<Variables> {
    let mut variables = common(app)?;
    variables.extend([
        variable(build_kconfig::ENV_VAR, config.to_ron()?),
        variable("HUBRIS_IMAGE_ID", image_id.to_string()),
        variable(
            "HUBRIS_FLASH_OUTPUTS",
            ron::to_string(&app.memories["flash"])?,
        ),
    ]);
    Ok(variables)
}

fn variable(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sample::{APP, Repository};
    use insta::assert_snapshot;

    fn text(variables: &Variables) -> String {
        variables
            .iter()
            .filter(|(name, _)| name != "HUBRIS_APP_TOML")
            .map(|(name, value)| format!("{name}: {}\n", value.trim_end()))
            .collect()
    }

    #[test]
    fn a_task_sees_itself_the_others_and_the_application() {
        let app = format!("config.answer = 42\n{APP}");
        let app = Repository::new(&app).load().unwrap();
        let variables = for_task(&app, "default", "driver").unwrap();
        assert_snapshot!(text(&variables), @r#"
        HUBRIS_TASKS: jefe,driver,idle
        HUBRIS_BOARD: dev
        HUBRIS_BUILD_VERSION: 0
        HUBRIS_BUILD_EPOCH: 0
        HUBRIS_APP_CONFIG: answer = 42
        HUBRIS_TASK_NAME: driver
        HUBRIS_TASK_CONFIG: name = "drv-widget-server"
        priority = 1
        start = true
        no-default-features = false
        features = []
        uses = ["widget"]
        notifications = ["rx-irq"]
        extern-regions = ["window"]
        copy-to-archive = []
        bindeps = []

        [[task-slots]]
        jefe = "jefe"

        [max-sizes]

        [interrupts]
        "widget.rx" = "rx-irq"

        [sections]
        HUBRIS_ALL_TASK_CONFIGS: [jefe]
        name = "task-jefe"
        priority = 0
        start = true
        no-default-features = false
        features = []
        uses = []
        notifications = ["fault", "timer"]
        extern-regions = []
        copy-to-archive = []
        task-slots = []
        bindeps = []

        [jefe.max-sizes]

        [jefe.interrupts]

        [jefe.sections]

        [driver]
        name = "drv-widget-server"
        priority = 1
        start = true
        no-default-features = false
        features = []
        uses = ["widget"]
        notifications = ["rx-irq"]
        extern-regions = ["window"]
        copy-to-archive = []
        bindeps = []

        [[driver.task-slots]]
        jefe = "jefe"

        [driver.max-sizes]

        [driver.interrupts]
        "widget.rx" = "rx-irq"

        [driver.sections]

        [idle]
        name = "task-idle"
        priority = 3
        stacksize = 256
        start = true
        no-default-features = false
        features = []
        uses = []
        notifications = []
        extern-regions = []
        copy-to-archive = []
        task-slots = []
        bindeps = []

        [idle.max-sizes]

        [idle.interrupts]

        [idle.sections]
        HUBRIS_TASK_EXTERN_REGIONS: window = [536903680, 4096]
        "#);
    }

    #[test]
    fn the_kernel_sees_its_configuration() {
        let app = Repository::new(APP).load().unwrap();
        let variables =
            for_kernel(&app, &KernelConfig::default(), 0x1234).unwrap();
        assert_snapshot!(text(&variables), @r#"
        HUBRIS_TASKS: jefe,driver,idle
        HUBRIS_BOARD: dev
        HUBRIS_BUILD_VERSION: 0
        HUBRIS_BUILD_EPOCH: 0
        HUBRIS_KCONFIG: (features:[],extern_regions:{},tasks:[],shared_regions:{},irqs:{})
        HUBRIS_IMAGE_ID: 4660
        HUBRIS_FLASH_OUTPUTS: [(name:"default",address:134217728,size:131072,read:true,write:false,execute:true,dma:false)]
        "#);
    }
}
