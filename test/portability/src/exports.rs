// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What our own interface crates have.

use crate::{files, read};
use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Field, ImplItemFn, ItemMod, ItemTrait, TraitItem, Visibility};

/// The names in a crate.
#[derive(Debug, Default)]
pub struct Exports {
    /// Public methods, fields and methods of public traits.
    pub members: BTreeSet<String>,
    /// Every identifier, and every word in a literal.
    pub words: BTreeSet<String>,
}

impl Exports {
    /// Reads a crate in a directory.
    ///
    /// # Errors
    ///
    /// If it is not there, or not Rust.
    pub fn read(directory: &str) -> Result<Self> {
        let mut exports = Self::default();
        let mut paths = files(&format!("{directory}/src/**/*.rs"))?;
        // Some of it may be generated.
        paths.extend(files(&format!("{directory}/build.rs"))?);
        for path in paths {
            let text = read(&path)?;
            let context = || path.display().to_string();
            exports.visit_file(&syn::parse_file(&text).with_context(context)?);
            if let Ok(tokens) = text.parse() {
                exports.add_words(tokens);
            }
        }
        Ok(exports)
    }

    fn add_words(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.add_words(group.stream()),
                TokenTree::Ident(ident) => {
                    self.words.insert(ident.unraw().to_string());
                }
                // Generated code may be there as text.
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let is_other = |c: char| !c.is_alphanumeric() && c != '_';
                    self.words.extend(text.split(is_other).map(str::to_owned));
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Exports {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if matches!(item.vis, Visibility::Public(_)) {
            self.members.insert(item.sig.ident.to_string());
        }
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if let (Visibility::Public(_), Some(ident)) = (&field.vis, &field.ident)
        {
            self.members.insert(ident.to_string());
        }
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        if matches!(item.vis, Visibility::Public(_)) {
            for item in &item.items {
                if let TraitItem::Fn(item) = item {
                    self.members.insert(item.sig.ident.to_string());
                }
            }
        }
    }
}
