// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Interfaces of servers, and the types by which their operations are called.

use crate::dwarf::types::{Type, TypeId};
use crate::module::Module;
use crate::rule::{Findings, Rule};
use crate::system::System;
use idol::syntax::{
    AttributedTy, Error, Interface, Operation, RecvStrategy, Reply, Ty,
};
use quote::ToTokens;

/// The section that holds an interface.
const SECTION: &str = ".idolatry";

/// Checks the interfaces of all tasks.
pub(crate) fn check(system: &System, findings: &mut Findings) {
    for (index, module) in system.modules.iter().enumerate() {
        if let Some(interface) = read(module, findings) {
            let mut check = Check {
                system,
                index,
                interface: &interface,
                findings,
            };
            for (name, operation) in &interface.ops {
                check.operation(&name.to_string(), operation);
            }
        }
    }
}

/// The interface that a program carries, if any.
fn read(module: &Module, findings: &mut Findings) -> Option<Interface> {
    let section = module.section(SECTION)?;
    let mut violated = |what: String| {
        let what = format!("{SECTION}: {what}");
        findings.add(Rule::D3, &module.place, what);
    };
    if section.is_allocated() {
        violated("the section would be loaded".into());
    }
    let contents = module.contents(section);
    if contents.is_empty() {
        return None;
    }
    let text = match std::str::from_utf8(contents) {
        Ok(text) if !text.contains('\0') => text,
        Ok(_) => {
            violated("the text contains a NUL".into());
            return None;
        }
        Err(_) => {
            violated("the text is not UTF-8".into());
            return None;
        }
    };
    match text.parse() {
        Ok(interface) => Some(interface),
        Err(error) => {
            let error: idol::Error = error;
            violated(error.to_string());
            None
        }
    }
}

struct Check<'s, 'f> {
    system: &'s System,
    index: usize,
    interface: &'s Interface,
    findings: &'f mut Findings,
}

impl Check<'_, '_> {
    fn violated(&mut self, what: String) {
        let place = &self.system.modules[self.index].place;
        self.findings.add(Rule::D3, place, what);
    }

    /// A structure in the server's debug information.
    fn structure(&self, name: &str) -> Option<TypeId> {
        let mut all = self.system.types.structs(name);
        let mine = all.find(|(_, it)| it.module == self.index);
        mine.map(|(id, _)| id)
    }

    fn operation(&mut self, name: &str, operation: &Operation) {
        let interface = &self.interface.name;
        let path = format!("{interface}.{name}");
        if !operation.args.is_empty() {
            let arguments = format!("{interface}_{name}_ARGS");
            match self.structure(&arguments) {
                None => self.violated(format!(
                    "{path}: there is no struct `{arguments}`"
                )),
                Some(id) => self.arguments(&path, id, operation),
            }
        }
        match &operation.reply {
            Reply::Simple(ok) => self.reply(&path, ok),
            Reply::Result { ok, err } => {
                self.reply(&path, ok);
                if let Error::CLike(ty) | Error::Complex(ty) = err {
                    self.error(&path, ty);
                }
            }
        }
    }

    fn arguments(&mut self, path: &str, id: TypeId, operation: &Operation) {
        for (name, argument) in &operation.args {
            let is_raw = argument.ty.is_bool()
                || argument.recv != RecvStrategy::FromBytes;
            let member = match is_raw {
                true => format!("raw_{name}"),
                false => name.to_string(),
            };
            let it = self.system.types.as_struct(id);
            if it.is_none_or(|it| it.member(&member).is_none()) {
                self.violated(format!(
                    "{path}: argument {name} is not the member `{member}` of \
                     its struct"
                ));
            }
        }
    }

    /// The type of a reply is a base type, an enumeration, a structure, or
    /// else it is wrapped in a structure of its own.
    fn reply(&mut self, path: &str, ok: &AttributedTy) {
        if ok.ty.is_unit() {
            return;
        }
        let name = type_name(&ok.ty);
        let types = &self.system.types;
        let is_known = types.iter().any(|(_, ty)| match ty {
            Type::Base(it) => it.name == name,
            Type::Enum(it) => it.module == self.index && it.name == name,
            Type::Struct(it) => it.module == self.index && it.name == name,
            _ => false,
        });
        let wrapper = format!("{}_REPLY", path.replace('.', "_"));
        let has_wrapper = self.structure(&wrapper).is_some_and(|id| {
            let it = types.as_struct(id);
            it.is_some_and(|it| {
                it.members.len() == 1 && it.member("value").is_some()
            })
        });
        if !is_known && !has_wrapper {
            self.violated(format!(
                "{path}: the type of the reply, {name}, is not described, and \
                 there is no struct `{wrapper}`"
            ));
        }
    }

    fn error(&mut self, path: &str, ty: &Ty) {
        let name = type_name(ty);
        let types = &self.system.types;
        let is_known = types.iter().any(|(_, ty)| match ty {
            Type::Enum(it) => it.module == self.index && it.name == name,
            Type::Struct(it) => {
                it.module == self.index
                    && it.name == name
                    && it.variants.is_some()
            }
            _ => false,
        });
        if !is_known {
            self.violated(format!(
                "{path}: there is no enumeration `{name}` for its errors"
            ));
        }
    }
}

/// The name of a type as debug information has it: without the path.
fn type_name(ty: &Ty) -> String {
    let mut name = ty.to_token_stream().to_string();
    name.retain(|c| c != ' ');
    if name.contains(['<', '[', '(']) {
        return name;
    }
    name.rsplit("::").next().unwrap_or_default().to_owned()
}
