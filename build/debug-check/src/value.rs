// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Values of variables, as their types say.

use crate::dwarf::types::{
    Array, Base, Member, Struct, Type, TypeId, Types, Union,
};
use crate::memory::Memory;
use std::collections::HashSet;
use std::fmt;

/// A value. Prints as Rust's `Debug` does, with integers in hexadecimal.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `()`
    Unit,
    /// A `bool`.
    Bool(bool),
    /// An integer.
    Int(i128),
    /// An `f32` or `f64`.
    Float(f64),
    /// What a `&str` refers to.
    Text(String),
    /// A reference, or a pointer to data or code.
    Address(u32),
    /// A structure: its name and fields.
    Struct(String, Vec<(String, Value)>),
    /// A tuple, or a structure that is one: its name, if any, and fields.
    Tuple(String, Vec<Value>),
    /// An array.
    Array(Vec<Value>),
}

impl Value {
    /// A field of a structure.
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Struct(_, fields) => {
                let field = fields.iter().find(|(known, _)| known == name);
                field.map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The only field of a tuple.
    pub(crate) fn only(&self) -> Option<&Value> {
        match self {
            Self::Tuple(_, fields) => match &**fields {
                [only] => Some(only),
                _ => None,
            },
            _ => None,
        }
    }

    /// The name of a structure or variant, and the fields of a tuple.
    pub(crate) fn variant(&self) -> Option<(&str, &[Value])> {
        match self {
            Self::Struct(name, _) => Some((name, &[])),
            Self::Tuple(name, fields) => Some((name, fields)),
            _ => None,
        }
    }

    /// An integer that fits, out of as many tuples of one as need be.
    pub(crate) fn int<T: TryFrom<i128>>(&self) -> Option<T> {
        match self {
            Self::Int(value) => T::try_from(*value).ok(),
            other => other.only()?.int(),
        }
    }

    /// What is in an `Option`. The outer result is `None` if it is none.
    pub(crate) fn option(&self) -> Option<Option<&Value>> {
        match self.variant()? {
            ("None", []) => Some(None),
            ("Some", [value]) => Some(Some(value)),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("()"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) if *value < 0 => write!(f, "-{:#x}", -value),
            Self::Int(value) => write!(f, "{value:#x}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Address(address) => write!(f, "{address:#010x}"),
            Self::Struct(name, fields) if fields.is_empty() => {
                f.write_str(name)
            }
            Self::Struct(name, fields) => {
                write!(f, "{name} {{ ")?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{name}: {value}")?;
                }
                f.write_str(" }")
            }
            Self::Tuple(name, fields) if fields.is_empty() => f.write_str(name),
            Self::Tuple(name, fields) => {
                write!(f, "{name}(")?;
                list(f, fields)?;
                f.write_str(")")
            }
            Self::Array(values) => {
                f.write_str("[")?;
                list(f, values)?;
                f.write_str("]")
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, values: &[Value]) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{value}")?;
    }
    Ok(())
}

/// Whether values of a type can be decoded, whatever they are.
///
/// # Errors
///
/// Which part cannot, and why.
pub(crate) fn check_decodable(types: &Types, id: TypeId) -> Result<(), String> {
    check(types, id, &mut HashSet::new())
}

fn check(
    types: &Types,
    id: TypeId,
    seen: &mut HashSet<TypeId>,
) -> Result<(), String> {
    if !seen.insert(id) {
        return Ok(());
    }
    let mut members = |name: &str, members: &[Member]| -> Result<(), String> {
        for member in members {
            check(types, member.ty, seen)
                .map_err(|error| format!("{name}::{}: {error}", member.name))?;
        }
        Ok(())
    };
    match types.get(id) {
        Type::Base(base) => check_base(base),
        Type::Struct(it) => {
            members(&it.name, &it.members)?;
            if let Some(variants) = &it.variants {
                let all: Vec<_> = variants
                    .variants
                    .iter()
                    .map(|(_, member)| member.clone())
                    .collect();
                members(&it.name, &all)?;
            }
            Ok(())
        }
        Type::Union(it) => match maybe_uninit(it) {
            Some(value) => check(types, value.ty, seen),
            None => Err(format!("{} is a union", it.name)),
        },
        Type::Array(it) => check(types, it.element, seen),
        Type::Enum(_) | Type::Pointer(_) => Ok(()),
        Type::Unknown => Err("its type is not described".into()),
    }
}

fn check_base(base: &Base) -> Result<(), String> {
    let is_usual = match base.encoding {
        gimli::DW_ATE_UTF => {
            return Err(format!("{} is a character", base.name));
        }
        gimli::DW_ATE_boolean => base.size == 1,
        gimli::DW_ATE_float => matches!(base.size, 4 | 8),
        _ => matches!(base.size, 0 | 1 | 2 | 4 | 8 | 16),
    };
    match is_usual {
        true => Ok(()),
        false => Err(format!("{} has {} bytes", base.name, base.size)),
    }
}

/// The value in a `MaybeUninit`.
fn maybe_uninit(it: &Union) -> Option<&Member> {
    if !it.name.starts_with("MaybeUninit<") {
        return None;
    }
    it.members.iter().find(|member| member.name == "value")
}

/// Decodes a value.
///
/// `memory` is where strings are that the value refers to.
///
/// # Errors
///
/// What cannot be decoded, and why.
pub(crate) fn decode(
    types: &Types,
    id: TypeId,
    bytes: &[u8],
    memory: &Memory,
) -> Result<Value, String> {
    match types.get(id) {
        Type::Base(base) => decode_base(base, bytes),
        Type::Struct(it) if it.name == "&str" => decode_str(it, bytes, memory),
        Type::Struct(it) => match &it.variants {
            None => fields(types, &it.name, &it.members, bytes, memory),
            Some(variants) => {
                let variant =
                    active(types, variants, bytes).ok_or_else(|| {
                        format!("{} has none of its values", it.name)
                    })?;
                let bytes = part(bytes, types, variant)?;
                decode(types, variant.ty, bytes, memory)
            }
        },
        Type::Enum(it) => {
            let value = masked(int(bytes, it.size, false)?, it.size);
            let named = it
                .values
                .iter()
                .find(|(_, known)| masked((*known).into(), it.size) == value);
            match named {
                Some((name, _)) => Ok(Value::Tuple(name.clone(), Vec::new())),
                None => Err(format!("{} has no value {value:#x}", it.name)),
            }
        }
        Type::Union(it) => match maybe_uninit(it) {
            Some(value) => {
                decode(types, value.ty, part(bytes, types, value)?, memory)
            }
            None => Err(format!("{} is a union", it.name)),
        },
        Type::Array(Array { element, count }) => {
            let size = types.size(*element) as usize;
            let element = |index: usize| {
                let bytes = bytes
                    .get(index * size..(index + 1) * size)
                    .ok_or("an array is cut off")?;
                decode(types, *element, bytes, memory)
            };
            let values = (0..*count as usize).map(element);
            Ok(Value::Array(values.collect::<Result<_, _>>()?))
        }
        Type::Pointer(_) => {
            Ok(Value::Address(int(bytes, 4, false)?.cast_unsigned() as u32))
        }
        Type::Unknown => Err("its type is not described".into()),
    }
}

/// The member that holds the value of an enumeration with data.
pub(crate) fn active<'t>(
    types: &Types,
    variants: &'t crate::dwarf::types::Variants,
    bytes: &[u8],
) -> Option<&'t Member> {
    let value = match &variants.discriminant {
        None => None,
        Some(member) => {
            let size = types.size(member.ty);
            let bytes = part(bytes, types, member).ok()?;
            Some((masked(int(bytes, size, false).ok()?, size), size))
        }
    };
    let is = |known: Option<u64>| match (known, value) {
        (Some(known), Some((value, size))) => {
            masked(known.into(), size) == value
        }
        _ => false,
    };
    let all = &variants.variants;
    let exact = all.iter().find(|(known, _)| is(*known));
    let default = || all.iter().find(|(known, _)| known.is_none());
    exact.or_else(default).map(|(_, member)| member)
}

/// The bytes of a member.
fn part<'b>(
    bytes: &'b [u8],
    types: &Types,
    member: &Member,
) -> Result<&'b [u8], String> {
    let start = member.offset as usize;
    let end = start.saturating_add(types.size(member.ty) as usize);
    bytes
        .get(start..end)
        .ok_or_else(|| format!("{} lies outside of its type", member.name))
}

