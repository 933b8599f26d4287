// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Types as debug information describes them, of all programs together.

use std::collections::{HashMap, HashSet};

/// A type among [`Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(usize);

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    Base(Base),
    /// A structure, a tuple, or an enumeration with data.
    Struct(Struct),
    /// An enumeration without data.
    Enum(Enum),
    Union(Union),
    Array(Array),
    Pointer(Option<TypeId>),
    /// Referred to, but not described in a way that is understood.
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Base {
    pub name: String,
    pub size: u32,
    pub encoding: gimli::DwAte,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Struct {
    /// Without the path, but with generic arguments.
    pub name: String,
    pub size: u32,
    pub members: Vec<Member>,
    pub variants: Option<Variants>,
    /// The program that describes it.
    pub module: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub name: String,
    pub offset: u32,
    pub ty: TypeId,
}

/// What follows from the value of a discriminant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variants {
    pub discriminant: Option<Member>,
    /// The one without a value is what it is for all other values.
    pub variants: Vec<(Option<u64>, Member)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Enum {
    pub name: String,
    pub size: u32,
    pub values: Vec<(String, u64)>,
    /// The program that describes it.
    pub module: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Union {
    pub name: String,
    pub size: u32,
    pub members: Vec<Member>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Array {
    pub element: TypeId,
    pub count: u32,
}

impl Struct {
    /// The member of a name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// Its only member, if it is a tuple of one.
    pub fn newtype(&self) -> Option<&Member> {
        match &*self.members {
            [only] if only.name == "__0" && self.variants.is_none() => {
                Some(only)
            }
            _ => None,
        }
    }
}

/// The name without generic arguments and path.
pub(crate) fn base_name(name: &str) -> &str {
    let name = name.split('<').next().unwrap_or_default();
    name.rsplit("::").next().unwrap_or_default()
}

/// All types.
#[derive(Debug, Default)]
pub(crate) struct Types {
    types: Vec<Type>,
    /// By program and offset in its `.debug_info`.
    by_offset: HashMap<(usize, usize), TypeId>,
}

impl Types {
    /// The type at an offset, whether it has been read or will be.
    pub fn at(&mut self, module: usize, offset: usize) -> TypeId {
        let next = TypeId(self.types.len());
        let id = *self.by_offset.entry((module, offset)).or_insert(next);
        if id == next {
            self.types.push(Type::Unknown);
        }
        id
    }

    /// Fills in what a type is.
    pub fn define(&mut self, id: TypeId, ty: Type) {
        self.types[id.0] = ty;
    }

    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0]
    }

    pub fn as_struct(&self, id: TypeId) -> Option<&Struct> {
        match self.get(id) {
            Type::Struct(it) => Some(it),
            _ => None,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (TypeId, &Type)> {
        let types = self.types.iter().enumerate();
        types.map(|(index, ty)| (TypeId(index), ty))
    }

    /// All structures of a name; variants of enumerations are some, too.
    pub fn structs<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (TypeId, &'a Struct)> {
        self.iter().filter_map(move |(id, ty)| match ty {
            Type::Struct(it) if it.name == name => Some((id, it)),
            _ => None,
        })
    }

    /// Bytes that a value occupies.
    pub fn size(&self, id: TypeId) -> u32 {
        match self.get(id) {
            Type::Base(it) => it.size,
            Type::Struct(it) => it.size,
            Type::Enum(it) => it.size,
            Type::Union(it) => it.size,
            Type::Array(it) => self.size(it.element).saturating_mul(it.count),
            Type::Pointer(_) => 4,
            Type::Unknown => 0,
        }
    }

    /// A name for people.
    pub fn name(&self, id: TypeId) -> String {
        match self.get(id) {
            Type::Base(it) => it.name.clone(),
            Type::Struct(it) => it.name.clone(),
            Type::Enum(it) => it.name.clone(),
            Type::Union(it) => it.name.clone(),
            Type::Array(it) => {
                format!("[{}; {}]", self.name(it.element), it.count)
            }
            Type::Pointer(Some(target)) => format!("&{}", self.name(*target)),
            Type::Pointer(None) => "*const ()".into(),
            Type::Unknown => "a type without a description".into(),
        }
    }

    /// Whether it is an unsigned integer of some bytes.
    pub fn is_unsigned(&self, id: TypeId, size: u32) -> bool {
        match self.get(id) {
            Type::Base(it) => {
                it.size == size && it.encoding == gimli::DW_ATE_unsigned
            }
            _ => false,
        }
    }

    /// What a tuple of one has in it.
    pub fn newtype(&self, id: TypeId) -> Option<TypeId> {
        Some(self.as_struct(id)?.newtype()?.ty)
    }

    /// What is in an `Option`, if that is what it is.
    pub fn option(&self, id: TypeId) -> Option<TypeId> {
        let it = self.as_struct(id)?;
        let variants = &it.variants.as_ref()?.variants;
        let find = |name: &str| {
            let mut members = variants.iter().map(|(_, member)| member);
            members.find(|member| member.name == name)
        };
        find("None")?;
        let some = self.as_struct(find("Some")?.ty)?;
        Some(some.member("__0")?.ty)
    }

    /// Whether two types have the same structure.
    pub fn are_alike(&self, a: TypeId, b: TypeId) -> bool {
        self.alike(a, b, &mut HashSet::new())
    }

    fn alike(
        &self,
        a: TypeId,
        b: TypeId,
        assumed: &mut HashSet<(TypeId, TypeId)>,
    ) -> bool {
        // What refers to itself is alike unless another part differs.
        if a == b || !assumed.insert((a, b)) {
            return true;
        }
        let mut members_alike = |a: &Member, b: &Member| {
            a.name == b.name
                && a.offset == b.offset
                && self.alike(a.ty, b.ty, assumed)
        };
        match (self.get(a), self.get(b)) {
            (Type::Struct(a), Type::Struct(b)) => {
                let mut all = |a: &[Member], b: &[Member]| {
                    let mut pairs = a.iter().zip(b);
                    a.len() == b.len()
                        && pairs.all(|(a, b)| members_alike(a, b))
                };
                a.name == b.name
                    && a.size == b.size
                    && all(&a.members, &b.members)
                    && match (&a.variants, &b.variants) {
                        (None, None) => true,
                        (Some(a), Some(b)) => {
                            let members = |v: &Variants| -> Vec<Member> {
                                let all = v.variants.iter();
                                all.map(|(_, member)| member.clone()).collect()
                            };
                            let values = |v: &Variants| -> Vec<Option<u64>> {
                                v.variants.iter().map(|(v, _)| *v).collect()
                            };
                            values(a) == values(b)
                                && all(&members(a), &members(b))
                        }
                        _ => false,
                    }
            }
            (Type::Union(a), Type::Union(b)) => {
                let mut pairs = a.members.iter().zip(&b.members);
                a.name == b.name
                    && a.members.len() == b.members.len()
                    && pairs.all(|(a, b)| members_alike(a, b))
            }
            (Type::Array(a), Type::Array(b)) => {
                a.count == b.count && self.alike(a.element, b.element, assumed)
            }
            (Type::Pointer(Some(a)), Type::Pointer(Some(b))) => {
                self.alike(*a, *b, assumed)
            }
            (Type::Enum(a), Type::Enum(b)) => {
                a.name == b.name && a.size == b.size && a.values == b.values
            }
            (a, b) => a == b,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(types: &mut Types, offset: usize, size: u32) -> TypeId {
        let id = types.at(0, offset);
        let name = format!("u{}", size * 8);
        let encoding = gimli::DW_ATE_unsigned;
        types.define(
            id,
            Type::Base(Base {
                name,
                size,
                encoding,
            }),
        );
        id
    }

    /// A list node: a value and a pointer to another such node.
    fn node(types: &mut Types, module: usize, value: TypeId) -> TypeId {
        let id = types.at(module, 100);
        let pointer = types.at(module, 101);
        types.define(pointer, Type::Pointer(Some(id)));
        let member = |name: &str, offset, ty| Member {
            name: name.into(),
            offset,
            ty,
        };
        types.define(
            id,
            Type::Struct(Struct {
                name: "Node".into(),
                size: 8,
                members: vec![
                    member("value", 0, value),
                    member("next", 4, pointer),
                ],
                variants: None,
                module,
            }),
        );
        id
    }

    #[test]
    fn types_are_compared_by_structure_even_if_they_refer_to_themselves() {
        let mut types = Types::default();
        let word = base(&mut types, 0, 4);
        let byte = base(&mut types, 1, 1);
        let a = node(&mut types, 0, word);
        let b = node(&mut types, 1, word);
        let c = node(&mut types, 2, byte);
        assert!(types.are_alike(a, b));
        assert!(!types.are_alike(a, c));
        assert_eq!(types.structs("Node").count(), 3);
    }

    #[test]
    fn base_names_have_neither_path_nor_arguments() {
        assert_eq!(
            base_name("StaticCell<Ringbuf<a::B, u16, 4>>"),
            "StaticCell"
        );
        assert_eq!(base_name("core::cell::UnsafeCell<u32>"), "UnsafeCell");
    }
}
