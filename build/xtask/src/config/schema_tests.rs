// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Every key of every file, and what is taken where a key is left out.

use super::Amount;
use super::sample::{APP, MEMORY, Repository};

/// Uses all keys that are supported.
const FULL: &str = r#"
name = "full"
target = "thumbv7em-none-eabihf"
board = "dev"
chip = "chip"
memory = "large.toml"
default-ram = "sram"
stacksize = 512
epoch = 3
version = 7
image-names = ["a", "b"]

[kernel]
name = "full-kernel"
requires = { flash = 16384, dtcm = 2048 }
stacksize = 640
features = ["dump"]
no-default-features = true
extern-regions = [{ region = "sram", shared = true }, { region = "window" }]
default-ram = "dtcm"

[caboose]
region = "flash"
size = 256
tasks = ["driver"]

[extratext.rom]
address = 0x1ff0_0000
size = 0x1000

[config]
answer = 42

[tasks.jefe]
name = "task-jefe"
priority = 0
features = ["dump"]
notifications = ["fault", "timer"]

[tasks.driver]
name = "drv-widget-server"
priority = 2
start = true
stacksize = 1000
max-sizes = { flash = 8192, dtcm = 2048 }
features = ["one", "two"]
no-default-features = true
uses = ["widget", "rom"]
notifications = ["rx-irq", "timer"]
interrupts = { "widget.rx" = "rx-irq", "widget.tx" = "rx-irq" }
task-slots = ["jefe", { agent = "dump_agent" }, { me = "driver" }]
extern-regions = ["window"]
default-ram = "dtcm"
copy-to-archive = ["table"]
bindeps = [
    { name = "helper", target = "thumbv6m-none-eabi", features = ["small"] },
]

[tasks.driver.sections]
eth_bulk = "bulk"

[tasks.driver.config]
table = "table.bin"

[tasks.dump_agent]
name = "task-dump-agent"
priority = 1

[tasks.idle]
name = "task-idle"
priority = 3
"#;

/// Two of each memory, for two images.
fn memories() -> String {
    let of_image = |image: &str, flash: u32| {
        format!(
            r#"
[[flash]]
name = "{image}"
address = {flash}
size = 0x2_0000
read = true
execute = true

[[sram]]
name = "{image}"
address = 0x2000_0000
size = 0x8000
read = true
write = true

[[dtcm]]
name = "{image}"
address = 0x2001_0000
size = 0x8000
read = true
write = true

[[window]]
name = "{image}"
address = 0x2002_0000
size = 0x1000
read = true
write = true
dma = true

[[bulk]]
name = "{image}"
address = 0x2003_0000
size = 0x1000
read = true
write = true
dma = true
"#
        )
    };
    of_image("a", 0x0800_0000) + &of_image("b", 0x0802_0000)
}

#[test]
fn every_key_has_its_effect() {
    let repository = Repository::new(FULL).with("chip/large.toml", &memories());
    let app = repository.load().unwrap_or_else(|e| panic!("{e}"));
    let toml = &app.toml;
    assert_eq!((toml.epoch, toml.version), (3, 7));
    assert_eq!(toml.image_names, ["a", "b"]);
    assert_eq!(toml.kernel.stacksize, 640);
    assert!(toml.kernel.no_default_features);
    assert!(toml.kernel.extern_regions[0].shared);
    assert!(!toml.kernel.extern_regions[1].shared);
    assert_eq!(app.kernel_ram(), "dtcm");
    assert_eq!(
        toml.config.as_ref().unwrap()["answer"].as_integer(),
        Some(42)
    );
    assert_eq!(app.used_span("rom"), Some((0x1ff0_0000, 0x1000)));
    assert_eq!(app.memory("b", "flash").unwrap().address, 0x0802_0000);

    let driver = &toml.tasks["driver"];
    assert!(driver.start && driver.no_default_features);
    assert_eq!(app.task_stack(driver), 1000);
    assert_eq!(app.task_ram(driver), "dtcm");
    assert_eq!(driver.max_sizes["flash"], 8192);
    assert_eq!(driver.sections["eth_bulk"], "bulk");
    assert_eq!(driver.task_slots["agent"], "dump_agent");
    assert_eq!(driver.bindeps[0].features, ["small"]);
    // Two interrupts of a peripheral may share a notification.
    let numbers: Vec<_> = app.interrupts().iter().map(|i| i.number).collect();
    assert_eq!(numbers, [7, 8]);

    let jefe = &toml.tasks["jefe"];
    assert_eq!(app.task_stack(jefe), 512);
    assert_eq!(app.task_ram(jefe), "sram");
}

