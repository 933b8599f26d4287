// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Each case on each vehicle, as a test of its own.

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{env, fs};
use test_kern_conformance::{
    Case, GAPS, Gap, Mark, Outcome, Platform, Qemu, Report, Simulator, Tables,
    VEHICLES, Vehicle,
};

/// Runs cases of one image on one vehicle.
type Run = Arc<dyn Fn(&Case) -> Result<Outcome> + Send + Sync>;

/// What tests find out, for all of them.
type Reporter = Arc<Mutex<Report>>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let (trials, reporter) = match trials(arguments.filter.as_deref()) {
        Ok(trials) => trials,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::FAILURE;
        }
    };
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        let report = lock(&reporter);
        let file =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance.md");
        print!("{}", report.summary());
        match fs::write(&file, report.page()) {
            Ok(()) => println!("The table is in {}.\n", file.display()),
            Err(error) => eprintln!("{}: {error}", file.display()),
        }
    }
    conclusion.exit_code()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
fn trials(filter: Option<&str>) -> Result<(Vec<Trial>, Reporter)> {
    let meant = filter
        .and_then(|filter| filter.split_once("::"))
        .map(|(vehicle, _)| vehicle);
    let is_known = |name| VEHICLES.iter().any(|v| Some(v.name) == name);
    let mut library = Vec::new();
    for vehicle in VEHICLES {
        if is_known(meant) && meant != Some(vehicle.name) {
            continue;
        }
        let built = vehicle.build();
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

    let vehicles: Vec<_> = library.iter().map(|(v, _)| v.name).collect();
    let is_complete = vehicles.len() == VEHICLES.len();
    let mut report = Report::new(vehicles);
    for (vehicle, volumes) in &library {
        check_gaps(vehicle, volumes, &everywhere)?;
        for name in &everywhere {
            let mark = gap(vehicle, name).map_or(Mark::Meant, |_| Mark::Gap);
            report.set(name, vehicle.name, mark);
        }
    }

    let mut trials = Vec::new();
    if is_complete {
        let page = report.page();
        let name = "documentation::the_table_of_cases_is_complete";
        trials.push(Trial::test(name, move || {
            check_documentation(&page).map_err(|e| format!("{e:#}").into())
        }));
    }
    let reporter = Arc::new(Mutex::new(report));
    for (vehicle, volumes) in library {
        for mut volume in volumes {
            volume
                .cases
                .retain(|case| gap(&vehicle, &case.name).is_none());
            trials.extend(trials_of(&vehicle, volume, &reporter)?);
        }
    }
    Ok((trials, reporter))
}

/// The page of the guide with all cases is what it has to be. Makes it so if
/// asked to.
fn check_documentation(page: &str) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("doc/src/conformance-cases.md");
    if env::var_os("BLESS").is_some() {
        fs::write(&path, page)?;
    }
    let written = fs::read_to_string(&path)
        .with_context(|| path.display().to_string())?;
    ensure!(
        written == page,
        "doc/src/conformance-cases.md has not the cases that there are; \
         `BLESS=1 cargo test -p test-kern-conformance documentation` writes it"
    );
    Ok(())
}

/// The tests of one image.
fn trials_of(
    vehicle: &Vehicle,
    volume: Volume,
    reporter: &Reporter,
) -> Result<Vec<Trial>> {
    let Volume { directory, cases } = volume;
    let run: Run = match vehicle.platform {
        Platform::Simulator(kind) => {
            let simulator = Simulator::new(&directory, kind)?;
            Arc::new(move |case| simulator.run(case))
        }
        Platform::Qemu(machine) => match Qemu::find() {
            Ok(_) => {
                let qemu = Mutex::new(Qemu::new(&directory, machine)?);
                Arc::new(move |case| lock(&qemu).run(case))
            }
            Err(reason) => {
                eprintln!("WARNING: no tests on {machine}: {reason}");
                let skip = |case: Case| skipped(vehicle, &case.name);
                return Ok(cases.into_iter().map(skip).collect());
            }
        },
    };
    let trial = |case| {
        trial(vehicle.name, case, Arc::clone(&run), Arc::clone(reporter))
    };
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

fn trial(
    vehicle: &'static str,
    case: Case,
    run: Run,
    reporter: Reporter,
) -> Trial {
    Trial::test(format!("{vehicle}::{}", case.name), move || {
        let result = run(&case)
            .map_err(|error| format!("{error:?}"))
            .and_then(|outcome| outcome.check(&case));
        let mark = match result {
            Ok(()) => Mark::Passed,
            Err(_) => Mark::Failed,
        };
        lock(&reporter).set(&case.name, vehicle, mark);
        result.map_err(Failed::from)
    })
}

fn skipped(vehicle: &Vehicle, name: &str) -> Trial {
    Trial::test(format!("{}::{name}", vehicle.name), || Ok(()))
        .with_ignored_flag(true)
}
