// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Ring buffers and counters: what tasks leave behind for the debugger.

mod counters;
mod rings;

pub use counters::{Counter, CounterSet};
pub use rings::{Ring, RingEntry};

use crate::dwarf::Variable;
use crate::dwarf::types::{Member, TypeId, Types, base_name};
use crate::memory::Memory;
use crate::rule::{Findings, Rule};
use crate::state::View;
use crate::system::System;

/// Checks the shape of all ring buffers and counters.
pub(crate) fn check(system: &System, findings: &mut Findings) {
    let types = &system.types;
    for variable in &system.variables {
        let place = &system.modules[variable.module].place;
        if rings::is_ring(types, variable)
            && let Err(error) = rings::check(types, variable)
        {
            let what = format!("{}: {error}", variable.path);
            findings.add(Rule::D1, place, what);
        }
        if counters::is_set(types, variable)
            && let Err(error) = counters::check(types, variable)
        {
            let what = format!("{}: {error}", variable.path);
            findings.add(Rule::D2, place, what);
        }
    }
    // What is not read by anybody else, the optimiser may take apart.
    for (variable, why) in &system.scattered {
        if rings::is_ring(types, variable) || counters::is_set(types, variable)
        {
            let place = &system.modules[variable.module].place;
            let what = format!("{} is in pieces: {why}", variable.path);
            findings.add(Rule::B17, place, what);
        }
    }
}

/// The ring buffers of all programs, as they are in a dump.
pub(crate) fn rings(view: View<'_>, findings: &mut Findings) -> Vec<Ring> {
    decode_all(view, findings, rings::is_ring, |types, variable, memory| {
        Ok(Ring {
            program: view.program(variable),
            path: variable.path.clone(),
            entries: rings::decode(types, variable, memory)?,
        })
    })
}

/// The counters of all programs, as they are in a dump.
pub(crate) fn counters(
    view: View<'_>,
    findings: &mut Findings,
) -> Vec<CounterSet> {
    decode_all(
        view,
        findings,
        counters::is_set,
        |types, variable, memory| {
            Ok(CounterSet {
                program: view.program(variable),
                path: variable.path.clone(),
                counters: counters::decode(types, variable, memory)?,
            })
        },
    )
}

fn decode_all<T>(
    view: View<'_>,
    findings: &mut Findings,
    is_one: impl Fn(&Types, &Variable) -> bool,
    decode: impl Fn(&Types, &Variable, &Memory) -> Result<T, String>,
) -> Vec<T> {
    let types = &view.system.types;
    let only = view.dump.task.map(usize::from);
    let all = view.system.variables.iter().filter(|variable| {
        is_one(types, variable)
            && only.is_none_or(|only| only == variable.module)
    });
    all.filter_map(|variable| match decode(types, variable, view.memory()) {
        Ok(decoded) => Some(decoded),
        Err(error) => {
            let place = view.program(variable);
            let what = format!("{}: {error}", variable.path);
            findings.add(Rule::E3, place, what);
            None
        }
    })
    .collect()
}

/// A part of a variable: where it starts, and its type.
#[derive(Clone, Copy)]
struct Part {
    offset: u32,
    ty: TypeId,
}

impl Part {
    fn whole(variable: &Variable) -> Self {
        Self {
            offset: 0,
            ty: variable.ty,
        }
    }

    fn member(self, member: &Member) -> Self {
        Self {
            offset: self.offset.saturating_add(member.offset),
            ty: member.ty,
        }
    }
}

/// What is in an `UnsafeCell`.
fn cell_contents(types: &Types, part: Part) -> Result<Part, String> {
    let cell = types.as_struct(part.ty);
    let cell = cell.filter(|it| base_name(&it.name) == "UnsafeCell");
    let cell = cell
        .ok_or_else(|| format!("{} is no UnsafeCell", types.name(part.ty)))?;
    let value = cell.member("value").ok_or("UnsafeCell has no `value`")?;
    Ok(part.member(value))
}
