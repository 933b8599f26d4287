// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Each case on each vehicle, as a test of its own.

use anyhow::{Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use test_kern_conformance::{
    Case, GAPS, Gap, Outcome, Platform, Qemu, Simulator, Tables, VEHICLES,
    Vehicle,
};

/// Runs cases of one image on one vehicle.
type Run = Arc<dyn Fn(&Case) -> Result<Outcome> + Send + Sync>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials(arguments.filter.as_deref()) {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The cases of an image.
struct Volume {
    directory: PathBuf,
    cases: Vec<Case>,
}

impl Volume {
    fn read(directory: PathBuf) -> Result<Self> {
        let cases = Tables::read(&directory)?.cases;
        Ok(Self { directory, cases })
    }
}

/// All tests, or those of one vehicle if the filter begins with its name: the
/// images of the others need not be built then.
fn trials(filter: Option<&str>) -> Result<Vec<Trial>> {
    let meant = filter
        .and_then(|filter| filter.split_once("::"))
        .map(|(vehicle, _)| vehicle);
    let is_known = |name| VEHICLES.iter().any(|v| Some(v.name) == name);
    let mut library = Vec::new();
    for vehicle in VEHICLES {
        if is_known(meant) && meant != Some(vehicle.name) {
            continue;
        }
        let built = vehicle.build()?;
        let volumes: Result<Vec<_>> =
            built.into_iter().map(Volume::read).collect();
        library.push((vehicle, volumes?));
    }
    let everywhere: BTreeSet<String> = library
        .iter()
        .flat_map(|(_, volumes)| volumes)
        .flat_map(|volume| &volume.cases)
        .map(|case| case.name.clone())
        .collect();

    let mut trials = Vec::new();
    for (vehicle, volumes) in library {
        check_gaps(&vehicle, &volumes, &everywhere)?;
        for name in &everywhere {
            if let Some(gap) = gap(&vehicle, name) {
                trials.push(skipped(&vehicle, name, gap.reason));
            }
        }
        for mut volume in volumes {
            volume
                .cases
                .retain(|case| gap(&vehicle, &case.name).is_none());
            trials.extend(trials_of(&vehicle, volume)?);
        }
    }
    Ok(trials)
}

/// The tests of one image.
fn trials_of(vehicle: &Vehicle, volume: Volume) -> Result<Vec<Trial>> {
    let Volume { directory, cases } = volume;
    let run: Run = match vehicle.platform {
        Platform::Simulator(kind) => {
            let simulator = Simulator::new(&directory, kind)?;
            Arc::new(move |case| simulator.run(case))
        }
        Platform::Qemu(machine) => match Qemu::find() {
            Ok(_) => {
                let qemu = Mutex::new(Qemu::new(&directory, machine)?);
                Arc::new(move |case| {
                    let qemu = qemu.lock();
                    qemu.unwrap_or_else(PoisonError::into_inner).run(case)
                })
            }
            Err(reason) => {
                eprintln!("WARNING: no tests on {machine}: {reason}");
                let skip = |case: Case| skipped(vehicle, &case.name, &reason);
                return Ok(cases.into_iter().map(skip).collect());
            }
        },
    };
    let trial = |case| trial(vehicle, case, Arc::clone(&run));
    Ok(cases.into_iter().map(trial).collect())
}

fn gap(vehicle: &Vehicle, name: &str) -> Option<&'static Gap> {
    GAPS.iter().find(|gap| gap.covers(vehicle.name, name))
}

/// Every case must be there, or there must be a reason why it is not.
fn check_gaps(
    vehicle: &Vehicle,
    volumes: &[Volume],
    everywhere: &BTreeSet<String>,
) -> Result<()> {
    let cases = || volumes.iter().flat_map(|volume| &volume.cases);
    let here: BTreeSet<&String> = cases().map(|case| &case.name).collect();
    ensure!(
        here.len() == cases().count(),
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

fn trial(vehicle: &Vehicle, case: Case, run: Run) -> Trial {
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