#[test]
fn a_key_that_is_left_out_has_its_default() {
    let app = Repository::new(APP).load().unwrap();
    let toml = &app.toml;
    assert_eq!(toml.memory, "memory.toml");
    assert_eq!(toml.default_ram, "ram");
    assert_eq!((toml.epoch, toml.version), (0, 0));
    assert_eq!(toml.image_names, ["default"]);
    assert_eq!(toml.kernel.stacksize, 1024);
    assert!(!toml.kernel.no_default_features);
    assert!(toml.config.is_none() && toml.caboose.is_none());

    let app = APP.replace(
        "name = \"task-jefe\"\npriority = 0\nstart = true",
        "name = \"task-jefe\"\npriority = 0",
    );
    let app = Repository::new(&app).load().unwrap();
    assert!(!app.toml.tasks["jefe"].start);
    let ram = app.memory("default", "ram").unwrap();
    assert!(ram.read && ram.write && !ram.execute && !ram.dma);
}

#[test]
fn ram_in_a_table_of_sizes_is_the_default_whatever_that_is_called() {
    let sizes = |app: &str| {
        let repository =
            Repository::new(app).with("chip/large.toml", &memories());
        let app = repository.load().unwrap_or_else(|e| panic!("{e}"));
        let name = |a: &Amount<'_>| (a.memory.to_owned(), a.bytes);
        let kernel: Vec<_> = app.kernel_requires().iter().map(name).collect();
        let driver = &app.toml.tasks["driver"];
        let driver: Vec<_> = app.task_limits(driver).iter().map(name).collect();
        (kernel, driver)
    };
    let full = sizes(FULL);
    assert_eq!(full.0[1], ("dtcm".to_owned(), 2048));
    let short = FULL
        .replace("dtcm = 2048 }\nstacksize", "ram = 2048 }\nstacksize")
        .replace("dtcm = 2048 }\nfeatures", "ram = 2048 }\nfeatures");
    assert_ne!(short, FULL);
    assert_eq!(sizes(&short), full);

    let both = FULL.replace("dtcm = 2048 }\nf", "dtcm = 2048, ram = 1 }\nf");
    let repository =
        Repository::new(&both).with("chip/large.toml", &memories());
    let error = repository.error();
    let expected =
        "max-sizes.ram is the same memory as tasks.driver.max-sizes.dtcm";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_board_names_the_chip_that_a_probe_finds() {
    let repository = Repository::new(APP)
        .with("boards/dev.toml", "[probe-rs]\nchip-name = \"STM32WL55\"\n");
    let app = repository.load().unwrap();
    assert_eq!(app.probe_chip.as_deref(), Some("STM32WL55"));
    assert_eq!(Repository::new(APP).load().unwrap().probe_chip, None);
}

#[test]
fn a_key_that_is_needed_is_missed() {
    for (line, key) in [
        ("name = \"sample\"\n", "name"),
        ("board = \"dev\"\n", "board"),
        ("chip = \"chip\"\n", "chip"),
        ("name = \"drv-widget-server\"\npriority", "name"),
        ("requires = { flash = 16384, ram = 2048 }\n", "requires"),
    ] {
        let rest = if line.ends_with("priority") {
            "priority"
        } else {
            ""
        };
        let error = Repository::new(&APP.replacen(line, rest, 1)).error();
        let expected = format!("missing field `{key}`");
        assert!(error.contains(&expected), "{line}: {error}");
    }
    let error = Repository::new(&APP.replace("stacksize = 1024\n", "")).error();
    assert!(error.contains("tasks.jefe.stacksize is missing"), "{error}");
}

#[test]
fn a_memory_has_one_entry_per_image() {
    let twice = format!("{MEMORY}\n[[window]]\naddress = 0\nsize = 32\n");
    let repository = Repository::new(APP).with("chip/memory.toml", &twice);
    let error = repository.error();
    assert!(error.contains("more than one entry for image"), "{error}");
}
