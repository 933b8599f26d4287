// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Ring buffers: plain, in a cell, or with counters.

use super::{Part, cell_contents};
use crate::dwarf::Variable;
use crate::dwarf::types::{Struct, Type, TypeId, Types, base_name};
use crate::memory::Memory;
use crate::value::{Value, check_decodable, decode as decode_value};

/// The entries of a ring buffer, oldest first.
#[derive(Clone, Debug)]
pub struct Ring {
    /// The program that records.
    pub program: String,
    /// The path of the variable.
    pub path: String,
    /// What was recorded.
    pub entries: Vec<RingEntry>,
}

/// Something recorded.
#[derive(Clone, Debug)]
pub struct RingEntry {
    /// Number of the slot.
    pub index: u32,
    /// Source line that recorded it.
    pub line: u16,
    /// How often the slot has been filled.
    pub generation: u16,
    /// How often it was recorded in a row, if that is counted.
    pub count: Option<u64>,
    /// What was recorded.
    pub payload: Value,
}

/// Whether the debugger takes a variable for a ring buffer.
pub(super) fn is_ring(types: &Types, variable: &Variable) -> bool {
    match types.get(variable.ty) {
        Type::Struct(it) => it.name.contains("Ringbuf"),
        Type::Unknown => variable.path.ends_with("RINGBUF"),
        _ => false,
    }
}

/// Whether a ring buffer can be decoded.
pub(super) fn check(types: &Types, variable: &Variable) -> Result<(), String> {
    let Some((ring, it)) = find(types, Part::whole(variable))? else {
        return Ok(());
    };
    let last = it.member("last").ok_or("there is no `last`")?;
    let is_index = types
        .option(last.ty)
        .is_some_and(|index| types.is_unsigned(index, 4));
    if !is_index {
        return Err(format!(
            "`last` is {}, not Option<usize>",
            types.name(last.ty)
        ));
    }
    let (_, entry, _) = entries(types, ring, it)?;
    for name in ["line", "generation"] {
        let ty = field(entry, name)?;
        if !types.is_unsigned(ty, 2) {
            return Err(format!("`{name}` is {}, not u16", types.name(ty)));
        }
    }
    let count = field(entry, "count")?;
    let sizes = [1, 2, 4, 8];
    let is_count = types.size(count) == 0
        || sizes.iter().any(|size| types.is_unsigned(count, *size));
    if !is_count {
        return Err(format!("`count` is {}", types.name(count)));
    }
    check_decodable(types, field(entry, "payload")?)
}

fn field(it: &Struct, name: &str) -> Result<TypeId, String> {
    let member = it.member(name);
    Ok(member
        .ok_or_else(|| format!("entries have no `{name}`"))?
        .ty)
}

/// The structure with `last` and `buffer`; `None` if the ring buffer is one of
/// which only the counters are left.
fn find(types: &Types, part: Part) -> Result<Option<(Part, &Struct)>, String> {
    let it = types.as_struct(part.ty).ok_or("it is no struct")?;
    if it.name.starts_with("CountedRingbuf") {
        it.member("counters").ok_or("it has no `counters`")?;
        return match it.member("ringbuf") {
            None => Ok(None),
            Some(ring) => celled(types, part.member(ring)).map(Some),
        };
    }
    if it.member("last").is_some() && it.member("buffer").is_some() {
        return Ok(Some((part, it)));
    }
    celled(types, part).map(Some)
}

/// A ring buffer in a `StaticCell`.
fn celled(types: &Types, part: Part) -> Result<(Part, &Struct), String> {
    let it = types.as_struct(part.ty);
    let it = it.filter(|it| base_name(&it.name) == "StaticCell");
    let it =
        it.ok_or_else(|| format!("{} is no StaticCell", types.name(part.ty)))?;
    let cell = it.member("cell").ok_or("StaticCell has no `cell`")?;
    for other in it.members.iter().filter(|other| other.name != "cell") {
        check_decodable(types, other.ty)?;
    }
    let inner = cell_contents(types, part.member(cell))?;
    let it = types.as_struct(inner.ty).ok_or("there is nothing in it")?;
    Ok((inner, it))
}

/// Where the entries are, what they are, and how many.
fn entries<'t>(
    types: &'t Types,
    ring: Part,
    it: &Struct,
) -> Result<(Part, &'t Struct, u32), String> {
    let buffer = it.member("buffer").ok_or("there is no `buffer`")?;
    let Type::Array(array) = types.get(buffer.ty) else {
        return Err("`buffer` is no array".into());
    };
    let entry = types.as_struct(array.element);
    let part = Part {
        ty: array.element,
        ..ring.member(buffer)
    };
    Ok((part, entry.ok_or("entries are no structs")?, array.count))
}

/// Reads the entries of a ring buffer.
pub(super) fn decode(
    types: &Types,
    variable: &Variable,
    memory: &Memory,
) -> Result<Vec<RingEntry>, String> {
    let Some((part, it)) = find(types, Part::whole(variable))? else {
        return Ok(Vec::new());
    };
    let read = |part: Part| {
        let address = variable.address.wrapping_add(part.offset);
        let bytes = memory
            .read(address, types.size(part.ty))
            .ok_or_else(|| format!("{address:#010x} is not in the dump"))?;
        decode_value(types, part.ty, bytes, memory)
    };
    let last = it.member("last").ok_or("there is no `last`")?;
    let last = read(part.member(last))?;
    let Some(last) = last.option().ok_or("`last` is no Option")? else {
        return Ok(Vec::new());
    };
    let last: u32 = last.int().ok_or("`last` is no index")?;
    let (first, entry, count) = entries(types, part, it)?;
    let mut filled = Vec::new();
    for step in 1..=count {
        let index = last.wrapping_add(step) % count;
        let part = Part {
            offset: first.offset + index * entry.size,
            ..first
        };
        let value = read(part)?;
        let get = |name: &str| value.field(name);
        let number = |name: &str| get(name).and_then(Value::int::<u16>);
        let generation = number("generation").ok_or("no generation")?;
        if generation != 0 {
            filled.push(RingEntry {
                index,
                line: number("line").ok_or("no line")?,
                generation,
                count: get("count").and_then(Value::int),
                payload: get("payload").ok_or("no payload")?.clone(),
            });
        }
    }
    Ok(filled)
}
