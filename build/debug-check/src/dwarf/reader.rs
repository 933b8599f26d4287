// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reads the entries of `.debug_info`.

use super::Variable;
use super::types::{
    Array, Base, Enum, Member, Struct, Type, TypeId, Types, Union, Variants,
};
use crate::module::Module;
use crate::rule::{Findings, Rule};
use gimli::{
    AttributeValue, DebuggingInformationEntry, DwAt, Dwarf, EndianSlice,
    EntriesTreeNode, LittleEndian, Operation, Unit,
};

type Slice<'a> = EndianSlice<'a, LittleEndian>;
type Entry<'a, 'b> = DebuggingInformationEntry<'a, 'b, Slice<'b>>;
type Node<'a, 'b, 'c> = EntriesTreeNode<'a, 'b, 'c, Slice<'b>>;

/// The only version that the debugger understands.
const VERSION: u16 = 4;

/// The variables of a program.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    /// Those that the debugger knows.
    pub known: Vec<Variable>,
    /// Those that it would know if they were in one piece, without an address
    /// therefore, and in what pieces they are.
    pub scattered: Vec<(Variable, String)>,
}

/// Reads the types and variables of a program.
pub(crate) fn read(
    module: &Module,
    index: usize,
    types: &mut Types,
    findings: &mut Findings,
) -> Variables {
    let place = module.place.as_str();
    let section = |id: gimli::SectionId| -> Result<_, gimli::Error> {
        let section = module.section(id.name());
        let bytes = section.map_or(&[][..], |s| module.contents(s));
        Ok(EndianSlice::new(bytes, LittleEndian))
    };
    let mut reader = Reader {
        module,
        index,
        types,
        findings,
        variables: Variables::default(),
        described: 0,
    };
    let all = Dwarf::load(section).and_then(|dwarf| reader.read(&dwarf));
    let Reader {
        variables,
        described,
        ..
    } = reader;
    if let Err(error) = all {
        let what = format!("the debug information cannot be read: {error}");
        findings.add(Rule::B11, place, what);
    } else if described == 0 {
        findings.add(Rule::B12, place, "no types are described");
    }
    variables
}

struct Reader<'m> {
    module: &'m Module,
    index: usize,
    types: &'m mut Types,
    findings: &'m mut Findings,
    variables: Variables,
    /// Types seen.
    described: usize,
}

/// What is needed of a unit to read its entries.
struct Context<'d, 'b> {
    dwarf: &'d Dwarf<Slice<'b>>,
    unit: &'d Unit<Slice<'b>>,
}

