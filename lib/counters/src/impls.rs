// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Counting of the types that events are commonly made of.

#![allow(clippy::declare_interior_mutable_const)]

use core::convert::Infallible;

use crate::{AtomicU32, Count};

/// The counters of a `Result`: those of its `Ok` and of its `Err` type.
#[allow(non_snake_case)]
pub struct ResultCounters<T: Count, E: Count> {
    /// Those of the values.
    pub Ok: T::Counters,
    /// Those of the errors.
    pub Err: E::Counters,
}

impl<T: Count, E: Count> Count for Result<T, E> {
    type Counters = ResultCounters<T, E>;

    const NEW_COUNTERS: Self::Counters = ResultCounters {
        Ok: T::NEW_COUNTERS,
        Err: E::NEW_COUNTERS,
    };

    fn count(&self, counters: &Self::Counters) {
        match self {
            Ok(value) => value.count(&counters.Ok),
            Err(error) => error.count(&counters.Err),
        }
    }
}

/// The counters of an `Option`: those of its contents, and one for `None`.
#[allow(non_snake_case)]
pub struct OptionCounters<T: Count> {
    /// Those of the contents.
    pub Some: T::Counters,
    /// How often there were none.
    pub None: AtomicU32,
}

impl<T: Count> Count for Option<T> {
    type Counters = OptionCounters<T>;

    const NEW_COUNTERS: Self::Counters = OptionCounters {
        Some: T::NEW_COUNTERS,
        None: AtomicU32::new(0),
    };

    fn count(&self, counters: &Self::Counters) {
        match self {
            Some(value) => value.count(&counters.Some),
            None => ().count(&counters.None),
        }
    }
}

/// The counters of a `bool`.
#[allow(non_camel_case_types)]
pub struct BoolCounts {
    /// How often it was true.
    pub r#true: AtomicU32,
    /// How often it was false.
    pub r#false: AtomicU32,
}

impl Count for bool {
    type Counters = BoolCounts;

    const NEW_COUNTERS: Self::Counters = BoolCounts {
        r#true: AtomicU32::new(0),
        r#false: AtomicU32::new(0),
    };

    fn count(&self, counters: &Self::Counters) {
        ().count(if *self {
            &counters.r#true
        } else {
            &counters.r#false
        });
    }
}

/// A unit has one value and so one counter.
impl Count for () {
    type Counters = AtomicU32;

    const NEW_COUNTERS: Self::Counters = AtomicU32::new(0);

    fn count(&self, counters: &Self::Counters) {
        counters.increment();
    }
}

/// What cannot happen needs no counter.
impl Count for Infallible {
    type Counters = ();

    const NEW_COUNTERS: Self::Counters = ();

    fn count(&self, (): &Self::Counters) {
        match *self {}
    }
}

impl<T: Count> Count for &T {
    type Counters = T::Counters;

    const NEW_COUNTERS: Self::Counters = T::NEW_COUNTERS;

    fn count(&self, counters: &Self::Counters) {
        T::count(self, counters);
    }
}
