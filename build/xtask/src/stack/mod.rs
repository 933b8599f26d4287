// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! How deep a program's stack can get, from its call graph.
//!
//! The compiler says how much stack each function takes; the machine code says
//! which function goes to which. The result is exact for direct calls. Calls
//! through pointers are counted but not followed, and of a recursion only one
//! round is taken: for those the result is a lower bound, and says so.

mod thumb;

use crate::elf::Program;
use anyhow::{Context, Result};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};
use thumb::Effect;

/// The deepest chain of calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Bytes of stack.
    pub bytes: u32,
    /// Functions from the entry point on, with what each takes.
    pub chain: Vec<(String, u32)>,
    /// Functions on any chain that call through pointers.
    pub indirect: usize,
    /// Whether any chain contains a function twice.
    pub is_recursive: bool,
}

impl Depth {
    /// Whether the stack may in fact get deeper than `bytes`.
    pub fn is_lower_bound(&self) -> bool {
        self.indirect > 0 || self.is_recursive
    }
}

#[derive(Debug)]
struct Function {
    name: String,
    end: u32,
    frame: u32,
    callees: BTreeSet<u32>,
    calls_indirectly: bool,
}

/// Functions by address.
type Functions = BTreeMap<u32, Function>;

/// Finds the deepest chain of calls from a program's entry point.
///
/// # Errors
///
/// If the program has no symbol at its entry point.
pub fn analyse(program: &Program<'_>) -> Result<Depth> {
    let functions = functions(program)?;
    let entry = program.entry() & !1;
    anyhow::ensure!(
        functions.contains_key(&entry),
        "there is no function at the entry point {entry:#010x}"
    );
    let mut search = Search {
        functions: &functions,
        known: BTreeMap::new(),
        path: Vec::new(),
        is_recursive: false,
    };
    search.depth_from(entry);
    let known = search.known;
    let mut chain = Vec::new();
    let mut next = Some(entry);
    while let Some(address) = next {
        let function = &functions[&address];
        chain.push((function.name.clone(), function.frame));
        next = known.get(&address).and_then(|(_, deepest)| *deepest);
    }
    Ok(Depth {
        bytes: known.get(&entry).map_or(0, |(bytes, _)| *bytes),
        chain,
        indirect: known
            .keys()
            .filter(|address| functions[address].calls_indirectly)
            .count(),
        is_recursive: search.is_recursive,
    })
}

struct Search<'a> {
    functions: &'a Functions,
    /// Depth from a function on, and the callee that makes it so.
    known: BTreeMap<u32, (u32, Option<u32>)>,
    /// The calls being followed.
    path: Vec<u32>,
    is_recursive: bool,
}

impl Search<'_> {
    fn depth_from(&mut self, address: u32) -> u32 {
        if let Some((depth, _)) = self.known.get(&address) {
            return *depth;
        }
        if self.path.contains(&address) {
            self.is_recursive = true;
            return 0;
        }
        self.path.push(address);
        let function = &self.functions[&address];
        let mut deepest = (0, None);
        for &callee in &function.callees {
            let depth = self.depth_from(callee);
            let is_new = !self.path.contains(&callee);
            if is_new && (depth > deepest.0 || deepest.1.is_none()) {
                deepest = (depth, Some(callee));
            }
        }
        self.path.pop();
        let depth = function.frame + deepest.0;
        self.known.insert(address, (depth, deepest.1));
        depth
    }
}

/// All functions of a program with their frames and calls.
fn functions(program: &Program<'_>) -> Result<Functions> {
    let text = program
        .file()
        .section_by_name(".text")
        .context("the program has no .text")?;
    let base = u32::try_from(text.address())?;
    let code = text.data()?;
    let frames = stack_sizes(program)?;
    let mut functions = extents(program)?;
    let starts: Vec<u32> = functions.keys().copied().collect();
    let literals = literal_pools(program)?;

    for (&start, function) in &mut functions {
        let mut grown = 0;
        let mut at = start;
        while at < function.end {
            if let Some(end) = pool_at(&literals, at) {
                at = end.max(at + 2);
                continue;
            }
            let offset = at.wrapping_sub(base) as usize;
            let Some(rest) = code.get(offset..) else {
                break;
            };
            let Some((effect, length)) = thumb::decode(rest, at) else {
                break;
            };
            match effect {
                Effect::Grow(bytes) => grown += bytes,
                Effect::Indirect => function.calls_indirectly = true,
                Effect::Branch(target) => {
                    let inside = (start..function.end).contains(&target);
                    let callee = if inside && target != start {
                        None
                    } else {
                        containing(&starts, target)
                    };
                    function.callees.extend(callee);
                }
                Effect::None => {}
            }
            at += u32::try_from(length)?;
        }
        // Assembly and libraries that come compiled have no record; what they
        // push is what they take.
        function.frame = frames.get(&start).copied().unwrap_or(grown);
    }
    let known: BTreeSet<u32> = functions.keys().copied().collect();
    for (start, function) in &mut functions {
        function.callees.retain(|callee| known.contains(callee));
        // A loop back to a function's first instruction is no recursion that
        // takes stack, unless the function has called itself, which takes a
        // `bl`; the difference is not worth a report.
        function.callees.remove(start);
    }
    Ok(functions)
}

