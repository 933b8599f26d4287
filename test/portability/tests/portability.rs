// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Drivers, tasks and interfaces can be moved to another tree.

use idol::syntax::Interface;
use std::collections::BTreeSet;
use std::path::Path;
use test_portability::{
    Exports, Manifest, Surface, Usage, display, files, read, usages,
};

/// What has to be portable: the directories that other trees have, too, and the
/// libraries that would move with them.
const PORTABLE: [&str; 4] =
    ["drv/*", "task/*", "lib/ipcc-channel", "lib/mailbox"];

/// Where the interface crates are. `kern` is not among them: no task uses it.
const INTERFACES: &[(&str, &str)] = &[
    ("abi", "sys/abi"),
    ("armv6m_atomic_hack", "lib/armv6m-atomic-hack"),
    ("build_stm32xx_sys", "build/stm32xx-sys"),
    ("build_util", "build/util"),
    ("counters", "lib/counters"),
    ("derive_idol_err", "lib/derive-idol-err"),
    ("fixedmap", "lib/fixedmap"),
    ("hubris_num_tasks", "sys/num-tasks"),
    ("hubris_task_names", "sys/task-names"),
    ("idol", "build/idol"),
    ("idol_runtime", "sys/idol-runtime"),
    ("multitimer", "lib/multitimer"),
    ("mutable_statics", "lib/mutable-statics"),
    ("ringbuf", "lib/ringbuf"),
    ("static_cell", "lib/static-cell"),
    ("task_config", "lib/task-config"),
    ("toml_task", "lib/toml-task"),
    ("unwrap_lite", "lib/unwrap-lite"),
    ("userlib", "sys/userlib"),
    ("volatile_const", "lib/volatile-const"),
];

/// Third-party crates whose versions the root of any such tree determines.
const INHERITED: &[&str] = &[
    "anyhow",
    "bitflags",
    "bstringify",
    "cfg-if",
    "cortex-m",
    "cortex-m-rt",
    "enum-map",
    "hubpack",
    "idol",
    "idol-runtime",
    "num-derive",
    "num-traits",
    "paste",
    "serde",
    "ssmarshal",
    "zerocopy",
    "zerocopy-derive",
];

/// Uses that are no mistake: file, path, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "drv/stm32xx-sys/build.rs",
    "build_stm32xx_sys::build_gpio_irq_sources",
    "the server's half of that crate, which moves with the server",
)];

/// Sources, but for tests: they stay here.
fn sources() -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for directory in PORTABLE {
        for pattern in ["build.rs", "src/**/*.rs"] {
            let found = files(&format!("{directory}/{pattern}")).unwrap();
            for path in found {
                let name = display(&path);
                if name.contains("/tests/") || name.ends_with("/tests.rs") {
                    continue;
                }
                sources.push((name, read(&path).unwrap()));
            }
        }
    }
    assert!(sources.len() > 50, "the sources have moved");
    sources
}

#[track_caller]
fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_path_is_in_a_public_interface() {
    let surface = Surface::load().unwrap();
    let mut exceptions: BTreeSet<_> = EXCEPTIONS.iter().collect();
    let mut found = Vec::new();
    for (file, text) in sources() {
        for (usage, line) in usages(&text).unwrap() {
            let Usage::Path(path) = usage else { continue };
            if surface.allows(&path) {
                continue;
            }
            let path = path.join("::");
            let same = |e: &&(&str, &str, &str)| e.0 == file && e.1 == path;
            if EXCEPTIONS.iter().any(|e| same(&e)) {
                exceptions.retain(|e| !same(e));
                continue;
            }
            found.push(format!("{file}:{line}: {path}"));
        }
    }
    assert_none(&found);
    assert!(
        exceptions.is_empty(),
        "nobody needs {exceptions:?} any more"
    );
}

#[test]
fn no_member_is_used_that_only_our_crates_have() {
    let surface = Surface::load().unwrap();
    let mut ours = BTreeSet::new();
    let mut ours_when_building = BTreeSet::new();
    for (_, directory) in INTERFACES {
        let members = Exports::read(directory).unwrap().members;
        let members = members.into_iter().filter(|m| !surface.has_member(m));
        match directory.starts_with("build/") {
            true => ours_when_building.extend(members),
            false => ours.extend(members),
        }
    }
    // What portable crates define themselves is theirs.
    for directory in PORTABLE {
        for manifest in files(&format!("{directory}/Cargo.toml")).unwrap() {
            let directory = manifest.parent().unwrap();
            let theirs = Exports::read(&display(directory)).unwrap().members;
            ours.retain(|member| !theirs.contains(member));
        }
    }
    let mut found = Vec::new();
    for (file, text) in sources() {
        for (usage, line) in usages(&text).unwrap() {
            if let Usage::Member(member) = usage
                && (ours.contains(&member)
                    || file.ends_with("/build.rs")
                        && ours_when_building.contains(&member))
            {
                found.push(format!("{file}:{line}: .{member}"));
            }
        }
    }
    assert_none(&found);
}

