// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a source file uses.

use anyhow::Result;
use proc_macro2::{Span, TokenStream, TokenTree};
use std::collections::BTreeMap;
use syn::visit::Visit;
use syn::{ItemUse, UseTree};

/// Something that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// A path, from its crate on if it is imported.
    Path(Vec<String>),
    /// A method or a field of a value of unknown type.
    Member(String),
}

/// All that a file uses, with the lines.
///
/// # Errors
///
/// If the text is not Rust.
pub fn usages(text: &str) -> Result<Vec<(Usage, usize)>> {
    let file = syn::parse_file(text)?;
    let mut imports = Imports::default();
    imports.visit_file(&file);
    let mut scanner = Scanner {
        imports: &imports.names,
        found: imports.paths.clone(),
    };
    scanner.scan(text.parse::<TokenStream>().map_err(|e| {
        // What syn takes, the tokeniser takes.
        syn::Error::new(Span::call_site(), e.to_string())
    })?);
    Ok(scanner.found)
}

/// The imports of a file, whichever module they are in.
#[derive(Default)]
struct Imports {
    /// From the name in the file to the path.
    names: BTreeMap<String, Vec<String>>,
    paths: Vec<(Usage, usize)>,
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add(&item.tree, &mut Vec::new());
    }
}

impl Imports {
    fn add(&mut self, tree: &UseTree, path: &mut Vec<String>) {
        match tree {
            UseTree::Path(node) => {
                path.push(node.ident.to_string());
                self.add(&node.tree, path);
                path.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add(tree, path);
                }
            }
            UseTree::Name(name) => {
                self.insert(&name.ident, &name.ident, path);
            }
            UseTree::Rename(rename) => {
                self.insert(&rename.ident, &rename.rename, path);
            }
            UseTree::Glob(glob) => {
                let mut path = path.clone();
                path.push("*".into());
                let line = glob.star_token.spans[0].start().line;
                self.paths.push((Usage::Path(path), line));
            }
        }
    }

    fn insert(
        &mut self,
        ident: &syn::Ident,
        local: &syn::Ident,
        path: &[String],
    ) {
        let mut full = path.to_vec();
        if ident != "self" {
            full.push(ident.to_string());
        }
        let line = ident.span().start().line;
        self.paths.push((Usage::Path(full.clone()), line));
        let local = match local == "self" {
            true => full.last().cloned().unwrap_or_default(),
            false => local.to_string(),
        };
        // A crate under its own name needs no translation.
        if full.len() > 1 {
            self.names.insert(local, full);
        }
    }
}

/// Looks at tokens, because macros hide syntax.
struct Scanner<'a> {
    imports: &'a BTreeMap<String, Vec<String>>,
    found: Vec<(Usage, usize)>,
}

impl Scanner<'_> {
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Group(group) => self.scan(group.stream()),
                // Imports have been seen.
                TokenTree::Ident(ident) if ident == "use" => {
                    at +=
                        tokens[at..].iter().take_while(|t| !is(t, ';')).count();
                }
                TokenTree::Ident(ident) => {
                    let line = ident.span().start().line;
                    let mut path = vec![ident.to_string()];
                    let is_member = at > 0
                        && is(&tokens[at - 1], '.')
                        && !(at > 1 && is(&tokens[at - 2], '.'));
                    while let [a, b, TokenTree::Ident(next), ..] =
                        &tokens[at + 1..]
                        && is(a, ':')
                        && is(b, ':')
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    self.add(path, is_member, line);
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn add(&mut self, path: Vec<String>, is_member: bool, line: usize) {
        let usage = match (is_member, self.imports.get(&path[0])) {
            (true, _) => Usage::Member(path[0].clone()),
            // `ringbuf::X` is in the crate, and not in its macro `ringbuf`.
            (false, Some(full)) if path.len() > 1 && full[0] == path[0] => {
                Usage::Path(path)
            }
            (false, Some(full)) => Usage::Path([full, &path[1..]].concat()),
            (false, None) => Usage::Path(path),
        };
        self.found.push((usage, line));
    }
}

fn is(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == punct)
}

#[cfg(test)]
mod tests {
    use super::{Usage, usages};

    #[track_caller]
    fn assert_uses(text: &str, path: &str) {
        let path: Vec<_> = path.split("::").map(str::to_owned).collect();
        let usages = usages(text).unwrap();
        let wanted = Usage::Path(path);
        assert!(
            usages.iter().any(|(usage, _)| *usage == wanted),
            "{usages:?}"
        );
    }

    #[test]
    fn imports_are_resolved() {
        let text = "use userlib::{self as u, hl, TaskId as Id};
                    fn f() { hl::sleep_for(1); g(Id::KERNEL); u::x(); }";
        assert_uses(text, "userlib::hl");
        assert_uses(text, "userlib::hl::sleep_for");
        assert_uses(text, "userlib::TaskId::KERNEL");
    }

    #[test]
    fn attributes_and_macros_are_not_hidden() {
        let text = "use derive_idol_err::IdolError;
                    #[derive(IdolError, counters::Count)] enum E { A }
                    fn f() { assert!(userlib::sys_post(t, 1) == 0); }";
        assert_uses(text, "derive_idol_err::IdolError");
        assert_uses(text, "counters::Count");
        assert_uses(text, "userlib::sys_post");
    }

    #[test]
    fn globs_are_seen() {
        assert_uses("use userlib::*;", "userlib::*");
    }

    #[test]
    fn members_are_seen_and_ranges_are_none() {
        let usages = usages("fn f() { a.b(c..d); }").unwrap();
        let members: Vec<_> = usages
            .iter()
            .filter(|(usage, _)| matches!(usage, Usage::Member(_)))
            .collect();
        assert_eq!(members, [&(Usage::Member("b".into()), 1)]);
    }
}
