// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The list form of `task-slots`: a name, or a table with one entry that
//! renames the slot.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

#[derive(Deserialize, Serialize)]
#[serde(
    untagged,
    expecting = "a task slot is a name or a table with one entry"
)]
enum Slot {
    Plain(String),
    Renamed(IndexMap<String, String>),
}

pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<IndexMap<String, String>, D::Error> {
    let mut slots = IndexMap::new();
    for entry in Vec::<Slot>::deserialize(deserializer)? {
        let (slot, task) = match entry {
            Slot::Plain(name) => (name.clone(), name),
            Slot::Renamed(table) => {
                let count = table.len();
                match table.into_iter().next() {
                    Some(entry) if count == 1 => entry,
                    _ => {
                        return Err(D::Error::custom(format!(
                            "a task slot is a name or a table with one \
                             entry, not with {count}"
                        )));
                    }
                }
            }
        };
        if slots.insert(slot.clone(), task).is_some() {
            return Err(D::Error::custom(format!(
                "task slot \"{slot}\" is listed twice"
            )));
        }
    }
    Ok(slots)
}

pub fn serialize<S: Serializer>(
    slots: &IndexMap<String, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(slots.iter().map(|(slot, task)| {
        Slot::Renamed(IndexMap::from([(slot.clone(), task.clone())]))
    }))
}