/// The function that an address belongs to.
fn containing(starts: &[u32], address: u32) -> Option<u32> {
    let after = starts.partition_point(|start| *start <= address);
    Some(starts[after.checked_sub(1)?])
}

fn extents(program: &Program<'_>) -> Result<Functions> {
    let mut functions = Functions::new();
    for symbol in program.file().symbols() {
        if symbol.kind() != SymbolKind::Text || symbol.size() == 0 {
            continue;
        }
        let start = u32::try_from(symbol.address())? & !1;
        let name = symbol.name().unwrap_or("?");
        let function = Function {
            name: format!("{:#}", rustc_demangle::demangle(name)),
            end: start + u32::try_from(symbol.size())?,
            frame: 0,
            callees: BTreeSet::new(),
            calls_indirectly: false,
        };
        functions.entry(start).or_insert(function);
    }
    Ok(functions)
}

/// The compiler's records: address, then size in LEB128.
fn stack_sizes(program: &Program<'_>) -> Result<BTreeMap<u32, u32>> {
    let mut records = program.section(".stack_sizes")?;
    let mut sizes = BTreeMap::new();
    while let Some((address, rest)) = records.split_first_chunk::<4>() {
        records = rest;
        let mut size = 0;
        let mut shift = 0;
        loop {
            let (byte, rest) =
                records.split_first().context(".stack_sizes is cut off")?;
            records = rest;
            size |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        sizes.insert(u32::from_le_bytes(*address) & !1, size);
    }
    Ok(sizes)
}

/// Stretches of data within code, as mapping symbols delimit them (ELF for the
/// Arm Architecture, 5.5.5), by address to their ends.
fn literal_pools(program: &Program<'_>) -> Result<BTreeMap<u32, u32>> {
    let mut marks = BTreeMap::new();
    for symbol in program.file().symbols() {
        let kind = symbol.name().unwrap_or_default();
        let kind = kind.split('.').next().unwrap_or_default();
        if matches!(kind, "$t" | "$d") {
            let address = u32::try_from(symbol.address())? & !1;
            marks.insert(address, kind == "$d");
        }
    }
    let mut pools = BTreeMap::new();
    let mut start = None;
    for (address, is_data) in marks {
        match (is_data, start) {
            (true, None) => start = Some(address),
            (false, Some(from)) => {
                pools.insert(from, address);
                start = None;
            }
            _ => {}
        }
    }
    pools.extend(start.map(|from| (from, u32::MAX)));
    Ok(pools)
}

fn pool_at(pools: &BTreeMap<u32, u32>, address: u32) -> Option<u32> {
    let (_, &end) = pools.range(..=address).next_back()?;
    (address < end).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(functions: &[(u32, u32, &[u32])]) -> Functions {
        functions
            .iter()
            .map(|&(address, frame, callees)| {
                let function = Function {
                    name: format!("f{address}"),
                    end: address + 2,
                    frame,
                    callees: callees.iter().copied().collect(),
                    calls_indirectly: false,
                };
                (address, function)
            })
            .collect()
    }

    fn depth(functions: &Functions) -> (u32, bool) {
        let mut search = Search {
            functions,
            known: BTreeMap::new(),
            path: Vec::new(),
            is_recursive: false,
        };
        (search.depth_from(0), search.is_recursive)
    }

    #[test]
    fn the_deepest_chain_need_not_be_the_longest() {
        let functions =
            graph(&[(0, 8, &[2, 4]), (2, 8, &[6]), (4, 100, &[]), (6, 8, &[])]);
        assert_eq!(depth(&functions), (108, false));
    }

    #[test]
    fn a_recursion_ends_and_is_noticed() {
        let functions = graph(&[(0, 8, &[2]), (2, 8, &[4]), (4, 8, &[2])]);
        assert_eq!(depth(&functions), (24, true));
    }

    #[test]
    fn an_address_belongs_to_the_function_that_starts_before_it() {
        assert_eq!(containing(&[4, 10], 9), Some(4));
        assert_eq!(containing(&[4, 10], 10), Some(10));
        assert_eq!(containing(&[4, 10], 2), None);
    }
}
