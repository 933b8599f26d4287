// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One task's share of one memory, and where it can lie.
//!
//! Addresses are `u64` here so that the end of the address space is a number.

/// What a memory protection unit accepts as a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mpu {
    /// Powers of two, aligned to their size (ARMv6-M, ARMv7-M).
    PowerOfTwo {
        /// Bytes of the smallest region.
        smallest: u32,
    },
    /// Any multiple, at any multiple (ARMv8-M).
    Multiple {
        /// Bytes.
        of: u32,
    },
}

impl Mpu {
    /// Bytes of the smallest region, which is also what bases and sizes are
    /// multiples of.
    pub fn granule(self) -> u32 {
        match self {
            Self::PowerOfTwo { smallest } => smallest,
            Self::Multiple { of } => of,
        }
    }

    /// Whether one region can cover exactly this.
    pub fn is_region(self, base: u32, size: u32) -> bool {
        match self {
            Self::PowerOfTwo { smallest } => {
                size.is_power_of_two()
                    && size >= smallest
                    && base.is_multiple_of(size)
            }
            Self::Multiple { of } => {
                size > 0 && size.is_multiple_of(of) && base.is_multiple_of(of)
            }
        }
    }
}

/// What a task needs of one memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// Bytes, not zero.
    pub size: u32,
    /// The number of regions that may be spent on it, not zero.
    pub regions: u32,
    /// Power of two that the base has to be a multiple of.
    pub align: u32,
    /// Bytes that the first region has to hold by itself.
    pub first: u32,
}

/// Abutting protection regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// First address.
    pub base: u64,
    /// Bytes of each region, ascending by address.
    pub sizes: Vec<u32>,
}

impl Span {
    /// First address past the span.
    pub fn end(&self) -> u64 {
        self.base + self.size()
    }

    /// Bytes of all regions together.
    pub fn size(&self) -> u64 {
        self.sizes.iter().map(|&size| u64::from(size)).sum()
    }
}

impl Request {
    /// The span at or after `from` that satisfies the request and ends first.
    pub fn place(&self, mpu: Mpu, from: u64) -> Span {
        match mpu {
            Mpu::PowerOfTwo { smallest } => self.place_powers(smallest, from),
            Mpu::Multiple { of } => {
                let align = self.align.max(of);
                Span {
                    base: from.next_multiple_of(align.into()),
                    sizes: vec![self.size.next_multiple_of(of)],
                }
            }
        }
    }

    /// Bytes of the smallest span, wherever it lies.
    pub fn smallest(&self, mpu: Mpu) -> u64 {
        self.place(mpu, 0).size()
    }

    /// Cuts the span at its most aligned point, the *peak*. Before it regions
    /// grow from one to the next and after it they shrink, so each side is a
    /// number whose one bits are the regions. For every alignment of the peak
    /// only the first such point can be best: from a later one the span could
    /// be moved down.
    fn place_powers(&self, smallest: u32, from: u64) -> Span {
        let granule = u64::from(smallest);
        let need = u64::from(self.size).next_multiple_of(granule);
        let first = u64::from(self.first).next_power_of_two().max(granule);
        let align = u64::from(self.align).max(granule);
        let from = from.next_multiple_of(align);

        let mut best: Option<(u64, u64, u64)> = None;
        for shift in align.trailing_zeros()..=32 {
            let peak = from.next_multiple_of(1 << shift);
            let room = 1_u64 << peak.trailing_zeros().min(32);
            for regions_before in 0..=self.regions {
                // A region before the peak must not be smaller than the first
                // one has to be, nor than the alignment of the base.
                let before = keep_high_bits(peak - from, regions_before)
                    & !(first - 1)
                    & !(align - 1);
                let Some(rest) = need.checked_sub(before) else {
                    continue;
                };
                let rest = if before == 0 { rest.max(first) } else { rest };
                let spare = self.regions - before.count_ones();
                let Some(after) = round_up_to_bits(rest, spare) else {
                    continue;
                };
                let end = peak + after;
                if after <= room && best.is_none_or(|(_, _, e)| end < e) {
                    best = Some((peak - before, peak, end));
                }
            }
        }
        // One region on its own alignment is always a candidate.
        let (base, peak, end) = best.expect("a single region fits somewhere");
        let ascending = (0..32).map(|bit| (peak - base) & (1 << bit));
        let descending = (0..=32).rev().map(|bit| (end - peak) & (1 << bit));
        let sizes = ascending
            .chain(descending)
            .filter(|&size| size != 0)
            .map(|size| u32::try_from(size).expect("a region is below 4 GiB"))
            .collect();
        Span { base, sizes }
    }
}

