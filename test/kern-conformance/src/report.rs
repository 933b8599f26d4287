// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Which case is shown by which vehicle, for people.

use crate::GAPS;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is known of a case on a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is meant to pass, and has not run.
    Meant,
    Passed,
    Failed,
    /// It cannot be shown here: there is a [`Gap`](crate::Gap).
    Gap,
}

impl Mark {
    fn symbol(self) -> &'static str {
        match self {
            Mark::Meant | Mark::Passed => "✓",
            Mark::Failed => "FAILED",
            Mark::Gap => "–",
        }
    }
}

/// A table of cases and vehicles.
#[derive(Clone, Debug)]
pub struct Report {
    vehicles: Vec<&'static str>,
    rows: BTreeMap<String, Vec<Mark>>,
}

impl Report {
    /// A table without cases.
    pub fn new(vehicles: Vec<&'static str>) -> Self {
        Self {
            vehicles,
            rows: BTreeMap::new(),
        }
    }

    /// Says what is known of a case on a vehicle. A case about which nothing is
    /// said is meant to pass.
    pub fn set(&mut self, case: &str, vehicle: &str, mark: Mark) {
        let column = self.vehicles.iter().position(|name| *name == vehicle);
        let row = self.rows.entry(case.to_owned());
        let row = row.or_insert(vec![Mark::Meant; self.vehicles.len()]);
        if let Some(cell) = column.and_then(|column| row.get_mut(column)) {
            *cell = mark;
        }
    }

    /// A page with the gaps and all cases, in Markdown.
    pub fn page(&self) -> String {
        let mut page = "# Cases of the conformance suite\n\n\
            Written by `BLESS=1 cargo test -p test-kern-conformance`; the same \
            test checks that it is complete. ✓: the case passes on the \
            vehicle. –: the vehicle cannot show it, because:\n\n\
            | vehicles | cases | reason |\n|---|---|---|\n"
            .to_owned();
        for gap in GAPS {
            let vehicles = gap.vehicles.join(", ");
            let (cases, reason) = (gap.cases, gap.reason);
            // Writing to a string cannot fail.
            let _ = writeln!(page, "| {vehicles} | `{cases}` | {reason} |");
        }
        let mut last = "";
        for (case, marks) in &self.rows {
            let (module, fact) = case.split_once("::").unwrap_or(("", case));
            if module != last {
                let vehicles = self.vehicles.join(" | ");
                let rule = "|:-:".repeat(self.vehicles.len());
                let _ = writeln!(
                    page,
                    "\n## {module}\n\n| case | {vehicles} |\n|---{rule}|"
                );
                last = module;
            }
            let marks: Vec<_> = marks.iter().map(|m| m.symbol()).collect();
            let fact = fact.replace('_', " ");
            let _ = writeln!(page, "| {fact} | {} |", marks.join(" | "));
        }
        page
    }

    /// How many cases there are of each kind on each vehicle.
    pub fn summary(&self) -> String {
        let mut text = format!("{} cases\n", self.rows.len());
        for (column, vehicle) in self.vehicles.iter().enumerate() {
            let count = |mark| {
                let marks =
                    self.rows.values().filter_map(|row| row.get(column));
                marks.filter(|m| **m == mark).count()
            };
            let _ = writeln!(
                text,
                "{vehicle:>8}: {:3} passed, {} failed, {} not run, \
                 {} not applicable",
                count(Mark::Passed),
                count(Mark::Failed),
                count(Mark::Meant),
                count(Mark::Gap)
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, Report};

    #[test]
    fn a_report_has_a_row_for_each_case() {
        let mut report = Report::new(vec!["a", "b"]);
        report.set("send::it_arrives", "a", Mark::Passed);
        report.set("send::it_waits", "b", Mark::Gap);
        let page = report.page();
        assert!(page.contains("| case | a | b |\n|---|:-:|:-:|\n"));
        assert!(page.contains("| it arrives | ✓ | ✓ |\n"));
        assert!(page.contains("| it waits | ✓ | – |\n"));
    }

    #[test]
    fn a_summary_counts() {
        let mut report = Report::new(vec!["a"]);
        report.set("x::one", "a", Mark::Passed);
        report.set("x::two", "a", Mark::Failed);
        let line = "1 passed, 1 failed, 0 not run, 0 not applicable";
        assert!(report.summary().contains(line));
    }
}
