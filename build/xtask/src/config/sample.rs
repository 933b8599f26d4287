// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A small application without mistakes, for tests.

use super::App;
use crate::diagnostic::render;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Its chip file.
pub const CHIP: &str = r#"
[widget]
address = 0x4000_0000
size = 0x400
interrupts = { rx = 7, tx = 8 }

[gadget]
address = 0x4000_0400
size = 0x400
interrupts = { irq = 9 }

[odd]
address = 0x4000_0a00
size = 0x600
"#;

/// Its memory file.
pub const MEMORY: &str = r#"
[[flash]]
address = 0x0800_0000
size = 0x2_0000
read = true
execute = true

[[ram]]
address = 0x2000_0000
size = 0x8000
read = true
write = true

[[window]]
address = 0x2000_8000
size = 0x1000
read = true
write = true

[[shared]]
address = 0x2000_9000
size = 0x1000
read = true
write = true
dma = true
"#;

/// Its application file.
pub const APP: &str = r#"
name = "sample"
target = "thumbv7em-none-eabi"
board = "dev"
chip = "chip"
stacksize = 1024

[kernel]
name = "sample-kernel"
requires = { flash = 16384, ram = 2048 }

[tasks.jefe]
name = "task-jefe"
priority = 0
start = true
notifications = ["fault", "timer"]

[tasks.driver]
name = "drv-widget-server"
priority = 1
start = true
uses = ["widget"]
task-slots = ["jefe"]
notifications = ["rx-irq"]
interrupts = { "widget.rx" = "rx-irq" }
extern-regions = ["window"]

[tasks.idle]
name = "task-idle"
priority = 3
start = true
stacksize = 256
"#;

/// A repository with one application.
pub struct Repository(TempDir);

impl Repository {
    /// With the sample's other files.
    pub fn new(app: &str) -> Self {
        let folder = TempDir::new().unwrap();
        for sub in ["chip", "boards"] {
            fs::create_dir(folder.path().join(sub)).unwrap();
        }
        Self(folder)
            .with("chip/chip.toml", CHIP)
            .with("chip/memory.toml", MEMORY)
            .with("boards/dev.toml", "")
            .with("app.toml", app)
    }

    /// With another file, or another text for one.
    pub fn with(self, name: &str, text: &str) -> Self {
        fs::write(self.0.path().join(name), text).unwrap();
        self
    }

    /// Its root.
    pub fn root(&self) -> &Path {
        self.0.path()
    }

    /// Reads and checks the application.
    pub fn load(&self) -> anyhow::Result<App> {
        let root = self.0.path();
        App::load(root, &root.join("app.toml"))
    }

    /// The message, without the directory that differs from run to run.
    pub fn error(&self) -> String {
        let error = self.load().expect_err("there is a mistake");
        let root = format!("{}/", self.0.path().display());
        render(&error).replace(&root, "")
    }
}