fn fields(
    types: &Types,
    name: &str,
    members: &[Member],
    bytes: &[u8],
    memory: &Memory,
) -> Result<Value, String> {
    let mut fields = Vec::new();
    for member in members {
        let value =
            decode(types, member.ty, part(bytes, types, member)?, memory)
                .map_err(|error| format!("{name}::{}: {error}", member.name))?;
        fields.push((member.name.clone(), value));
    }
    // The fields of a tuple are called `__0` and so on.
    let is_tuple = !fields.is_empty()
        && fields.iter().all(|(name, _)| {
            name.strip_prefix("__")
                .is_some_and(|n| n.parse::<u8>().is_ok())
        });
    if !is_tuple {
        return Ok(Value::Struct(name.into(), fields));
    }
    // The type of a plain tuple is called by its types.
    let name = if name.starts_with('(') { "" } else { name };
    let name = name.split('<').next().unwrap_or_default();
    let values = fields.into_iter().map(|(_, value)| value);
    Ok(Value::Tuple(name.into(), values.collect()))
}

fn decode_base(base: &Base, bytes: &[u8]) -> Result<Value, String> {
    check_base(base)?;
    if base.size == 0 {
        return Ok(Value::Unit);
    }
    match base.encoding {
        gimli::DW_ATE_boolean => match int(bytes, 1, false)? {
            0 => Ok(Value::Bool(false)),
            1 => Ok(Value::Bool(true)),
            other => Err(format!("{other} is no bool")),
        },
        gimli::DW_ATE_float => {
            let bits = int(bytes, base.size, false)?.cast_unsigned();
            Ok(Value::Float(match base.size {
                4 => f32::from_bits(bits as u32).into(),
                _ => f64::from_bits(bits as u64),
            }))
        }
        gimli::DW_ATE_signed | gimli::DW_ATE_signed_char => {
            Ok(Value::Int(int(bytes, base.size, true)?))
        }
        _ => Ok(Value::Int(int(bytes, base.size, false)?)),
    }
}

