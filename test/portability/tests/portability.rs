// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Drivers, tasks and interfaces can be moved to another tree.

use idol::syntax::Interface;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use test_portability::{
    Dependency, Exports, Manifest, Surface, Usage, display, files, read, usages,
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
    ("drv_stm32xx_gpio_common", "drv/stm32xx-gpio-common"),
    ("drv_stm32xx_sys_api", "drv/stm32xx-sys-api"),
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
    ("task_jefe_api", "task/jefe-api"),
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
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "drv/stm32xx-sys/build.rs",
        "build_stm32xx_sys::build_gpio_irq_sources",
        "the server's half of that crate, which moves with the server",
    ),
    (
        "task/jefe/src/main.rs",
        "task_jefe_api::DumpArea",
        "in a crate `humpty` elsewhere; the supervisor moves with its API",
    ),
];

/// Sources, but for tests: they stay here.
fn sources() -> Vec<(String, String)> {
    let sources: Vec<_> = PORTABLE
        .iter()
        .flat_map(|pattern| sources_of(pattern))
        .collect();
    assert!(sources.len() > 50, "the sources have moved");
    sources
}

/// The sources of some crates.
fn sources_of(directories: &str) -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for pattern in ["build.rs", "src/**/*.rs"] {
        for path in files(&format!("{directories}/{pattern}")).unwrap() {
            let name = display(&path);
            if !name.contains("/tests/") && !name.ends_with("/tests.rs") {
                sources.push((name, read(&path).unwrap()));
            }
        }
    }
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
    let members = |directory: &str| {
        let members = Exports::read(directory).unwrap().members;
        let ours = |member: &String| !surface.has_member(member);
        members.into_iter().filter(ours).collect::<BTreeSet<_>>()
    };
    let ours: BTreeMap<_, _> = INTERFACES
        .iter()
        .map(|(_, directory)| (*directory, members(directory)))
        .collect();
    // What the other portable crates define is theirs.
    let theirs: BTreeSet<String> = manifests()
        .iter()
        .map(|(file, _)| directory_of(file))
        .filter(|directory| !ours.contains_key(directory))
        .flat_map(members)
        .collect();

    let mut found = Vec::new();
    for (manifest, described) in manifests() {
        let directory = directory_of(&manifest);
        if ours.contains_key(directory) {
            continue;
        }
        let forbidden: BTreeSet<&String> = described
            .dependencies
            .iter()
            .filter(|dependency| !dependency.is_for_tests)
            .flat_map(|dependency| interfaces_behind(&manifest, dependency))
            .flat_map(|interface| &ours[interface])
            .filter(|member| !theirs.contains(*member))
            .collect();
        for (file, text) in sources_of(directory) {
            for (usage, line) in usages(&text).unwrap() {
                if let Usage::Member(member) = usage
                    && forbidden.contains(&member)
                {
                    found.push(format!("{file}:{line}: .{member}"));
                }
            }
        }
    }
    assert_none(&found);
}

/// The interface crates whose types a dependency provides.
fn interfaces_behind(
    manifest: &str,
    dependency: &Dependency,
) -> Vec<&'static str> {
    let target = match &dependency.path {
        Some(path) => normalise(Path::new(manifest), path),
        None => match dependency.name.as_str() {
            "idol" => "build/idol".into(),
            "idol-runtime" => "sys/idol-runtime".into(),
            _ => return Vec::new(),
        },
    };
    let behind: &[&str] = match target.as_str() {
        "sys/userlib" => &["sys/userlib", "sys/abi"],
        "build/util" => &["build/util", "lib/toml-task"],
        target => &[target],
    };
    let is_behind = |directory: &&str| behind.contains(directory);
    let directories = INTERFACES.iter().map(|(_, directory)| *directory);
    directories.filter(is_behind).collect()
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
        let re_exported: &[_] = match *name {
            "userlib" => &["sys/abi", "sys/userlib-units", "lib/unwrap-lite"],
            "drv_stm32xx_sys_api" => &["drv/stm32xx-gpio-common"],
            _ => &[],
        };
        for directory in re_exported {
            words.extend(Exports::read(directory).unwrap().words);
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
        .map(|(file, _)| directory_of(file).to_owned())
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

/// The directory of a manifest.
fn directory_of(manifest: &str) -> &str {
    manifest.trim_end_matches("/Cargo.toml")
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
