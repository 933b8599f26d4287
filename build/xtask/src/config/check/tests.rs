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
    assert_snapshot!(error_with("\"chip\"", "\"chips\""), @r#"error: app.toml:5: chip ("chips") leads to chips/chip.toml, which does not exist"#);
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

mod inheritance {
    use super::*;

    fn derived(text: &str) -> Repository {
        let top = format!("inherit = \"base.toml\"\n{text}");
        Repository::new(&top).with("base.toml", APP)
    }

    #[test]
    fn scalars_replace_and_arrays_append() {
        let app = derived(
            "name = \"other\"\n[tasks.driver]\npriority = 2\n\
             notifications = [\"timer\"]\n",
        )
        .load()
        .unwrap();
        assert_eq!(app.toml.name, "other");
        let driver = &app.toml.tasks["driver"];
        assert_eq!(driver.priority, 2);
        assert_eq!(driver.notifications, ["rx-irq", "timer"]);
        assert_eq!(driver.name, "drv-widget-server");
        assert_eq!(app.task_index("driver"), Some(1));
    }

    #[test]
    fn tasks_are_added_behind_the_inherited_ones() {
        let app = derived(
            "[tasks.added]\nname = \"task-idle\"\npriority = 2\n\
             [tasks.driver]\nstart = false\n",
        )
        .load()
        .unwrap();
        let order = ["jefe", "driver", "idle", "added"];
        assert_eq!(app.toml.tasks.keys().collect::<Vec<_>>(), order);
        let text = app.documents.app.text();
        let places = order.map(|name| text.find(&format!("[tasks.{name}]")));
        assert!(places.is_sorted() && places[0].is_some(), "{text}");
    }

    #[test]
    fn files_are_merged_from_left_to_right() {
        let repository = Repository::new("inherit = [\"a.toml\", \"b.toml\"]")
            .with("a.toml", APP)
            .with("b.toml", "name = \"b\"\n[tasks.driver]\nstart = false\n");
        let app = repository.load().unwrap();
        assert_eq!(app.toml.name, "b");
        assert!(!app.toml.tasks["driver"].start);
    }

    #[test]
    fn a_mistake_is_blamed_on_the_file_that_made_it() {
        assert_snapshot!(derived("[tasks.driver]\npriority = 3\n").error(), @r"
        error: app.toml:3: tasks.driver.priority (3) is not below that of idle (3), so driver might never run
          help: give idle a priority above 3
        ");
        let repository = Repository::new("inherit = \"base.toml\"")
            .with("base.toml", &APP.replace("[\"jefe\"]", "[\"jeff\"]"));
        assert_snapshot!(repository.error(), @r#"
        error: base.toml:23: tasks.driver.task-slots ("jeff") is no task
          help: did you mean "jefe"?
        "#);
    }

    #[test]
    fn an_inline_table_cannot_be_changed() {
        assert_snapshot!(derived("[kernel]\nrequires = { flash = 1 }\n").error(), @r"
        error: app.toml: kernel.requires: an inline table cannot be changed by inheritance
          help: write it as a [table] in the inherited file
        ");
    }

    #[test]
    fn a_type_cannot_change() {
        assert_snapshot!(derived("[tasks]\ndriver = 1\n").error(), @r"
        error: app.toml: tasks.driver: is of type integer here but of type table in base.toml
          help: give both the same type
        ");
    }

    #[test]
    fn a_file_is_inherited_once() {
        let repository = Repository::new("inherit = [\"a.toml\", \"b.toml\"]")
            .with("a.toml", "inherit = \"base.toml\"\n")
            .with("b.toml", "inherit = \"base.toml\"\n")
            .with("base.toml", APP);
        assert_snapshot!(repository.error(), @r"
        error: base.toml: inherited more than once
          help: list each file in one `inherit` only
        ");
    }

    #[test]
    fn the_merged_text_is_an_application_file_of_its_own() {
        let repository = derived("[tasks.driver]\npriority = 2\n");
        let merged = repository.load().unwrap().documents.app.text();
        let app = Repository::new(&merged).load().unwrap();
        assert_eq!(app.toml.tasks["driver"].priority, 2);
        assert_eq!(app.task_index("idle"), Some(2));
    }
}
