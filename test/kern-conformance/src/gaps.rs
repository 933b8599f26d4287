// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Cases that a vehicle cannot show, and why.

/// Cases that are not run on a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Vehicles.
    pub vehicles: &'static [&'static str],
    /// The case, or the module with two colons for all of its cases.
    pub cases: &'static str,
    pub reason: &'static str,
}

impl Gap {
    /// Whether the gap is about a case on a vehicle.
    pub fn covers(&self, vehicle: &str, case: &str) -> bool {
        let same = match self.cases.strip_suffix("::") {
            Some(_) => case.starts_with(self.cases),
            None => case == self.cases,
        };
        same && self.vehicles.contains(&vehicle)
    }
}

/// All gaps.
pub const GAPS: &[Gap] = &[
    Gap {
        vehicles: &["m4", "m0plus"],
        cases: "fp::",
        reason: "the processor has no FPU",
    },
    Gap {
        vehicles: &["m4", "m0plus"],
        cases: "fp_status::",
        reason: "the processor has no FPU",
    },
    Gap {
        vehicles: &["m4f"],
        cases: "fp_status::",
        reason: "rsemu 0.0.7 loads FPSCR from FPDSCR on exception entry, \
                 before it is saved lazily; DDI 0403E B1.5.7 has that happen \
                 when the handler executes its first FP instruction",
    },
    Gap {
        vehicles: &["m4"],
        cases: "dump::",
        reason: "the kernel is built without the feature `dump`",
    },
    Gap {
        vehicles: &["m4f", "m0plus", "qemu"],
        cases: "no_dump::",
        reason: "the kernel is built with the feature `dump`",
    },
    Gap {
        vehicles: &["m4f", "qemu"],
        cases: "fault::a_floating_point_instruction_without_fpu",
        reason: "the processor has an FPU",
    },
    Gap {
        vehicles: &["m0plus"],
        cases: "fault::a_division_by_zero",
        reason: "ARMv6-M has no instruction that divides",
    },
];
