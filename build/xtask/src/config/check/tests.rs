// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What people are told about their mistakes.

use crate::config::App;
use crate::config::sample::{APP, CHIP, MEMORY, Repository};
use crate::diagnostic::render;
use insta::assert_snapshot;

/// The message about the sample application with `old` replaced by `new`.
fn error_with(old: &str, new: &str) -> String {
    assert!(APP.contains(old), "the sample has no {old:?}");
    Repository::new(&APP.replace(old, new)).error()
}

#[test]
fn the_sample_is_correct() {
    let app = Repository::new(APP).load().unwrap();
    assert_eq!(app.task_index("idle"), Some(2));
    assert_eq!(app.interrupts()[0].number, 7);
}

#[test]
fn a_missing_file_is_named() {
    let repository = Repository::new(APP);
    let root = repository.root();
    let error = App::load(root, &root.join("ap.toml")).unwrap_err();
    let root = format!("{}/", root.display());
    assert_snapshot!(render(&error).replace(&root, ""), @r"
    error: ap.toml: no such application file
      help: application files are app.toml
    ");
}

#[test]
fn a_folder_is_answered_with_the_file_in_it() {
    let repository = Repository::new(APP);
    let root = repository.root();
    let error = App::load(root, root).unwrap_err();
    let root = root.display().to_string();
    assert_snapshot!(render(&error).replace(&root, "root"), @r"
    error: root: no such application file
      help: that is a folder; name root/app.toml
    ");
}

#[test]
fn text_that_is_not_toml_is_shown() {
    assert_snapshot!(error_with("board = \"dev\"", "board = dev"), @r"
    error: app.toml: TOML parse error at line 4, column 9
             |
           4 | board = dev
             |         ^^^
           string values must be quoted, expected literal string
    ");
}

#[test]
fn an_unknown_key_is_named_with_the_closest_known_one() {
    assert_snapshot!(error_with("uses =", "use ="), @r#"
    error: app.toml:22: unknown key tasks.driver.use
      help: did you mean "uses"?
    "#);
    assert_snapshot!(error_with("stacksize = 1024", "stack-size = 1024"), @r#"
    error: app.toml:6: unknown key stack-size
      help: did you mean "stacksize"?
    "#);
    let chip = CHIP.replace("size = 0x600", "length = 0x600");
    let repository = Repository::new(APP).with("chip/chip.toml", &chip);
    assert_snapshot!(repository.error(), @r"
    error: chip/chip.toml:14: unknown key odd.length
      help: known keys are address, size, interrupts
    ");
}

#[test]
fn a_key_of_older_files_is_refused_with_what_replaces_it() {
    assert_snapshot!(error_with("\n[kernel]", "supervisor.notification = 1\n[kernel]"), @r"
    error: app.toml:7: unknown key supervisor
      help: the first task is the supervisor
    ");
    let app = APP.replace("uses = [", "requires = { flash = 8192 }\nuses = [");
    assert_snapshot!(Repository::new(&app).error(), @r"
    error: app.toml:22: unknown key tasks.driver.requires
      help: limit a task's size with max-sizes
    ");
    let app = format!("peripherals = {{}}\noutputs = {{}}\n{APP}");
    assert_snapshot!(Repository::new(&app).error(), @r"
    error: app.toml:1: unknown key peripherals
      help: describe peripherals in the chip's chip.toml
    error: app.toml:2: unknown key outputs
      help: describe memories in the chip's memory.toml
    ");
}

#[test]
fn tables_that_are_not_supported_are_refused() {
    for key in ["mmio", "auxflash", "signing"] {
        let error = Repository::new(&format!("{key} = {{}}\n{APP}")).error();
        let expected = format!("app.toml:1: {key} is not supported");
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_key() {
    assert_snapshot!(error_with("priority = 1", "priority = \"high\""), @r#"error: app.toml:20: tasks.driver.priority: invalid type: string "high", expected u8"#);
}

#[test]
fn unknown_names_at_the_top_are_explained() {
    assert_snapshot!(error_with("thumbv7em-none-eabi", "thumbv7m-none-eabi"), @r#"
    error: app.toml:3: target ("thumbv7m-none-eabi") is not supported
      help: targets are thumbv6m-none-eabi, thumbv7em-none-eabi, thumbv7em-none-eabihf, thumbv8m.main-none-eabihf
    "#);
    assert_snapshot!(error_with("\"dev\"", "\"devv\""), @r#"
    error: app.toml:4: board ("devv") has no file boards/devv.toml
      help: did you mean "dev"?
    "#);
    assert_snapshot!(error_with("\"chip\"", "\"chips\""), @r#"
    error: app.toml:5: chip ("chips") leads to chips/chip.toml, which does not exist
      help: it is the directory of chip.toml, relative to this file
    "#);
}

#[test]
fn a_slot_has_to_lead_to_a_task() {
    assert_snapshot!(error_with("[\"jefe\"]", "[\"jeff\"]"), @r#"
    error: app.toml:23: tasks.driver.task-slots ("jeff") is no task
      help: did you mean "jefe"?
    "#);
}

#[test]
fn a_slot_has_to_lead_to_a_more_important_task() {
    assert_snapshot!(error_with("[\"jefe\"]", "[\"jefe\", \"idle\"]"), @r#"
    error: app.toml:23: tasks.driver.task-slots ("idle"): Priority inversion: driver (priority 1) would
           wait for idle (priority 3), which is not more important
      help: give driver a priority number above 3
    "#);
}

#[test]
fn a_slot_to_oneself_is_fine() {
    let app = APP.replace("[\"jefe\"]", "[\"jefe\", { me = \"driver\" }]");
    assert!(Repository::new(&app).load().is_ok());
}

#[test]
fn priorities_leave_the_ends_to_supervisor_and_idle() {
    assert_snapshot!(error_with("priority = 3", "priority = 1"), @r"
    error: app.toml:20: tasks.driver.priority (1) is not below that of idle (1), so driver might never run
      help: give idle a priority above 1
    ");
    assert_snapshot!(error_with("priority = 1", "priority = 0"), @r#"
    error: app.toml:20: tasks.driver.priority (0) is reserved for the supervisor, the first task
      help: use 1 or more
    error: app.toml:23: tasks.driver.task-slots ("jefe"): Priority inversion: driver (priority 0) would
           wait for jefe (priority 0), which is not more important
      help: give driver a priority number above 0
    "#);
    assert_snapshot!(
        error_with(
            "[tasks.jefe]\nname = \"task-jefe\"\npriority = 0",
            "[tasks.jefe]\nname = \"task-jefe\"\npriority = 1",
        ),
        @r#"
    error: app.toml:14: tasks.jefe.priority (1) has to be 0, because the first task is the supervisor
      help: list the supervisor first, with priority = 0
    error: app.toml:23: tasks.driver.task-slots ("jefe"): Priority inversion: driver (priority 1) would
           wait for jefe (priority 1), which is not more important
      help: give driver a priority number above 1
    "#
    );
}

#[test]
fn idle_is_not_optional() {
    assert_snapshot!(error_with("[tasks.idle]", "[tasks.rest]"), @r"
    error: app.toml:12: tasks has no task called idle
      help: add one: the kernel panics when no task is runnable
    ");
}

#[test]
fn a_task_is_named_like_a_rust_item() {
    assert_snapshot!(error_with("tasks.driver", "tasks.my-driver"), @r"
    error: app.toml:18: tasks.my-driver is not a Rust identifier
      help: use another name, such as my_task
    ");
}

#[test]
fn interrupts_have_to_exist_and_to_be_notified() {
    assert_snapshot!(error_with("\"widget.rx\"", "\"widget.rc\""), @r#"
    error: app.toml:25: tasks.driver.interrupts ("rc") is no interrupt of widget
      help: known are rx, tx
    "#);
    assert_snapshot!(error_with("\"widget.rx\"", "\"vidget.rx\""), @r#"
    error: app.toml:25: tasks.driver.interrupts ("vidget") is no peripheral
      help: did you mean "widget"?
    "#);
    assert_snapshot!(
        error_with("notifications = [\"rx-irq\"]", "notifications = []"),
        @r#"
    error: app.toml:25: tasks.driver.interrupts."widget.rx" ("rx-irq") is not in the notifications of driver
      help: notifications = ["rx-irq"]
    "#
    );
    let app = APP.replace("rx-irq", "rx");
    assert_snapshot!(Repository::new(&app).error(), @r#"
    error: app.toml:25: tasks.driver.interrupts."widget.rx" ("rx") does not end in "-irq"
      help: call it "rx-irq"
    "#);
}

#[test]
fn a_peripheral_has_to_exist_and_to_be_a_region() {
    assert_snapshot!(error_with("[\"widget\"]", "[\"midget\"]"), @r#"
    error: app.toml:22: tasks.driver.uses ("midget") is no peripheral
      help: did you mean "widget"?
    "#);
    assert_snapshot!(error_with("[\"widget\"]", "[\"odd\"]"), @r"
    error: chip/chip.toml:12: odd (0x40000a00, 1536 bytes) cannot be protected
      help: on thumbv7em-none-eabi, a region's size is a power of two of at least 32, and its address a multiple of that
    ");
}

#[test]
fn the_regions_of_a_task_are_disjoint() {
    let chip = CHIP.replace("0x4000_0400", "0x4000_0200");
    let app = APP.replace("[\"widget\"]", "[\"widget\", \"gadget\"]");
    let repository = Repository::new(&app).with("chip/chip.toml", &chip);
    assert_snapshot!(repository.error(), @r"
    error: chip/chip.toml:7: gadget (0x40000200, 1024 bytes) cannot be protected
      help: on thumbv7em-none-eabi, a region's size is a power of two of at least 32, and its address a multiple of that
    error: app.toml:18: tasks.driver: gadget (0x40000200, 1024 bytes)
           overlaps widget (0x40000000, 1024 bytes)
      help: the regions of a task must be disjoint
    ");
}

#[test]
fn memories_are_disjoint() {
    let memory = MEMORY.replace("0x2000_8000", "0x2000_7000");
    let repository = Repository::new(APP).with("chip/memory.toml", &memory);
    assert_snapshot!(repository.error(), @r"
    error: chip/memory.toml:14: window (0x20007000, 4096 bytes)
           overlaps ram (0x20000000, 32768 bytes)
      help: memories must be disjoint; ram ends at 0x20008000
    ");
}

#[test]
fn a_memory_is_either_cut_up_or_mapped_whole() {
    assert_snapshot!(error_with("[\"window\"]", "[\"ram\"]"), @r#"
    error: app.toml:26: tasks.driver.extern-regions ("ram") is also used for allocation, by task idle
      help: split the memory in the memory file, one entry for each purpose
    "#);
}

#[test]
fn a_stack_needs_memory_that_the_kernel_touches() {
    assert_snapshot!(
        error_with("stacksize = 256", "stacksize = 256\ndefault-ram = \"shared\""),
        @r#"
    error: app.toml:33: tasks.idle.default-ram ("shared") is declared with dma = true,
           so the kernel would not copy messages to or from it
      help: place statics shared with other bus masters there through `sections` instead
    "#
    );
}

#[test]
fn stacks_are_multiples_of_eight() {
    assert_snapshot!(error_with("stacksize = 256", "stacksize = 250"), @r"
    error: app.toml:32: tasks.idle.stacksize (250) is not a multiple of 8 bytes
      help: use 256
    ");
}

#[test]
fn a_task_has_seven_regions() {
    let peripherals: String = (0..6)
        .map(|i| format!("[p{i}]\naddress = {}\nsize = 1024\n", i * 1024))
        .collect();
    let app =
        APP.replace("[\"widget\"]", r#"["p0", "p1", "p2", "p3", "p4", "p5"]"#);
    let repository = Repository::new(&app)
        .with("chip/chip.toml", &format!("{CHIP}{peripherals}"));
    assert_snapshot!(repository.error(), @r"
    error: app.toml:18: tasks.driver needs 9 protection regions, but a task can have 7:
           2 for its own memories and 7 for uses, extern-regions and the caboose
      help: map neighbouring peripherals as one, with an entry in the chip file that spans them
    ");
}

#[test]
fn dump_support_is_complete_or_absent() {
    let features = "requires = { flash = 16384, ram = 2048 }";
    assert_snapshot!(
        error_with(features, &format!("{features}\nfeatures = [\"dump\"]")),
        @r#"
    error: app.toml:11: kernel.features: dump support is half-configured:
           kernel.features has "dump",
           but it is not so that the supervisor's features have "dump", nor that there is a task dump_agent
      help: configure all three parts, or none
    "#
    );
}

#[test]
fn kernel_sizes_are_multiples_of_four() {
    assert_snapshot!(error_with("ram = 2048", "ram = 2046"), @r"
    error: app.toml:10: kernel.requires.ram (2046) is not a multiple of 4 bytes
      help: use 2048
    ");
}

#[test]
fn sizes_fit_their_memory() {
    assert_snapshot!(error_with("ram = 2048", "ram = 65536"), @r"error: app.toml:10: kernel.requires.ram (65536) is larger than ram (32768 bytes)");
}

#[test]
fn outputs_can_be_called_like_the_application_and_its_images() {
    assert_snapshot!(error_with("\"sample\"", "\"../sample\""), @r#"
    error: app.toml:2: name ("../sample") cannot be the name of a directory
      help: use letters, digits and hyphens
    "#);
    let error = |names: &str| {
        Repository::new(&format!("image-names = {names}\n{APP}")).error()
    };
    assert_snapshot!(error("[]"), @r#"
    error: app.toml:1: image-names is empty
      help: leave it out: there is one image, "default"
    "#);
    assert_snapshot!(error(r#"["default", "default"]"#), @r#"error: app.toml:1: image-names ("default") is listed twice"#);
    assert_snapshot!(error(r#"["defaults"]"#), @r#"
    error: app.toml:1: image-names ("defaults") is no image of the memory file
      help: did you mean "default"?
    "#);
}

#[test]
fn what_is_missing_for_an_image_is_told_once() {
    let memory = MEMORY.replacen("[[flash]]", "[[flash]]\nname = \"a\"", 1);
    let app = format!("image-names = [\"a\"]\n{APP}");
    let memory = memory.replacen("[[window]]", "[[window]]\nname = \"a\"", 1);
    let repository = Repository::new(&app).with("chip/memory.toml", &memory);
    assert_snapshot!(repository.error(), @r#"
    error: app.toml: default-ram ("ram") has no entry for image "a" in
           chip/memory.toml:9: ram
      help: add [[ram]] with name = "a"
    "#);
}

#[test]
fn a_notification_is_a_constant_of_its_own() {
    let list = |names: &str| error_with("[\"fault\", \"timer\"]", names);
    assert_snapshot!(list(r#"["fault", "1st"]"#), @r#"
    error: app.toml:16: tasks.jefe.notifications ("1st") cannot be the name of a constant
      help: use letters, digits and hyphens, starting with a letter
    "#);
    assert_snapshot!(list(r#"["fault", "a-b", "a_b"]"#), @r"
    error: app.toml:16: tasks.jefe.notifications: there are two notifications for the constant A_B_MASK
      help: inherited lists append; remove one of the two
    ");
}

#[test]
fn a_region_that_is_listed_twice_is_one_region() {
    let app = APP
        .replace("[\"widget\"]", "[\"widget\", \"widget\"]")
        .replace("[\"window\"]", "[\"window\", \"window\"]");
    let app = Repository::new(&app).load().unwrap();
    let driver = &app.toml.tasks["driver"];
    assert_eq!(super::mapped_regions(&app, "driver", driver), 2);
}

#[test]
fn a_region_has_one_meaning() {
    let rom = "extratext = { widget = { address = 0, size = 1024 } }\n";
    assert_snapshot!(Repository::new(&format!("{rom}{APP}")).error(), @r"
    error: app.toml:1: extratext.widget is the name of a peripheral, too, in
           chip/chip.toml:2: widget
      help: call it something else
    ");
}

#[test]
fn the_caboose_is_part_of_the_image() {
    let caboose = "caboose = { region = \"ram\", size = 256 }\n";
    assert_snapshot!(Repository::new(&format!("{caboose}{APP}")).error(), @r#"
    error: app.toml:1: caboose.region ("ram") is not part of the image
      help: use "flash"
    "#);
}

#[test]
fn what_a_build_will_look_for_is_there() {
    let with = |key: &str| {
        error_with("stacksize = 256", &format!("stacksize = 256\n{key}"))
    };
    assert_snapshot!(with("copy-to-archive = [\"table\"]"), @r#"
    error: app.toml:33: tasks.idle.copy-to-archive ("table") is no string in the task's config
      help: add table = "<file>" to [tasks.idle.config]
    "#);
    assert_snapshot!(with("bindeps = [{ name = \"x\", target = \"thumbv6m-none\" }]"), @r#"
    error: app.toml:33: tasks.idle.bindeps ("thumbv6m-none") is no supported target
      help: did you mean "thumbv6m-none-eabi"?
    "#);
}

#[test]
fn a_value_of_another_kind_is_told_from_what_it_should_be() {
    assert_snapshot!(error_with("[\"jefe\"]", "[\"jefe\", 5]"), @r"error: app.toml:23: tasks.driver.task-slots[1]: a task slot is a name or a table with one entry");
    assert_snapshot!(error_with("[tasks.idle]", "[tasks]\nx = 5\n[tasks.idle]"), @"error: app.toml:29: tasks.x: invalid type: integer `5`, expected a table with the keys of a task");
    let kernel = "[kernel]\nextern-regions = [\"window\"]";
    assert_snapshot!(error_with("[kernel]", kernel), @r#"error: app.toml:9: kernel.extern-regions[0]: invalid type: string "window", expected a table such as { region = "ram" }"#);
}

#[test]
fn several_mistakes_are_told_at_once() {
    let app = APP
        .replace("[\"widget\"]", "[\"midget\"]")
        .replace("[\"jefe\"]", "[\"jeff\"]");
    assert_snapshot!(Repository::new(&app).error(), @r#"
    error: app.toml:23: tasks.driver.task-slots ("jeff") is no task
      help: did you mean "jefe"?
    error: app.toml:22: tasks.driver.uses ("midget") is no peripheral
      help: did you mean "widget"?
    "#);
}