impl Reader<'_> {
    fn read(&mut self, dwarf: &Dwarf<Slice<'_>>) -> gimli::Result<()> {
        let mut units = dwarf.units();
        while let Some(header) = units.next()? {
            if header.version() != VERSION {
                let what = format!("version {}", header.version());
                let place = self.module.place.as_str();
                self.findings.add(Rule::B11, place, what);
                continue;
            }
            let unit = dwarf.unit(header)?;
            let context = Context { dwarf, unit: &unit };
            let mut tree = unit.entries_tree(None)?;
            self.visit(&context, tree.root()?)?;
        }
        Ok(())
    }

    /// Reads an entry and what is below it.
    fn visit(
        &mut self,
        context: &Context<'_, '_>,
        node: Node<'_, '_, '_>,
    ) -> gimli::Result<()> {
        let entry = node.entry();
        match entry.tag() {
            gimli::DW_TAG_base_type => self.base(context, entry)?,
            gimli::DW_TAG_pointer_type => {
                let target =
                    self.reference(context, entry, gimli::DW_AT_type)?;
                self.define(context, entry, Type::Pointer(target));
            }
            gimli::DW_TAG_variable => self.variable(context, entry)?,
            gimli::DW_TAG_inlined_subroutine => self.inlined(entry)?,
            gimli::DW_TAG_structure_type
            | gimli::DW_TAG_class_type
            | gimli::DW_TAG_union_type => {
                return self.aggregate(context, node);
            }
            gimli::DW_TAG_enumeration_type => {
                return self.enumeration(context, node);
            }
            gimli::DW_TAG_array_type => return self.array(context, node),
            _ => {}
        }
        let mut children = node.children();
        while let Some(child) = children.next()? {
            self.visit(context, child)?;
        }
        Ok(())
    }

    fn note(&mut self, rule: Rule, what: impl Into<String>) {
        self.findings.add(rule, self.module.place.as_str(), what);
    }

    fn id(
        &mut self,
        context: &Context<'_, '_>,
        entry: &Entry<'_, '_>,
    ) -> TypeId {
        let header = &context.unit.header;
        let offset = entry.offset().to_debug_info_offset(header);
        self.types
            .at(self.index, offset.map_or(0, |offset| offset.0))
    }

    fn define(
        &mut self,
        context: &Context<'_, '_>,
        entry: &Entry<'_, '_>,
        ty: Type,
    ) {
        self.described += 1;
        let id = self.id(context, entry);
        self.types.define(id, ty);
    }

    /// The type that an attribute refers to.
    fn reference(
        &mut self,
        context: &Context<'_, '_>,
        entry: &Entry<'_, '_>,
        attribute: DwAt,
    ) -> gimli::Result<Option<TypeId>> {
        let offset = match entry.attr_value(attribute)? {
            Some(AttributeValue::UnitRef(offset)) => {
                offset.to_debug_info_offset(&context.unit.header)
            }
            Some(AttributeValue::DebugInfoRef(offset)) => Some(offset),
            _ => None,
        };
        Ok(offset.map(|offset| self.types.at(self.index, offset.0)))
    }

    /// A string, if it is where the debugger looks for strings.
    fn string(
        &mut self,
        context: &Context<'_, '_>,
        entry: &Entry<'_, '_>,
        attribute: DwAt,
    ) -> gimli::Result<Option<String>> {
        let Some(value) = entry.attr_value(attribute)? else {
            return Ok(None);
        };
        let is_needed = entry.tag() != gimli::DW_TAG_compile_unit;
        if is_needed && !matches!(value, AttributeValue::DebugStrRef(_)) {
            let at = entry.offset().0;
            let what = format!(
                "{attribute} of the entry at offset {at:#x} of its unit is \
                 elsewhere"
            );
            self.note(Rule::B13, what);
            return Ok(None);
        }
        let text = context.dwarf.attr_string(context.unit, value)?;
        Ok(Some(text.to_string_lossy().into_owned()))
    }

    fn name(
        &mut self,
        context: &Context<'_, '_>,
        entry: &Entry<'_, '_>,
    ) -> gimli::Result<Option<String>> {
        self.string(context, entry, gimli::DW_AT_name)
    }

    fn base(
        &mut self,
        context: &Context<'_, '_>,
        entry: &Entry<'_, '_>,
    ) -> gimli::Result<()> {
        let name = self.name(context, entry)?.unwrap_or_default();
        let size = number(entry, gimli::DW_AT_byte_size)?.unwrap_or(0);
        let encoding = match entry.attr_value(gimli::DW_AT_encoding)? {
            Some(AttributeValue::Encoding(encoding)) => encoding,
            _ => gimli::DW_ATE_unsigned,
        };
        let base = Base {
            name,
            size,
            encoding,
        };
        self.define(context, entry, Type::Base(base));
        Ok(())
    }

    fn aggregate(
        &mut self,
        context: &Context<'_, '_>,
        node: Node<'_, '_, '_>,
    ) -> gimli::Result<()> {
        let entry = node.entry();
        if entry.attr(gimli::DW_AT_declaration)?.is_some() {
            return Ok(());
        }
        let is_union = entry.tag() == gimli::DW_TAG_union_type;
        let id = self.id(context, entry);
        let name = self.name(context, entry)?.unwrap_or_default();
        let size = number(entry, gimli::DW_AT_byte_size)?.unwrap_or(0);
        let mut members = Vec::new();
        let mut variants = None;
        let mut children = node.children();
        while let Some(child) = children.next()? {
            match child.entry().tag() {
                gimli::DW_TAG_member => {
                    let member = self.member(context, child.entry(), &name)?;
                    members.extend(member);
                }
                gimli::DW_TAG_variant_part => {
                    variants = Some(self.variants(context, child, &name)?);
                }
                _ => self.visit(context, child)?,
            }
        }
        self.described += 1;
        let ty = if is_union {
            Type::Union(Union {
                name,
                size,
                members,
            })
        } else {
            Type::Struct(Struct {
                name,
                size,
                members,
                variants,
                module: self.index,
            })
        };
        self.types.define(id, ty);
        Ok(())
    }

    fn member(
        &mut self,
        context: &Context<'_, '_>,
        entry: &Entry<'_, '_>,
        of: &str,
    ) -> gimli::Result<Option<Member>> {
        let name = self.name(context, entry)?.unwrap_or_default();
        let ty = self.reference(context, entry, gimli::DW_AT_type)?;
        let offset = number(entry, gimli::DW_AT_data_member_location)?;
        match (ty, offset) {
            (Some(ty), Some(offset)) => Ok(Some(Member { name, offset, ty })),
            (ty, _) => {
                let lack = if ty.is_none() { "type" } else { "location" };
                let what = format!("{of}: member \"{name}\" has no {lack}");
                self.note(Rule::B15, what);
                Ok(None)
            }
        }
    }

    fn variants(
        &mut self,
        context: &Context<'_, '_>,
        node: Node<'_, '_, '_>,
        of: &str,
    ) -> gimli::Result<Variants> {
        let mut all = Variants {
            discriminant: None,
            variants: Vec::new(),
        };
        let mut children = node.children();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            match entry.tag() {
                gimli::DW_TAG_member => {
                    all.discriminant = self.member(context, entry, of)?;
                }
                gimli::DW_TAG_variant => {
                    let value = discriminant_value(entry)?;
                    let mut inner = child.children();
                    while let Some(member) = inner.next()? {
                        if member.entry().tag() != gimli::DW_TAG_member {
                            self.visit(context, member)?;
                            continue;
                        }
                        let member =
                            self.member(context, member.entry(), of)?;
                        let variants = member.map(|member| (value, member));
                        all.variants.extend(variants);
                    }
                }
                _ => self.visit(context, child)?,
            }
        }
        Ok(all)
    }

    fn enumeration(
        &mut self,
        context: &Context<'_, '_>,
        node: Node<'_, '_, '_>,
    ) -> gimli::Result<()> {
        let entry = node.entry();
        let id = self.id(context, entry);
        let name = self.name(context, entry)?;
        let size = number(entry, gimli::DW_AT_byte_size)?;
        let underlying = self.reference(context, entry, gimli::DW_AT_type)?;
        for (lack, is_lacking) in [
            ("name", name.is_none()),
            ("size", size.is_none()),
            ("underlying type", underlying.is_none()),
        ] {
            if is_lacking {
                let name = name.as_deref().unwrap_or("an enumeration");
                self.note(Rule::B14, format!("{name} has no {lack}"));
            }
        }
        let mut values = Vec::new();
        let mut children = node.children();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            if entry.tag() != gimli::DW_TAG_enumerator {
                self.visit(context, child)?;
                continue;
            }
            let name = self.name(context, entry)?.unwrap_or_default();
            let value = entry.attr(gimli::DW_AT_const_value)?;
            if let Some(value) = value.and_then(|value| bits(&value)) {
                values.push((name, value));
            }
        }
        self.described += 1;
        let ty = Type::Enum(Enum {
            name: name.unwrap_or_default(),
            size: size.unwrap_or(0),
            values,
            module: self.index,
        });
        self.types.define(id, ty);
        Ok(())
    }

    fn array(
        &mut self,
        context: &Context<'_, '_>,
        node: Node<'_, '_, '_>,
    ) -> gimli::Result<()> {
        let entry = node.entry();
        let id = self.id(context, entry);
        let element = self.reference(context, entry, gimli::DW_AT_type)?;
        let mut count = 0;
        let mut children = node.children();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            if entry.tag() == gimli::DW_TAG_subrange_type {
                let last = number(entry, gimli::DW_AT_upper_bound)?;
                count = number(entry, gimli::DW_AT_count)?
                    .or(last.map(|last| last.saturating_add(1)))
                    .unwrap_or(0);
            }
        }
        self.described += 1;
        if let Some(element) = element {
            self.types.define(id, Type::Array(Array { element, count }));
        }
        Ok(())
    }

    fn inlined(&mut self, entry: &Entry<'_, '_>) -> gimli::Result<()> {
        let has = |attribute| entry.attr(attribute).map(|a| a.is_some());
        let is_complete = has(gimli::DW_AT_abstract_origin)?
            && (has(gimli::DW_AT_ranges)?
                || has(gimli::DW_AT_low_pc)? && has(gimli::DW_AT_high_pc)?);
        if !is_complete {
            let at = entry.offset().0;
            let what = format!(
                "the inlined function at offset {at:#x} of its unit has no \
                 origin or no addresses"
            );
            self.note(Rule::B16, what);
        }
        Ok(())
    }

    fn variable(
        &mut self,
        context: &Context<'_, '_>,
        entry: &Entry<'_, '_>,
    ) -> gimli::Result<()> {
        let linkage = self.string(context, entry, gimli::DW_AT_linkage_name)?;
        let is_external = entry.attr(gimli::DW_AT_external)?.is_some();
        if linkage.is_none() && !is_external {
            return Ok(());
        }
        let ty = self.reference(context, entry, gimli::DW_AT_type)?;
        let name = self.name(context, entry)?;
        let (Some(name), Some(ty)) = (name, ty) else {
            return Ok(());
        };
        let symbol = self.module.symbol(linkage.as_ref().unwrap_or(&name));
        let place = match symbol {
            Some(symbol) if symbol.size > 0 => {
                Ok(Some((symbol.address, symbol.size)))
            }
            _ => pieces(context, entry)?,
        };
        let path = linkage.as_ref().map_or_else(
            || name.clone(),
            |path| format!("{:#}", rustc_demangle::demangle(path)),
        );
        let variable = |(address, size)| Variable {
            name,
            path,
            address,
            size,
            ty,
            module: self.index,
        };
        let Variables { known, scattered } = &mut self.variables;
        match place {
            // Of several variables at one address only the first is known.
            Ok(Some((address, _)))
                if known.iter().any(|it| it.address == address) => {}
            Ok(Some(place)) => known.push(variable(place)),
            Ok(None) => {}
            Err(why) => scattered.push((variable((0, 0)), why)),
        }
        Ok(())
    }
}

