// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The types that the debugger knows by their fields.

use crate::KERNEL;
use crate::dwarf::types::{Struct, Type, TypeId, Types};
use crate::rule::{Findings, Rule};
use crate::state::{REASONS, USAGE};
use crate::system::System;
use crate::value::check_decodable;

/// The kernel's types.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub task: TypeId,
    pub saved_state: TypeId,
    pub task_desc: TypeId,
    pub region_desc: TypeId,
}

/// Registers that `SavedState` has to have; the first three are read as one.
const SAVED: [&str; 9] =
    ["r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "psp"];

/// The variants of enumerations, and what is in each.
const TASK_STATES: &[(&str, &[&str])] = &[
    ("Healthy", &["__0"]),
    ("Faulted", &["fault", "original_state"]),
];
const SCHED_STATES: &[(&str, &[&str])] = &[
    ("Stopped", &[]),
    ("Runnable", &[]),
    ("InSend", &["__0"]),
    ("InReply", &["__0"]),
    ("InRecv", &["__0"]),
];
const FAULTS: &[(&str, &[&str])] = &[
    ("MemoryAccess", &["address", "source"]),
    ("StackOverflow", &["address"]),
    ("BusError", &["address", "source"]),
    ("DivideByZero", &[]),
    ("IllegalText", &[]),
    ("IllegalInstruction", &[]),
    ("InvalidOperation", &["__0"]),
    ("SyscallUsage", &["__0"]),
    ("Panic", &[]),
    ("Injected", &["__0"]),
    ("FromServer", &["__0", "__1"]),
];

const SOURCES: &[&str] = &["User", "Kernel"];

/// Checks the types. `None` if one is missing.
pub(super) fn check(
    system: &System,
    findings: &mut Findings,
) -> Option<Layout> {
    let mut unique = |name| system.unique_struct(name, findings);
    let task = unique("Task");
    let saved_state = unique("SavedState");
    let task_desc = unique("TaskDesc");
    let region_desc = unique("RegionDesc");
    let layout = Layout {
        task: task?,
        saved_state: saved_state?,
        task_desc: task_desc?,
        region_desc: region_desc?,
    };
    let mut check = Check {
        types: &system.types,
        findings,
    };
    check.task(layout);
    check.saved_state(layout.saved_state);
    check.task_desc(layout);
    check.region_desc(layout.region_desc);
    if let Err(error) = check_decodable(&system.types, layout.task) {
        findings.add(Rule::C3, KERNEL, error);
    }
    Some(layout)
}

struct Check<'s, 'f> {
    types: &'s Types,
    findings: &'f mut Findings,
}

impl<'s> Check<'s, '_> {
    fn violated(&mut self, what: impl Into<String>) {
        self.findings.add(Rule::C2, KERNEL, what);
    }

    fn structure(&self, id: TypeId) -> &'s Struct {
        const NONE: &Struct = &Struct {
            name: String::new(),
            size: 0,
            members: Vec::new(),
            variants: None,
            module: 0,
        };
        self.types.as_struct(id).unwrap_or(NONE)
    }

    /// The type of a field.
    fn field(&mut self, of: TypeId, name: &str) -> Option<TypeId> {
        let of = self.structure(of);
        let member = of.member(name);
        if member.is_none() {
            self.violated(format!("`{}` has no field `{name}`", of.name));
        }
        Some(member?.ty)
    }

    /// Requires a field to be what `is` says.
    fn require(
        &mut self,
        of: TypeId,
        name: &str,
        wanted: &str,
        is: impl Fn(&Types, TypeId) -> bool,
    ) {
        let Some(ty) = self.field(of, name) else {
            return;
        };
        if !is(self.types, ty) {
            let of = &self.structure(of).name;
            let found = self.types.name(ty);
            self.violated(format!("`{of}::{name}` is {found}, not {wanted}"));
        }
    }

    fn task(&mut self, layout: Layout) {
        let task = layout.task;
        self.require(task, "save", "`SavedState`", |types, ty| {
            types
                .as_struct(ty)
                .is_some_and(|it| it.name == "SavedState")
        });
        self.require(task, "priority", "a newtype of u8", is_newtype(1));
        self.require(task, "generation", "u32", |types, ty| {
            types.is_unsigned(ty, 4) || is_newtype(1)(types, ty)
        });
        self.require(task, "descriptor", "a pointer to `TaskDesc`", |t, ty| {
            matches!(t.get(ty), Type::Pointer(Some(target))
                if t.as_struct(*target).is_some_and(|it| it.name == "TaskDesc"))
        });
        if let Some(timer) = self.field(task, "timer") {
            let wanted = "an `Option` of a newtype of u64";
            self.require(timer, "deadline", wanted, |types, ty| {
                types.option(ty).is_some_and(|ty| is_newtype(8)(types, ty))
            });
            self.require(timer, "to_post", "a newtype of u32", is_newtype(4));
        }
        if let Some(state) = self.field(task, "state") {
            self.states(state);
        }
    }

    fn states(&mut self, state: TypeId) {
        let variants = self.variants(state, TASK_STATES);
        let healthy = variants[0].and_then(|it| self.field(it, "__0"));
        if let Some(healthy) = healthy {
            let variants = self.variants(healthy, SCHED_STATES);
            for variant in &variants[2..4] {
                if let Some(variant) = *variant {
                    self.require(variant, "__0", "a task", is_newtype(2));
                }
            }
            if let Some(receive) = variants[4] {
                let wanted = "an `Option` of a task";
                self.require(receive, "__0", wanted, |types, ty| {
                    types.option(ty).is_some_and(|ty| is_newtype(2)(types, ty))
                });
            }
        }
        let fault = variants[1].and_then(|it| self.field(it, "fault"));
        if let Some(fault) = fault {
            let variants = self.variants(fault, FAULTS);
            for variant in [variants[0], variants[2]].into_iter().flatten() {
                self.enumeration(variant, "source", SOURCES);
                self.require(
                    variant,
                    "address",
                    "an `Option<u32>`",
                    |t, ty| t.option(ty).is_some_and(|ty| t.is_unsigned(ty, 4)),
                );
            }
            for (variant, wanted) in
                [(variants[9], "a task"), (variants[10], "a task")]
            {
                if let Some(variant) = variant {
                    self.require(variant, "__0", wanted, is_newtype(2));
                }
            }
            if let Some(usage) = variants[7] {
                let known: Vec<_> = USAGE.iter().map(|(it, _)| *it).collect();
                self.enumeration(usage, "__0", &known);
            }
            if let Some(refused) = variants[10] {
                self.enumeration(refused, "__1", &REASONS);
            }
        }
    }

    /// Requires a field to be an enumeration with these values, at least.
    fn enumeration(&mut self, of: TypeId, name: &str, wanted: &[&str]) {
        let Some(ty) = self.field(of, name) else {
            return;
        };
        let Type::Enum(it) = self.types.get(ty) else {
            let found = self.types.name(ty);
            self.violated(format!("`{found}` is no enumeration"));
            return;
        };
        let has = |name: &str| it.values.iter().any(|(known, _)| known == name);
        for name in wanted.iter().filter(|name| !has(name)) {
            self.violated(format!("`{}` has no value `{name}`", it.name));
        }
    }

    /// The variants of an enumeration with these names, where they exist.
    fn variants(
        &mut self,
        id: TypeId,
        wanted: &[(&str, &[&str])],
    ) -> Vec<Option<TypeId>> {
        let it = self.structure(id);
        let known = it.variants.as_ref().map(|all| &all.variants);
        let mut found = Vec::new();
        for (name, fields) in wanted {
            let mut variants = known.into_iter().flatten();
            let variant = variants.find(|(_, member)| member.name == *name);
            let Some((_, member)) = variant else {
                let what = format!("`{}` has no variant `{name}`", it.name);
                self.violated(what);
                found.push(None);
                continue;
            };
            let members = &self.structure(member.ty).members;
            let has_all = members.len() == fields.len()
                && fields
                    .iter()
                    .all(|field| members.iter().any(|m| m.name == *field));
            if !has_all {
                let what = format!(
                    "`{}::{name}` does not have the fields {fields:?}",
                    it.name
                );
                self.violated(what);
            }
            found.push(Some(member.ty));
        }
        found
    }

    fn saved_state(&mut self, id: TypeId) {
        for name in SAVED {
            self.require(id, name, "u32", is_word);
        }
        let it = self.structure(id);
        let offsets = SAVED[..3].iter().filter_map(|name| it.member(name));
        let offsets: Vec<u32> = offsets.map(|member| member.offset).collect();
        let are_in_a_row = offsets
            .windows(2)
            .all(|pair| pair[0].checked_add(4) == Some(pair[1]));
        if !are_in_a_row {
            self.violated("`SavedState`: r4, r5 and r6 are not in a row");
        }
    }

    fn task_desc(&mut self, layout: Layout) {
        let id = layout.task_desc;
        let wanted = "an array of references to `RegionDesc`, or of indices";
        self.require(id, "regions", wanted, |types, ty| {
            let Type::Array(array) = types.get(ty) else {
                return false;
            };
            match types.get(array.element) {
                Type::Pointer(_) => true,
                _ => types.is_unsigned(array.element, 1),
            }
        });
        self.require(id, "entry_point", "u32", is_word);
        self.require(id, "initial_stack", "u32", is_word);
    }

    fn region_desc(&mut self, id: TypeId) {
        self.require(id, "base", "u32", is_word);
        self.require(id, "size", "u32", is_word);
        let wanted = "a newtype of u32, or a struct with `bits`";
        self.require(id, "attributes", wanted, |types, ty| {
            let only = types.as_struct(ty).map(|it| &*it.members);
            match only {
                Some([only]) => {
                    matches!(&*only.name, "__0" | "bits")
                        && types.size(only.ty) == 4
                }
                _ => false,
            }
        });
    }
}

fn is_word(types: &Types, id: TypeId) -> bool {
    types.is_unsigned(id, 4)
}

/// A tuple of one unsigned integer of a size.
fn is_newtype(size: u32) -> impl Fn(&Types, TypeId) -> bool {
    move |types, id| {
        types
            .newtype(id)
            .is_some_and(|ty| types.is_unsigned(ty, size))
    }
}
