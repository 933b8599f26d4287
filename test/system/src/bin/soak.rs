// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Runs soaks, as `cargo xtask soak` wants them.

#![forbid(unsafe_code)]

use clap::Parser;
use dump::Archives;
use std::any::Any;
use std::fmt::Write;
use std::ops::Range;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;
use system_tests::soak::{Broken, Summary, soak};
use system_tests::{CPU1, CPU2, image_path};

/// Runs soaks of the driver on both cores.
#[derive(Parser)]
struct Args {
    /// How many
    #[arg(long)]
    seeds: u64,
    /// The first seed
    #[arg(long)]
    first: u64,
    /// Cycles of traffic of each
    #[arg(long)]
    cycles: u64,
    /// Where the dump of a failure goes
    #[arg(long)]
    dumps: PathBuf,
}

/// What the soaks of several seeds have come to.
#[derive(Default)]
struct Tally {
    total: Summary,
    failures: Vec<(u64, String)>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let start = Instant::now();
    let tally = run_all(&args, args.first..args.first + args.seeds);
    for (seed, what) in &tally.failures {
        println!("seed {seed}: {what}");
        println!(
            "  again: cargo xtask soak --seeds 1 --first {seed} --cycles {}",
            args.cycles
        );
    }
    let Summary {
        calls,
        bytes,
        driver_crashes,
        client_crashes,
    } = tally.total;
    println!(
        "{} of {} soaks passed in {:.1} s: {calls} calls, {bytes} bytes, \
         {driver_crashes} crashes of drivers, {client_crashes} of clients",
        args.seeds - tally.failures.len() as u64,
        args.seeds,
        start.elapsed().as_secs_f64(),
    );
    match tally.failures.len() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Runs the soaks on as many threads as there are processors.
fn run_all(args: &Args, seeds: Range<u64>) -> Tally {
    let next = AtomicU64::new(seeds.start);
    let tally = Mutex::new(Tally::default());
    let worker = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return;
            }
            let result = run(args, seed);
            let mut tally = tally.lock().expect("no panic outside of run");
            match result {
                Ok(summary) => tally.total += summary,
                Err(what) => tally.failures.push((seed, what)),
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(worker);
        }
    });
    let mut tally = tally.into_inner().expect("no panic outside of run");
    tally.failures.sort();
    tally
}

fn run(args: &Args, seed: u64) -> Result<Summary, String> {
    match catch_unwind(|| soak(seed, args.cycles)) {
        Ok(Ok(summary)) => Ok(summary),
        Ok(Err(broken)) => Err(describe(&args.dumps, seed, &broken)),
        Err(panic) => Err(message(&*panic)),
    }
}

/// What was wrong, and where the chip's state is to be found.
fn describe(dumps: &Path, seed: u64, broken: &Broken) -> String {
    let mut text = broken.what.clone();
    let archives = [(CPU1, "test-soak-cpu1"), (CPU2, "test-soak-cpu2")]
        .into_iter()
        .fold(Archives::new(), |archives, (core, name)| {
            archives.with_image(core, &image_path(name))
        });
    let folder = dumps.join(format!("soak-{seed}"));
    match archives.write(&broken.soc, &folder) {
        Ok(paths) => paths.iter().for_each(|path| {
            let _ = write!(text, "\n  dump: {}", path.display());
        }),
        Err(error) => {
            let _ = write!(text, "\n  no dump: {error}");
        }
    }
    text
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic").to_owned()
}