/// The address and size of a variable that was split up, if it was; or, as an
/// error, why that makes no whole.
fn pieces(
    context: &Context<'_, '_>,
    entry: &Entry<'_, '_>,
) -> gimli::Result<Result<Option<(u32, u32)>, String>> {
    let location = entry.attr_value(gimli::DW_AT_location)?;
    let Some(AttributeValue::Exprloc(expression)) = location else {
        return Ok(Ok(None));
    };
    let mut operations = expression.operations(context.unit.encoding());
    let mut address = None;
    let mut pieces = Vec::new();
    while let Some(operation) = operations.next()? {
        match (operation, address.take()) {
            (Operation::Address { address: at }, _) => address = Some(at),
            (Operation::Piece { size_in_bits, .. }, Some(at)) => {
                pieces.push((at, size_in_bits / 8));
            }
            (Operation::Piece { size_in_bits, .. }, None) => {
                let size = size_in_bits / 8;
                return Ok(Err(format!("{size} bytes of it are nowhere")));
            }
            _ => return Ok(Ok(None)),
        }
    }
    let narrow = |(at, len): (u64, u64)| {
        Some((u32::try_from(at).ok()?, u32::try_from(len).ok()?))
    };
    Ok(match join(&pieces) {
        Ok(whole) => Ok(whole.and_then(narrow)),
        Err((end, next)) => Err(format!(
            "one ends at {end:#010x}, the next is at {next:#010x}"
        )),
    })
}

