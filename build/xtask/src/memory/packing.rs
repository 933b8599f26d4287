// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The order of the tasks within a memory.

use super::{Mpu, Request, Span};
use std::collections::BTreeMap;

/// Partial solutions kept per step. Up to a dozen different requests this is
/// all there are, and the result is optimal; beyond it is a beam search.
const BEAM: usize = 1024;

/// Lays out `requests` from `base` up so that the last one ends as early as
/// possible. The result is in the order of `requests`.
///
/// A span may only start later when its predecessor ends later, so for a given
/// set of placed requests only the one arrangement that ends first can lead to
/// an optimum: the search is over sets instead of orders.
pub fn pack(mpu: Mpu, base: u64, requests: &[Request]) -> Vec<Span> {
    let order = greedy(mpu, base, requests)
        .unwrap_or_else(|| search(mpu, base, requests));
    let mut spans: Vec<Option<Span>> = vec![None; requests.len()];
    let mut at = base;
    for index in order {
        let span = requests[index].place(mpu, at);
        at = span.end();
        spans[index] = Some(span);
    }
    spans
        .into_iter()
        .map(|span| span.expect("every request"))
        .collect()
}

/// Largest first, if that wastes nothing.
fn greedy(mpu: Mpu, base: u64, requests: &[Request]) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = (0..requests.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(requests[i].smallest(mpu)));
    let end = order
        .iter()
        .fold(base, |at, &i| requests[i].place(mpu, at).end());
    let least: u64 = requests.iter().map(|r| r.smallest(mpu)).sum();
    (end == base + least).then_some(order)
}

/// A set of placed requests.
#[derive(Clone)]
struct Partial {
    /// Indices in the order of placement.
    order: Vec<usize>,
    /// Where the last one ends.
    end: u64,
    /// Bytes between the base and `end` beyond what was asked for.
    waste: u64,
}

fn search(mpu: Mpu, base: u64, requests: &[Request]) -> Vec<usize> {
    // Equal requests are interchangeable, so sets are counted by kind.
    let mut kinds: BTreeMap<Request, Vec<usize>> = BTreeMap::new();
    for (index, request) in requests.iter().enumerate() {
        kinds.entry(*request).or_default().push(index);
    }
    let kinds: Vec<_> = kinds.into_iter().collect();

    let start = Partial {
        order: Vec::new(),
        end: base,
        waste: 0,
    };
    let mut layer = BTreeMap::from([(vec![0_usize; kinds.len()], start)]);
    for _ in requests {
        let mut next: BTreeMap<Vec<usize>, Partial> = BTreeMap::new();
        for (counts, partial) in &layer {
            for (kind, (request, indices)) in kinds.iter().enumerate() {
                let Some(&index) = indices.get(counts[kind]) else {
                    continue;
                };
                let end = request.place(mpu, partial.end).end();
                let mut counts = counts.clone();
                counts[kind] += 1;
                if next.get(&counts).is_some_and(|known| known.end <= end) {
                    continue;
                }
                let mut order = partial.order.clone();
                order.push(index);
                let waste = partial.waste + (end - partial.end)
                    - u64::from(request.size);
                next.insert(counts, Partial { order, end, waste });
            }
        }
        if next.len() > BEAM {
            let mut ranked: Vec<_> = next.into_iter().collect();
            ranked.sort_by_key(|(_, partial)| partial.waste);
            ranked.truncate(BEAM);
            next = ranked.into_iter().collect();
        }
        layer = next;
    }
    // One set is left: all of them.
    layer
        .into_values()
        .next()
        .map_or(Vec::new(), |partial| partial.order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const V7M: Mpu = Mpu::PowerOfTwo { smallest: 32 };

    fn requests() -> impl Strategy<Value = Vec<Request>> {
        let request = (1_u32..5000, 1_u32..4, 0_u32..300).prop_map(
            |(size, regions, first)| Request {
                size,
                regions,
                align: 4,
                first: first.min(size),
            },
        );
        proptest::collection::vec(request, 1..6)
    }

    /// The earliest end over all orders.
    fn best_end(at: u64, left: &[Request]) -> u64 {
        if left.is_empty() {
            return at;
        }
        let orders = (0..left.len()).map(|i| {
            let mut rest = left.to_vec();
            let first = rest.remove(i);
            best_end(first.place(V7M, at).end(), &rest)
        });
        orders.min().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn spans_are_disjoint_regions_as_large_as_asked(
            requests in requests(),
            base in 0_u64..10_000,
        ) {
            let spans = pack(V7M, base, &requests);
            for (span, request) in spans.iter().zip(&requests) {
                prop_assert!(span.base >= base);
                prop_assert!(span.size() >= request.size.into());
                prop_assert!(span.sizes.len() <= request.regions as usize);
            }
            let mut sorted: Vec<_> = spans.iter().collect();
            sorted.sort_by_key(|span| span.base);
            for pair in sorted.windows(2) {
                prop_assert!(pair[0].end() <= pair[1].base);
            }
        }

        #[test]
        fn no_other_order_ends_earlier(
            requests in requests(),
            base in 0_u64..10_000,
        ) {
            let spans = pack(V7M, base, &requests);
            let end = spans.iter().map(Span::end).max().unwrap();
            prop_assert_eq!(end, best_end(base, &requests));
        }
    }

    #[test]
    fn thirty_tasks_are_packed_without_searching_all_orders() {
        let requests: Vec<_> = (0..30)
            .map(|i| Request {
                size: 700 + 331 * i,
                regions: 1 + i % 3,
                align: 4,
                first: 1,
            })
            .collect();
        let spans = pack(V7M, 0x0800_4a00, &requests);
        let end = spans.iter().map(Span::end).max().unwrap();
        let asked: u64 = requests.iter().map(|r| u64::from(r.size)).sum();
        assert!(end - 0x0800_4a00 < asked * 13 / 10);
    }
}
