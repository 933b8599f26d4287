// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Counters of events.

use super::{Part, cell_contents};
use crate::dwarf::Variable;
use crate::dwarf::types::{Type, Types};
use crate::memory::Memory;

/// Counters that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterSet {
    /// The program that counts.
    pub program: String,
    /// The path of the variable.
    pub path: String,
    /// The counters.
    pub counters: Vec<Counter>,
}

/// How often something has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The event; `Outer(Inner)` if it is one of several kinds.
    pub event: String,
    /// How often.
    pub value: u32,
}

/// What the paths of counters of calls to a server end in.
const OF_CLIENTS: &str = "_CLIENT_COUNTERS";

/// Whether the debugger takes a variable for a set of counters.
pub(super) fn is_set(types: &Types, variable: &Variable) -> bool {
    match types.get(variable.ty) {
        Type::Struct(it) => {
            it.name.contains("Counts") || it.name.contains("CountedRingbuf")
        }
        Type::Unknown => variable.path.ends_with("COUNTERS"),
        _ => false,
    }
}

/// Whether a set of counters can be decoded.
pub(super) fn check(types: &Types, variable: &Variable) -> Result<(), String> {
    let name = types.name(variable.ty);
    if variable.path.ends_with(OF_CLIENTS) && !name.ends_with("EventCounts") {
        return Err(format!(
            "the type {name} does not tell the interface: it should be \
             <Interface>EventCounts"
        ));
    }
    leaves(types, whole(types, variable)?).map(|_| ())
}

/// The counters proper.
fn whole(types: &Types, variable: &Variable) -> Result<Part, String> {
    let part = Part::whole(variable);
    let it = types.as_struct(part.ty).ok_or("it is no struct")?;
    if !it.name.starts_with("CountedRingbuf") {
        return Ok(part);
    }
    let counters = it.member("counters").ok_or("it has no `counters`")?;
    Ok(part.member(counters))
}

/// All counters in a set: their names, and where they are, if anywhere.
fn leaves(
    types: &Types,
    part: Part,
) -> Result<Vec<(String, Option<u32>)>, String> {
    let it = types.as_struct(part.ty).filter(|it| it.variants.is_none());
    let it = it.ok_or_else(|| {
        format!("{} is no structure of counters", types.name(part.ty))
    })?;
    let mut found = Vec::new();
    for member in &it.members {
        let name = &member.name;
        let part = part.member(member);
        let inner = types.as_struct(member.ty);
        match inner {
            None if types.size(member.ty) == 0 => {
                found.push((name.clone(), None));
            }
            Some(inner) if inner.name.starts_with("AtomicU32") => {
                let v = inner.member("v");
                let v =
                    v.ok_or_else(|| format!("{} has no `v`", inner.name))?;
                let value = cell_contents(types, part.member(v))?;
                if !types.is_unsigned(value.ty, 4) {
                    return Err(format!("{name} is no u32"));
                }
                found.push((name.clone(), Some(value.offset)));
            }
            _ => {
                let leaves = leaves(types, part)
                    .map_err(|error| format!("{name}: {error}"))?;
                let leaves = leaves.into_iter();
                found.extend(
                    leaves.map(|(leaf, at)| (format!("{name}({leaf})"), at)),
                );
            }
        }
    }
    Ok(found)
}

/// Reads a set of counters.
pub(super) fn decode(
    types: &Types,
    variable: &Variable,
    memory: &Memory,
) -> Result<Vec<Counter>, String> {
    let leaves = leaves(types, whole(types, variable)?)?;
    let value = |offset: Option<u32>| match offset {
        None => Ok(0),
        Some(offset) => {
            let address = variable.address.wrapping_add(offset);
            memory
                .word(address)
                .ok_or_else(|| format!("{address:#010x} is not in the dump"))
        }
    };
    leaves
        .into_iter()
        .map(|(event, offset)| {
            Ok(Counter {
                event,
                value: value(offset)?,
            })
        })
        .collect()
}