/// What pieces, of an address and a size, are together; `None` if there are
/// none.
///
/// # Errors
///
/// The end of one and the start of the next, if these are not the same.
fn join(pieces: &[(u64, u64)]) -> Result<Option<(u64, u64)>, (u64, u64)> {
    let mut whole: Option<(u64, u64)> = None;
    for &(at, size) in pieces {
        whole = match whole {
            None => Some((at, size)),
            Some((start, len)) if start + len == at => {
                Some((start, len + size))
            }
            Some((start, len)) => return Err((start + len, at)),
        };
    }
    Ok(whole)
}

/// An attribute that is a small number.
fn number(
    entry: &Entry<'_, '_>,
    attribute: DwAt,
) -> gimli::Result<Option<u32>> {
    let attribute = entry.attr(attribute)?;
    let value = attribute.and_then(|value| value.udata_value());
    Ok(value.and_then(|value| u32::try_from(value).ok()))
}

fn discriminant_value(entry: &Entry<'_, '_>) -> gimli::Result<Option<u64>> {
    let attribute = entry.attr(gimli::DW_AT_discr_value)?;
    Ok(attribute.and_then(|value| bits(&value)))
}

/// A number as the bits it has in memory, sign extended.
fn bits(attribute: &gimli::Attribute<Slice<'_>>) -> Option<u64> {
    match attribute.raw_value() {
        AttributeValue::Sdata(value) => Some(value.cast_unsigned()),
        AttributeValue::Data1(value) => Some(value.into()),
        AttributeValue::Data2(value) => Some(value.into()),
        AttributeValue::Data4(value) => Some(value.into()),
        _ => attribute.udata_value(),
    }
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn pieces_are_a_variable_only_if_they_touch() {
        assert_eq!(join(&[(0x100, 8), (0x108, 4)]), Ok(Some((0x100, 12))));
        assert_eq!(join(&[(0x100, 8), (0x10c, 4)]), Err((0x108, 0x10c)));
        assert_eq!(join(&[(0x100, 8), (0xfc, 4)]), Err((0x108, 0xfc)));
        assert_eq!(join(&[]), Ok(None));
    }
}