fn decode_str(
    it: &Struct,
    bytes: &[u8],
    memory: &Memory,
) -> Result<Value, String> {
    let word = |name: &str| {
        let member = it.member(name)?;
        let bytes = bytes.get(member.offset as usize..)?;
        Some(u32::from_le_bytes(*bytes.first_chunk()?))
    };
    let (Some(base), Some(len)) = (word("data_ptr"), word("length")) else {
        return Err("&str has another form than expected".into());
    };
    let text = match len {
        0 => &[],
        _ => memory
            .read(base, len)
            .ok_or_else(|| format!("the text at {base:#010x} is missing"))?,
    };
    Ok(Value::Text(String::from_utf8_lossy(text).into_owned()))
}

/// An integer in little-endian order.
fn int(bytes: &[u8], size: u32, is_signed: bool) -> Result<i128, String> {
    let bytes = bytes
        .get(..size as usize)
        .filter(|bytes| bytes.len() <= 16)
        .ok_or("a number is cut off")?;
    let is_negative = is_signed && bytes.last().is_some_and(|b| b & 0x80 != 0);
    let mut wide = [if is_negative { 0xff } else { 0 }; 16];
    wide[..bytes.len()].copy_from_slice(bytes);
    Ok(i128::from_le_bytes(wide))
}

/// The lower bytes of a number.
fn masked(value: i128, size: u32) -> i128 {
    match size {
        16.. => value,
        size => value & ((1 << (size * 8)) - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_rust_does() {
        let value = Value::Struct(
            "S".into(),
            vec![
                ("a".into(), Value::Int(16)),
                ("b".into(), Value::Tuple("Some".into(), vec![Value::Unit])),
                ("c".into(), Value::Array(vec![Value::Bool(true)])),
                ("d".into(), Value::Tuple("None".into(), vec![])),
                ("e".into(), Value::Int(-2)),
            ],
        );
        assert_eq!(
            value.to_string(),
            "S { a: 0x10, b: Some(()), c: [true], d: None, e: -0x2 }"
        );
    }

    #[test]
    fn integers_are_little_endian_and_sign_extended() {
        assert_eq!(int(&[0xfe, 0xff], 2, true), Ok(-2));
        assert_eq!(int(&[0xfe, 0xff], 2, false), Ok(0xfffe));
        assert!(int(&[0], 2, false).is_err());
        assert_eq!(masked(-1, 1), 0xff);
    }
}
