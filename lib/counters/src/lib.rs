// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Counts how often each variant of an event enum occurs.
//!
#![cfg_attr(feature = "derive", doc = "```")]
#![cfg_attr(not(feature = "derive"), doc = "```ignore")]
//! #[derive(counters::Count)]
//! enum Event {
//!     Started,
//!     #[count(skip)]
//!     Idle,
//!     Finished(#[count(children)] Result<(), Reason>),
//! }
//!
//! #[derive(counters::Count)]
//! enum Reason {
//!     TimedOut,
//!     Cancelled,
//! }
//!
//! counters::counters!(Event);
//!
//! counters::count!(Event::Started);
//! counters::count!(Event::Finished(Err(Reason::TimedOut)));
//! # counters::count!(Event::Finished(Err(Reason::Cancelled)));
//! # counters::count!(Event::Finished(Ok(())));
//! # counters::count!(Event::Idle);
//! ```
//!
//! A debugger finds the counters by their type names, which end in `Counts` or
//! `Counters`, and reads them from a running or dumped task.

#![cfg_attr(not(test), no_std)]

mod atomic;
mod impls;

pub use armv6m_atomic_hack;
pub use atomic::AtomicU32;
pub use impls::{BoolCounts, OptionCounters, ResultCounters};

/// Implements [`trait@Count`] for an enum.
///
/// For `enum Event` this makes `struct EventCounts`, as visible as the enum,
/// with one public field per variant, named like the variant.
///
/// - `#[count(skip)]` on a variant: no counter for it.
/// - `#[count(children)]` on one field of a variant: in place of one counter,
///   the variant has the counters of that field's type.
#[cfg(feature = "derive")]
pub use counters_derive::Count;

/// An event that can be counted.
pub trait Count {
    /// One counter for each kind of event told apart.
    type Counters;

    /// Counters at zero, for initialising a static.
    // The constant is a fresh set each time it is named; nobody mutates
    // through it.
    #[allow(clippy::declare_interior_mutable_const)]
    const NEW_COUNTERS: Self::Counters;

    /// Increments the counter for `self`, wrapping on overflow.
    fn count(&self, counters: &Self::Counters);
}

/// Declares the static that holds the counters for an event type.
///
/// `counters!(NAME, Type)` names the static; `counters!(Type)` calls it
/// `__COUNTERS`, of which there can be one per module.
#[macro_export]
macro_rules! counters {
    ($name:ident, $Type:ty $(,)?) => {
        static $name: <$Type as $crate::Count>::Counters =
            <$Type as $crate::Count>::NEW_COUNTERS;
    };
    ($Type:ty $(,)?) => {
        $crate::counters!(__COUNTERS, $Type);
    };
}

/// Counts an event.
///
/// `count!(counters, event)` takes the counters to use; `count!(event)` uses
/// the `__COUNTERS` of the current module.
#[macro_export]
macro_rules! count {
    ($counters:expr, $event:expr $(,)?) => {
        $crate::Count::count(&$event, &$counters)
    };
    ($event:expr $(,)?) => {
        $crate::count!(__COUNTERS, $event)
    };
}

#[cfg(all(test, feature = "derive"))]
mod tests;
