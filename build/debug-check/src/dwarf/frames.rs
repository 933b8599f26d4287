// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! How to get from a function to its caller.

use crate::module::Module;
use crate::rule::{Findings, Rule};
use gimli::{
    BaseAddresses, CallFrameInstruction, CallFrameInstructionIter, CfaRule,
    CieOrFde, DebugFrame, EndianSlice, FrameDescriptionEntry, LittleEndian,
    RegisterRule, UnwindContext, UnwindSection,
};

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// The functions of a program that can be unwound.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    functions: Vec<Function>,
}

#[derive(Debug)]
struct Function {
    start: u32,
    end: u32,
    rows: Vec<Row>,
}

/// What is where, from some instruction of a function on.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    start: u32,
    end: u32,
    /// The register, and the distance from it, that give the address of the
    /// caller's frame.
    pub frame: (u16, i64),
    /// Registers of the caller, and where they are from that address.
    pub saved: Vec<(u16, i64)>,
}

impl Frames {
    /// Reads `.debug_frame`.
    pub fn read(module: &Module, findings: &mut Findings) -> Self {
        let Some(section) = module.section(".debug_frame") else {
            return Self::default();
        };
        let contents = module.contents(section);
        let mut section = DebugFrame::new(contents, LittleEndian);
        section.set_address_size(4);
        let mut frames = Self::default();
        if let Err(error) = frames.read_all(&section, module, findings) {
            let what = format!(".debug_frame cannot be read: {error}");
            findings.add(Rule::BUnwind, module.place.as_str(), what);
        }
        frames
    }

    fn read_all(
        &mut self,
        section: &DebugFrame<Slice<'_>>,
        module: &Module,
        findings: &mut Findings,
    ) -> gimli::Result<()> {
        let bases = BaseAddresses::default();
        let mut entries = section.entries(&bases);
        while let Some(entry) = entries.next()? {
            let CieOrFde::Fde(partial) = entry else {
                continue;
            };
            let fde = partial.parse(DebugFrame::cie_from_offset)?;
            let cie = fde.cie();
            let forbidden = forbidden(cie.instructions(section, &bases))?
                .or(forbidden(fde.instructions(section, &bases))?);
            if let Some(directive) = forbidden {
                let at = u32::try_from(fde.initial_address());
                let name = module.describe(at.unwrap_or(0));
                let what = format!("{name} uses {directive}");
                findings.add(Rule::BUnwind, module.place.as_str(), what);
                continue;
            }
            self.functions.extend(function(section, &bases, &fde)?);
        }
        Ok(())
    }

    /// How to unwind from an instruction.
    pub fn row(&self, pc: u32) -> Option<&Row> {
        let covers = |start: u32, end: u32| (start..end).contains(&pc);
        self.functions
            .iter()
            .filter(|function| covers(function.start, function.end))
            .flat_map(|function| &function.rows)
            .find(|row| covers(row.start, row.end))
    }
}

/// The first directive that the debugger does not know.
fn forbidden(
    mut instructions: CallFrameInstructionIter<'_, Slice<'_>>,
) -> gimli::Result<Option<&'static str>> {
    while let Some(instruction) = instructions.next()? {
        let directive = match instruction {
            CallFrameInstruction::Undefined { .. } => ".cfi_undefined",
            CallFrameInstruction::SameValue { .. } => ".cfi_same_value",
            CallFrameInstruction::Register { .. } => ".cfi_register",
            CallFrameInstruction::ValOffset { .. } => ".cfi_val_offset",
            CallFrameInstruction::DefCfaExpression { .. }
            | CallFrameInstruction::Expression { .. }
            | CallFrameInstruction::ValExpression { .. } => "an expression",
            _ => continue,
        };
        return Ok(Some(directive));
    }
    Ok(None)
}

/// The rows of a function; `None` if it is not at an address of the target.
fn function(
    section: &DebugFrame<Slice<'_>>,
    bases: &BaseAddresses,
    fde: &FrameDescriptionEntry<Slice<'_>>,
) -> gimli::Result<Option<Function>> {
    let mut context = UnwindContext::new();
    let mut table = fde.rows(section, bases, &mut context)?;
    let mut rows = Vec::new();
    while let Some(row) = table.next_row()? {
        let CfaRule::RegisterAndOffset { register, offset } = row.cfa() else {
            return Ok(None);
        };
        let saved = row.registers().filter_map(|(register, rule)| match rule {
            RegisterRule::Offset(offset) => Some((register.0, *offset)),
            _ => None,
        });
        rows.push(Row {
            start: narrow(row.start_address()),
            end: narrow(row.end_address()),
            frame: (register.0, *offset),
            saved: saved.collect(),
        });
    }
    Ok(Some(Function {
        start: narrow(fde.initial_address()),
        end: narrow(fde.end_address()),
        rows,
    }))
}

/// An address of the target.
fn narrow(address: u64) -> u32 {
    u32::try_from(address).unwrap_or(u32::MAX)
}
