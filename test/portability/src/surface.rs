// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The public items of interface crates.

use crate::{files, read};
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};

/// What types have through traits of the core library, of `num-traits`, of
/// `zerocopy` and of `bitflags`; it is not in the lists.
const BY_TRAIT: &[&str] = &[
    "default",
    "clone",
    "eq",
    "fmt",
    "from",
    "into",
    "try_from",
    "try_into",
    "from_u8",
    "from_u16",
    "from_u32",
    "from_usize",
    "to_u32",
    "as_bytes",
    "bits",
    "empty",
    "all",
    "contains",
    "intersects",
    "from_bits",
    "from_bits_truncate",
    "from_bits_retain",
];

/// The interface crates: their public items, with the members of types, and
/// their features.
///
/// A line of a list is an item, or an item, a colon and its members. A plus
/// sign behind the item says that Idol generates it.
#[derive(Debug, Default)]
pub struct Surface {
    crates: BTreeMap<String, Crate>,
}

#[derive(Clone, Debug, Default)]
struct Crate {
    items: BTreeMap<String, BTreeSet<String>>,
    features: BTreeSet<String>,
    /// Items and members that no source text has, because Idol makes them.
    generated: BTreeSet<String>,
}

/// Stands for any feature or member.
const ANY: &str = "*";

impl Surface {
    /// Reads the lists.
    ///
    /// # Errors
    ///
    /// If one is not as the others.
    pub fn load() -> Result<Self> {
        let mut surface = Self::default();
        // In alphabetical order, so what is included is there already.
        for path in files("test/portability/surface/*.txt")? {
            let name = path.file_stem().context("a list has no name")?;
            let mut listed = Crate::default();
            for line in read(&path)?.lines() {
                let line = line.split('#').next().unwrap_or("").trim();
                if line.is_empty() {
                    continue;
                }
                let (item, members) = match line.split_once(": ") {
                    Some((item, members)) => (item, members),
                    None => (line, ""),
                };
                let members = members.split_whitespace().map(str::to_owned);
                match item {
                    "features" => listed.features.extend(members),
                    "include" => {
                        for name in members {
                            let other = surface.crates.get(&name);
                            let other = other.with_context(|| {
                                format!("{name} is not there yet")
                            })?;
                            listed.items.extend(other.items.clone());
                        }
                    }
                    _ => {
                        let is_generated = item.ends_with('+');
                        let item = item.trim_end_matches('+').to_owned();
                        let members: Vec<_> = members.collect();
                        if is_generated {
                            listed.generated.insert(item.clone());
                            listed.generated.extend(members.clone());
                        }
                        let old = listed.items.entry(item).or_default();
                        let total = old.len() + members.len();
                        old.extend(members);
                        ensure!(old.len() == total, "{line}: named twice");
                    }
                }
            }
            let name = name.to_string_lossy().into_owned();
            surface.crates.insert(name, listed);
        }
        Ok(surface)
    }

    /// The names of the crates.
    pub fn crates(&self) -> impl Iterator<Item = &str> {
        self.crates.keys().map(String::as_str)
    }

    /// Whether a crate is one of them.
    pub fn has_crate(&self, name: &str) -> bool {
        self.crates.contains_key(name)
    }

    /// Whether a crate has a feature.
    pub fn has_feature(&self, name: &str, feature: &str) -> bool {
        let listed = self.crates.get(name);
        feature == "default"
            || listed.is_some_and(|listed| {
                listed.features.contains(feature)
                    || listed.features.contains(ANY)
            })
    }

    /// Whether a path is public. Those of other crates are none of ours.
    pub fn allows(&self, path: &[String]) -> bool {
        let Some((name, rest)) = path.split_first() else {
            return true;
        };
        let Some(listed) = self.crates.get(name) else {
            return true;
        };
        // The longest item that the path begins with.
        let item = (0..=rest.len()).rev().find_map(|length| {
            let (item, members) = rest.split_at(length);
            Some((listed.items.get(&item.join("::"))?, members))
        });
        match item {
            Some((members, [member, ..])) => {
                members.contains(member)
                    || members.contains(ANY)
                    || BY_TRAIT.contains(&member.as_str())
            }
            Some((_, [])) => true,
            // Just the crate.
            None => rest.is_empty() || rest == ["self"],
        }
    }

    /// Whether any type has a member of that name.
    pub fn has_member(&self, member: &str) -> bool {
        let mut items = self.crates.values().flat_map(|listed| &listed.items);
        items.any(|(_, members)| members.contains(member))
    }

    /// The last names of all items of a crate, and of their members, that its
    /// source text must have.
    pub fn names(&self, name: &str) -> BTreeSet<&str> {
        let Some(listed) = self.crates.get(name) else {
            return BTreeSet::new();
        };
        let items = listed.items.iter();
        items
            .flat_map(|(item, members)| {
                let item = item.rsplit("::").next();
                item.into_iter().chain(members.iter().map(String::as_str))
            })
            .filter(|name| *name != ANY && !listed.generated.contains(*name))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Surface;

    fn allows(path: &str) -> bool {
        let path: Vec<_> = path.split("::").map(str::to_owned).collect();
        Surface::load().unwrap().allows(&path)
    }

    #[test]
    fn items_members_and_what_traits_add_are_public() {
        assert!(allows("userlib::sys_send"));
        assert!(allows("userlib::TaskId::KERNEL"));
        assert!(allows("userlib::hl::sleep_for"));
        assert!(allows("idol_runtime::ClientError::fail"));
        assert!(allows("abi::ReplyFaultReason::try_from"));
        assert!(allows("core::mem::swap"));
    }

    #[test]
    fn nothing_else_is_public() {
        assert!(!allows("userlib::sys_sleep"));
        assert!(!allows("userlib::TaskId::index_of"));
        assert!(!allows("userlib::hl::send"));
        assert!(!allows("idol_runtime::dispatch_n"));
        assert!(!allows("ringbuf::StaticCell::get"));
    }
}
