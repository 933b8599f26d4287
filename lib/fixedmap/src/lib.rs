// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A small map of fixed capacity.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

/// A map from `K` to `V` with room for `N` entries.
///
/// Looking up a key compares it with every other one: this is for maps of a
/// dozen entries.
#[derive(Clone, Debug)]
pub struct FixedMap<K, V, const N: usize> {
    entries: [Option<(K, V)>; N],
}

impl<K, V, const N: usize> Default for FixedMap<K, V, N> {
    fn default() -> Self {
        Self {
            entries: [const { None }; N],
        }
    }
}

impl<K: PartialEq, V, const N: usize> FixedMap<K, V, N> {
    /// The value of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries
            .iter()
            .flatten()
            .find(|(k, _)| k == key)
            .map(|(_, value)| value)
    }

    /// Sets the value of `key`, and returns the one it had.
    ///
    /// # Errors
    /// If the map is full. It is not changed; key and value are given back.
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, (K, V)> {
        let mut free = None;
        for entry in &mut self.entries {
            match entry {
                Some((k, old)) if *k == key => {
                    return Ok(Some(core::mem::replace(old, value)));
                }
                Some(_) => {}
                None => free = free.or(Some(entry)),
            }
        }
        match free {
            Some(entry) => {
                *entry = Some((key, value));
                Ok(None)
            }
            None => Err((key, value)),
        }
    }

    /// Removes `key`, and returns the value it had.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.entries
            .iter_mut()
            .find(|entry| matches!(entry, Some((k, _)) if k == key))?
            .take()
            .map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_value_set_last() {
        let mut map = FixedMap::<&str, u32, 2>::default();
        assert_eq!(map.get(&"a"), None);
        assert_eq!(map.insert("a", 1), Ok(None));
        assert_eq!(map.insert("b", 2), Ok(None));
        assert_eq!(map.insert("a", 3), Ok(Some(1)));
        assert_eq!(map.get(&"a"), Some(&3));
        assert_eq!(map.get(&"b"), Some(&2));
    }

    #[test]
    fn a_full_map_gives_new_entries_back_but_changes_old_ones() {
        let mut map = FixedMap::<u8, u8, 1>::default();
        assert_eq!(map.insert(1, 10), Ok(None));
        assert_eq!(map.insert(2, 20), Err((2, 20)));
        assert_eq!(map.insert(1, 30), Ok(Some(10)));
        assert_eq!(map.get(&2), None);
    }

    #[test]
    fn removing_makes_room_and_leaves_no_second_entry() {
        let mut map = FixedMap::<u8, u8, 2>::default();
        let _ = map.insert(1, 10);
        let _ = map.insert(2, 20);
        assert_eq!(map.remove(&1), Some(10));
        assert_eq!(map.remove(&1), None);
        // The entry of 2 comes after the free one, and is found all the same.
        assert_eq!(map.insert(2, 30), Ok(Some(20)));
        assert_eq!(map.remove(&2), Some(30));
        assert_eq!(map.get(&2), None);
    }
}