#[test]
fn our_crates_have_all_that_is_in_the_interfaces() {
    let surface = Surface::load().unwrap();
    let mut found = Vec::new();
    let listed: BTreeSet<_> = surface.crates().collect();
    let known: BTreeSet<_> = INTERFACES.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, known);
    for (name, directory) in INTERFACES {
        let mut words = Exports::read(directory).unwrap().words;
        if *name == "userlib" {
            words.extend(Exports::read("sys/abi").unwrap().words);
            words.extend(Exports::read("sys/userlib-units").unwrap().words);
            words.extend(Exports::read("lib/unwrap-lite").unwrap().words);
        }
        for item in surface.names(name) {
            if !words.contains(item) {
                found.push(format!("{name} lacks {item}"));
            }
        }
    }
    assert_none(&found);
}

#[test]
fn dependencies_are_interfaces_or_portable_themselves() {
    let surface = Surface::load().unwrap();
    let interfaces: Vec<&str> =
        INTERFACES.iter().map(|(_, directory)| *directory).collect();
    let portable: BTreeSet<String> = manifests()
        .iter()
        .map(|(file, _)| file.trim_end_matches("/Cargo.toml").to_owned())
        .collect();
    let mut found = Vec::new();
    for (file, manifest) in manifests() {
        for dependency in &manifest.dependencies {
            let name = &dependency.name;
            if let Some(path) = &dependency.path {
                let target = normalise(Path::new(&file), path);
                if !interfaces.contains(&target.as_str())
                    && !portable.contains(&target)
                {
                    found.push(format!("{file}: {target} is neither"));
                }
            } else if dependency.is_inherited
                && !INHERITED.contains(&name.as_str())
            {
                found.push(format!("{file}: no other root has {name}"));
            }
            let krate = name.replace('-', "_");
            for feature in &dependency.features {
                if surface.has_crate(&krate)
                    && !surface.has_feature(&krate, feature)
                {
                    found.push(format!("{file}: {name} has no {feature}"));
                }
            }
        }
        for feature in &manifest.forwarded {
            let (name, feature) = feature.split_once('/').unwrap();
            let krate = name.trim_end_matches('?').replace('-', "_");
            if surface.has_crate(&krate)
                && !surface.has_feature(&krate, feature)
            {
                found.push(format!("{file}: {name} has no {feature}"));
            }
        }
    }
    assert_none(&found);
}

#[test]
fn packages_describe_themselves() {
    let mut found = Vec::new();
    for (file, manifest) in manifests() {
        for key in manifest.inherited {
            found.push(format!("{file}: no other root has {key}"));
        }
    }
    assert_none(&found);
}

#[test]
fn no_lease_is_both_read_and_written() {
    // The runtime of the interface specification has no constructor for it
    // (4.9), so a server with such a lease compiles only here.
    let mut found = Vec::new();
    let interfaces = files("idl/*.idol").unwrap();
    assert!(!interfaces.is_empty());
    for path in interfaces {
        let interface: Interface = read(&path).unwrap().parse().unwrap();
        for (operation, described) in &interface.ops {
            for (lease, described) in &described.leases {
                if described.read && described.write {
                    let file = display(&path);
                    let (operation, lease) = (&operation.0, &lease.0);
                    found.push(format!("{file}: {operation}: {lease}"));
                }
            }
        }
    }
    assert_none(&found);
}

/// The manifests of portable crates.
fn manifests() -> Vec<(String, Manifest)> {
    let mut manifests = Vec::new();
    for directory in PORTABLE {
        for path in files(&format!("{directory}/Cargo.toml")).unwrap() {
            manifests.push((display(&path), Manifest::read(&path).unwrap()));
        }
    }
    manifests
}

/// The directory that a manifest names, relative to the root.
fn normalise(manifest: &Path, path: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let directory = manifest.parent().unwrap().join(path);
    for part in directory.components() {
        match part.as_os_str().to_str().unwrap() {
            ".." => drop(parts.pop()),
            part => parts.push(part.to_owned()),
        }
    }
    parts.join("/")
}