/// Clears all but the `count` highest one bits.
fn keep_high_bits(mut value: u64, count: u32) -> u64 {
    while value.count_ones() > count {
        value &= value - 1;
    }
    value
}

/// The smallest number not below `value` with at most `count` one bits.
fn round_up_to_bits(value: u64, count: u32) -> Option<u64> {
    if value.count_ones() <= count {
        return Some(value);
    }
    if count == 0 {
        return None;
    }
    let kept = keep_high_bits(value, count);
    // Adding the lowest kept bit carries upwards, which only merges ones.
    Some(kept + (kept & kept.wrapping_neg()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const V6M: Mpu = Mpu::PowerOfTwo { smallest: 256 };
    const V7M: Mpu = Mpu::PowerOfTwo { smallest: 32 };

    fn request(size: u32, regions: u32) -> Request {
        Request {
            size,
            regions,
            align: 4,
            first: 1,
        }
    }

    /// Takes as few regions as possible to cover `[base, end)` exactly.
    fn regions_of(base: u64, end: u64) -> Vec<u32> {
        let mut sizes = Vec::new();
        let mut at = base;
        while at < end {
            let mut size = 1_u64 << 32;
            while !at.is_multiple_of(size) || at + size > end {
                size /= 2;
            }
            sizes.push(u32::try_from(size).unwrap());
            at += size;
        }
        sizes
    }

    /// Tries every base and end in units of the granule.
    fn place_by_search(request: &Request, mpu: Mpu, from: u64) -> u64 {
        let granule = u64::from(mpu.granule());
        let mut end = from.next_multiple_of(granule);
        loop {
            end += granule;
            let mut base = from.next_multiple_of(granule);
            while end - base >= request.size.into() {
                let sizes = regions_of(base, end);
                if sizes.len() <= request.regions as usize
                    && base.is_multiple_of(u64::from(request.align))
                    && sizes[0] >= request.first
                {
                    return end;
                }
                base += granule;
            }
        }
    }

    #[test]
    fn one_region_is_rounded_to_a_power_of_two() {
        let span = request(1500, 1).place(V7M, 0x2000_0100);
        assert_eq!(
            span,
            Span {
                base: 0x2000_0800,
                sizes: vec![2048]
            }
        );
    }

    #[test]
    fn two_regions_waste_less_than_one() {
        let span = request(1500, 2).place(V7M, 0x2000_0000);
        assert_eq!(
            span,
            Span {
                base: 0x2000_0000,
                sizes: vec![1024, 512]
            }
        );
    }

    #[test]
    fn regions_may_grow_towards_an_aligned_address() {
        let span = request(5120, 2).place(V7M, 0x0800_0c00);
        assert_eq!(
            span,
            Span {
                base: 0x0800_0c00,
                sizes: vec![1024, 4096]
            }
        );
    }

    #[test]
    fn the_stack_stays_within_the_first_region() {
        let stack = Request {
            first: 900,
            ..request(5120, 2)
        };
        let span = stack.place(V7M, 0x0800_0e00);
        assert!(span.sizes[0] >= 900, "{span:?}");
    }

    #[test]
    fn v8m_rounds_to_32_bytes_only() {
        let span =
            request(1500, 1).place(Mpu::Multiple { of: 32 }, 0x2000_0101);
        assert_eq!(
            span,
            Span {
                base: 0x2000_0120,
                sizes: vec![1504]
            }
        );
    }

    proptest! {
        #[test]
        fn a_span_is_valid_and_no_other_ends_before_it(
            size in 1_u32..3000,
            regions in 1_u32..5,
            align in 2_u32..9,
            first in 1_u32..600,
            from in 0_u64..4096,
            mpu in prop_oneof![Just(V7M), Just(V6M)],
        ) {
            let request =
                Request { size, regions, align: 1 << align, first };
            let span = request.place(mpu, from);
            prop_assert!(span.base >= from);
            prop_assert!(span.base.is_multiple_of(u64::from(request.align)));
            prop_assert!(span.size() >= size.into());
            prop_assert!(span.sizes.len() <= regions as usize);
            prop_assert!(span.sizes[0] >= first);
            let mut base = span.base;
            for &size in &span.sizes {
                prop_assert!(mpu.is_region(base as u32, size));
                base += u64::from(size);
            }
            prop_assert_eq!(
                span.end(),
                place_by_search(&request, mpu, from)
            );
        }
    }
}
