// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::convert::Infallible;
use core::mem::size_of;
use core::sync::atomic::Ordering::Relaxed;

use super::*;
// The derive names this crate as its users do.
use crate as counters;

#[derive(Copy, Clone, Count)]
enum Event {
    Plain,
    Tuple(#[allow(unused)] u32),
    #[count(skip)]
    Skipped,
    Nested(#[count(children)] Result<(), Reason>),
    Named {
        #[allow(unused)]
        id: u8,
        #[count(children)]
        seen: Option<bool>,
    },
    Never(#[count(children)] Result<Infallible, &'static Reason>),
}

#[derive(Copy, Clone, Count)]
enum Reason {
    A,
    B,
}

#[derive(Count)]
enum Generic<T, U: Copy> {
    Child(#[count(children)] T),
    Other(#[allow(unused)] U),
}

counters!(Event);

fn value(counter: &AtomicU32) -> u32 {
    counter.load(Relaxed)
}

#[test]
fn each_variant_is_counted_by_itself() {
    count!(Event::Plain);
    count!(Event::Tuple(1));
    count!(Event::Tuple(2));
    count!(Event::Skipped);
    count!(Event::Nested(Ok(())));
    count!(Event::Nested(Err(Reason::B)));
    count!(Event::Named {
        id: 1,
        seen: Some(true)
    });
    count!(Event::Named { id: 1, seen: None });
    count!(Event::Never(Err(&Reason::A)));

    assert_eq!(value(&__COUNTERS.Plain), 1);
    assert_eq!(value(&__COUNTERS.Tuple), 2);
    assert_eq!(value(&__COUNTERS.Nested.Ok), 1);
    assert_eq!(value(&__COUNTERS.Nested.Err.A), 0);
    assert_eq!(value(&__COUNTERS.Nested.Err.B), 1);
    assert_eq!(value(&__COUNTERS.Named.Some.r#true), 1);
    assert_eq!(value(&__COUNTERS.Named.Some.r#false), 0);
    assert_eq!(value(&__COUNTERS.Named.None), 1);
    assert_eq!(value(&__COUNTERS.Never.Err.A), 1);
    let () = __COUNTERS.Never.Ok;
}

#[test]
fn a_counter_set_can_have_a_name_and_be_an_expression() {
    counters!(RESULTS, Result<(), Infallible>,);
    struct Holder(&'static ResultCounters<(), Infallible>);
    let holder = Holder(&RESULTS);
    let result: Result<(), Infallible> = Ok(());

    count!(RESULTS, result);
    count!(*holder.0, result,);
    count!(holder.0, result);
    result.count(holder.0);

    assert_eq!(value(&RESULTS.Ok), 4);
}

#[test]
fn references_count_as_what_they_refer_to() {
    counters!(OPTION, &'static Option<()>);
    count!(OPTION, &Some(()));
    count!(OPTION, &None);
    count!(OPTION, &None);
    assert_eq!(value(&OPTION.Some), 1);
    assert_eq!(value(&OPTION.None), 2);
}

#[test]
fn a_generic_event_has_the_counters_of_its_parameter() {
    counters!(GENERIC, Generic<Reason, u8>);
    count!(GENERIC, Generic::<_, u8>::Child(Reason::A));
    count!(GENERIC, Generic::<Reason, _>::Other(3));
    let counts: &GenericCounts<Reason> = &GENERIC;
    assert_eq!(value(&counts.Child.A), 1);
    assert_eq!(value(&counts.Other), 1);
}

#[test]
fn counters_wrap() {
    let counter = AtomicU32::new(u32::MAX);
    ().count(&counter);
    assert_eq!(value(&counter), 0);
}

#[test]
fn counter_sets_consist_of_nothing_but_words() {
    assert_eq!(size_of::<AtomicU32>(), 4);
    assert_eq!(size_of::<EventCounts>(), 10 * 4);
    assert_eq!(size_of::<ResultCounters<(), Infallible>>(), 4);
}
