// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Each case on each vehicle, as a test of its own.

use anyhow::{Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use test_kern_conformance::{
    Case, GAPS, Gap, Platform, Qemu, Simulator, Tables, VEHICLES, Vehicle,
};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}

/// All tests.
fn trials() -> Result<Vec<Trial>> {
    let mut tables = Vec::new();
    for vehicle in VEHICLES {
        let directory = vehicle.build()?;
        let cases = Tables::read(&directory)?.cases;
        tables.push((vehicle, directory, cases));
    }
    let everywhere: BTreeSet<String> = tables
        .iter()
        .flat_map(|(_, _, cases)| cases)
        .map(|case| case.name.clone())
        .collect();

    let mut trials = Vec::new();
    for (vehicle, directory, cases) in tables {
        check_gaps(&vehicle, &cases, &everywhere)?;
        for name in &everywhere {
            if let Some(gap) = gap(&vehicle, name) {
                trials.push(skipped(&vehicle, name, gap.reason));
            }
        }
        let cases = cases
            .into_iter()
            .filter(|case| gap(&vehicle, &case.name).is_none());
        match vehicle.platform {
            Platform::Simulator(kind) => {
                let simulator = Arc::new(Simulator::new(&directory, kind)?);
                for case in cases {
                    let simulator = Arc::clone(&simulator);
                    let run = move |case: &Case| simulator.run(case);
                    trials.push(trial(&vehicle, case, run));
                }
            }
            Platform::Qemu(machine) => match Qemu::find() {
                Ok(_) => {
                    let qemu = Qemu::new(&directory, machine)?;
                    let qemu = Arc::new(Mutex::new(qemu));
                    for case in cases {
                        let qemu = Arc::clone(&qemu);
                        let run = move |case: &Case| {
                            let qemu = qemu.lock();
                            qemu.unwrap_or_else(PoisonError::into_inner)
                                .run(case)
                        };
                        trials.push(trial(&vehicle, case, run));
                    }
                }
                Err(reason) => {
                    eprintln!("no tests on {machine}: {reason}");
                    for case in cases {
                        trials.push(skipped(&vehicle, &case.name, &reason));
                    }
                }
            },
        }
    }
    Ok(trials)
}

fn gap(vehicle: &Vehicle, name: &str) -> Option<&'static Gap> {
    GAPS.iter().find(|gap| gap.covers(vehicle.name, name))
}

/// Every case must be there, or there must be a reason why it is not.
fn check_gaps(
    vehicle: &Vehicle,
    cases: &[Case],
    everywhere: &BTreeSet<String>,
) -> Result<()> {
    let here: BTreeSet<&String> = cases.iter().map(|case| &case.name).collect();
    ensure!(
        here.len() == cases.len(),
        "{}: two cases have the same name",
        vehicle.name
    );
    for name in everywhere {
        ensure!(
            here.contains(name) || gap(vehicle, name).is_some(),
            "{}: the image lacks {name}, and src/gaps.rs has no reason why",
            vehicle.name
        );
    }
    Ok(())
}

fn trial(
    vehicle: &Vehicle,
    case: Case,
    run: impl FnOnce(&Case) -> Result<test_kern_conformance::Outcome>
    + Send
    + 'static,
) -> Trial {
    Trial::test(format!("{}::{}", vehicle.name, case.name), move || {
        let outcome = run(&case).map_err(|e| Failed::from(format!("{e:?}")))?;
        outcome.check(&case).map_err(Failed::from)
    })
}

fn skipped(vehicle: &Vehicle, name: &str, reason: &str) -> Trial {
    Trial::test(format!("{}::{name}", vehicle.name), || Ok(()))
        .with_kind(reason)
        .with_ignored_flag(true)
}
