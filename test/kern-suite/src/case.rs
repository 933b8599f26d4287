// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Tables of cases.

/// A case: the fact it shows, and how.
pub type Case = (&'static str, &'static (dyn Fn() + Sync));

/// Defines the table of a module's cases: the module, and its functions.
#[macro_export]
macro_rules! cases {
    ($module:ident: $($(#[$attribute:meta])* $name:ident,)*) => {
        pub const CASES: &[$crate::case::Case] = &[
            $(
                $(#[$attribute])*
                (
                    concat!(stringify!($module), "::", stringify!($name)),
                    &$name,
                ),
            )*
        ];
    };
}

/// How many cases the tables have together.
pub const fn count(tables: &[&[Case]]) -> usize {
    let mut total = 0;
    let mut i = 0;
    while i < tables.len() {
        total += tables[i].len();
        i += 1;
    }
    total
}

/// All tables one after the other.
pub const fn join<const N: usize>(tables: &[&[Case]]) -> [Case; N] {
    const NONE: Case = ("", &none);
    let mut joined = [NONE; N];
    let mut total = 0;
    let mut i = 0;
    while i < tables.len() {
        let mut j = 0;
        while j < tables[i].len() {
            joined[total] = tables[i][j];
            total += 1;
            j += 1;
        }
        i += 1;
    }
    joined
}

fn none() {}
