// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Variables by which the debugger talks to tasks of a live target: to
//! `hiffy`, which calls servers for it, and to the supervisor.

use crate::dwarf::Variable;
use crate::dwarf::types::{Type, TypeId};
use crate::rule::{Findings, Rule};
use crate::system::System;

/// The task that calls servers.
const HIFFY: &str = "hiffy";

/// Its variables of one word.
const WORDS: [&str; 7] = [
    "HIFFY_READY",
    "HIFFY_KICK",
    "HIFFY_REQUESTS",
    "HIFFY_ERRORS",
    "HIFFY_VERSION_MAJOR",
    "HIFFY_VERSION_MINOR",
    "HIFFY_VERSION_PATCH",
];

/// Its buffers.
const BUFFERS: [&str; 3] = ["HIFFY_TEXT", "HIFFY_DATA", "HIFFY_RSTACK"];

/// The versions that have to be equal.
const VERSION: [(&str, u32); 2] =
    [("HIFFY_VERSION_MAJOR", 0), ("HIFFY_VERSION_MINOR", 3)];

/// Functions that the debugger calls by name, and their parameters.
const FUNCTIONS: [(&str, usize); 4] = [
    ("Sleep", 1),
    ("Send", 4),
    ("SendLeaseRead", 5),
    ("SendLeaseWrite", 5),
];

/// Variables of a supervisor that starts and stops tasks for the debugger.
const EXTERNAL: [&str; 6] = [
    "JEFE_EXTERNAL_READY",
    "JEFE_EXTERNAL_KICK",
    "JEFE_EXTERNAL_REQUEST",
    "JEFE_EXTERNAL_TASKINDEX",
    "JEFE_EXTERNAL_REQUESTS",
    "JEFE_EXTERNAL_ERRORS",
];

/// Checks the tasks that are there.
pub(crate) fn check(system: &System, findings: &mut Findings) {
    for (index, module) in system.modules.iter().enumerate() {
        let mut check = Check {
            system,
            index,
            findings,
        };
        if module.name == HIFFY {
            check.hiffy();
        }
        check.supervisor();
    }
}

struct Check<'s, 'f> {
    system: &'s System,
    index: usize,
    findings: &'f mut Findings,
}

impl<'s> Check<'s, '_> {
    fn violated(&mut self, rule: Rule, what: String) {
        let place = &self.system.modules[self.index].place;
        self.findings.add(rule, place, what);
    }

    fn variable(&mut self, name: &str) -> Option<&'s Variable> {
        let variable = self.system.variable(self.index, name);
        if variable.is_none() {
            self.violated(Rule::F6, format!("there is no variable {name}"));
        }
        variable
    }

    fn hiffy(&mut self) {
        for name in WORDS {
            if let Some(variable) = self.variable(name)
                && variable.size != 4
            {
                let size = variable.size;
                let what = format!("{name} has {size} bytes, not 4");
                self.violated(Rule::F6, what);
            }
        }
        for name in BUFFERS {
            if let Some(variable) = self.variable(name) {
                let types = &self.system.types;
                let is_bytes = match types.get(variable.ty) {
                    Type::Array(array) => types.is_unsigned(array.element, 1),
                    _ => false,
                };
                if !is_bytes {
                    self.violated(Rule::F6, format!("{name} is no byte array"));
                }
            }
        }
        let module = &self.system.modules[self.index];
        for (name, wanted) in VERSION {
            let variable = self.system.variable(self.index, name);
            // What is not in the file is zeroed at the start.
            let found = variable.map(|variable| {
                let data = module.initial(variable.address, variable.size);
                data.first().copied().map_or(0, u32::from)
            });
            if found.is_some_and(|found| found != wanted) {
                let what = format!("{name} is {found:?}, not {wanted}");
                self.violated(Rule::F6, what);
            }
        }
        let failure = self.variable("HIFFY_FAILURE");
        let types = &self.system.types;
        if failure.is_some_and(|it| types.option(it.ty).is_none()) {
            self.violated(Rule::F6, "HIFFY_FAILURE is no Option".into());
        }
        if let Some(scratch) = self.system.variable(self.index, "HIFFY_SCRATCH")
        {
            let it = self.system.types.as_struct(scratch.ty);
            if it.is_none_or(|it| it.member("cell").is_none()) {
                let what = "HIFFY_SCRATCH has no `cell`".into();
                self.violated(Rule::F6, what);
            }
        }
        self.functions();
    }

    /// Functions are only known by the type of a variable.
    fn functions(&mut self) {
        let Some(variable) = self.variable("HIFFY_FUNCTIONS") else {
            return;
        };
        let types = &self.system.types;
        let target = types.option(variable.ty).map(|ty| types.get(ty));
        let functions = match target {
            Some(Type::Pointer(Some(target))) => types.as_struct(*target),
            _ => None,
        };
        let Some(variants) = functions.and_then(|it| it.variants.as_ref())
        else {
            let what = "HIFFY_FUNCTIONS refers to no enumeration with data";
            self.violated(Rule::F6, what.into());
            return;
        };
        let arity = |wanted: &str| {
            let mut variants = variants.variants.iter();
            let found = variants.find(|(_, member)| member.name == wanted);
            let signature = types.as_struct(found?.1.ty)?;
            Some(match &*signature.members {
                [arguments, _error] => self.arity(arguments.ty),
                _ => usize::MAX,
            })
        };
        let wrong: Vec<_> = FUNCTIONS
            .into_iter()
            .filter_map(|(name, wanted)| match arity(name) {
                Some(found) if found == wanted => None,
                Some(_) => {
                    Some(format!("{name} does not take {wanted} arguments"))
                }
                None => Some(format!("there is no function {name}")),
            })
            .collect();
        for what in wrong {
            self.violated(Rule::F6, what);
        }
    }

    /// How many arguments a type stands for.
    fn arity(&self, id: TypeId) -> usize {
        let types = &self.system.types;
        match types.get(id) {
            Type::Base(it) if it.size == 0 => 0,
            Type::Struct(it) if it.name.starts_with('(') => it.members.len(),
            _ => 1,
        }
    }

    fn supervisor(&mut self) {
        let found = EXTERNAL.map(|name| {
            let module = &self.system.modules[self.index];
            (name, module.symbol(name).map(|symbol| symbol.size))
        });
        // A supervisor need not offer this, but then not a part of it.
        if found.iter().all(|(_, size)| size.is_none()) {
            return;
        }
        for (name, size) in found {
            let what = match size {
                Some(4) => continue,
                Some(size) => format!("{name} has {size} bytes, not 4"),
                None => format!("there is no symbol {name}"),
            };
            self.violated(Rule::F5, what);
        }
    }
}
