// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Dumps for the debugger while a session goes on.

use crate::config::display;
use anyhow::{Context, Result};
use clap::Args;
use debug_check::System;
use dump::Archives;
use sim::{CoreId, Soc};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// When to write dumps, besides on demand.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct DumpArgs {
    /// Write a dump for Humility when this many cycles have passed
    #[arg(long, value_name = "CYCLES")]
    pub dump_at: Option<u64>,
    /// Write a dump for Humility when a task, or a kernel, has faulted for the
    /// first time
    #[arg(long)]
    pub dump_on_fault: bool,
}

/// Writes dumps when it is time to.
pub struct Dumps {
    archives: Archives,
    folder: PathBuf,
    at: Option<u64>,
    /// The images in which no fault has been seen yet.
    healthy: Vec<(CoreId, System)>,
    /// Set when somebody asks for a dump.
    requested: Arc<AtomicBool>,
    news: Vec<String>,
}

impl Dumps {
    /// Waits for what `args` say; dumps go to a folder.
    ///
    /// # Errors
    ///
    /// If an image is to be watched whose archive cannot be read.
    pub fn new(
        args: DumpArgs,
        archives: Archives,
        folder: PathBuf,
    ) -> Result<Self> {
        let mut healthy = Vec::new();
        for core in CoreId::ALL {
            if let Some(path) = archives.of(core)
                && args.dump_on_fault
            {
                let bytes = fs::read(path)
                    .with_context(|| format!("reading {}", path.display()))?;
                let report = debug_check::check_archive(&bytes);
                healthy.extend(report.system.map(|system| (core, system)));
            }
        }
        let requested = Arc::new(AtomicBool::new(false));
        // Ctrl-\ on a terminal; it would end the program otherwise.
        #[cfg(unix)]
        signal_hook::flag::register(
            signal_hook::consts::SIGQUIT,
            Arc::clone(&requested),
        )?;
        Ok(Self {
            archives,
            folder,
            at: args.dump_at,
            healthy,
            requested,
            news: Vec::new(),
        })
    }

    /// Writes dumps if it is time to. Meant to be called often.
    pub fn look(&mut self, soc: &Soc) {
        let is_time = self.at.take_if(|at| soc.cycles() >= *at).is_some();
        // No short-circuit: what has been asked for is done with.
        if is_time | self.requested.swap(false, Ordering::Relaxed) {
            self.write(soc);
        }
        let read = |address, len| soc.read_memory(address, len as usize);
        let faulted = |(_, system): &mut (CoreId, System)| {
            !system.faulted(read).is_empty()
        };
        if self.healthy.extract_if(.., faulted).count() > 0 {
            self.write(soc);
        }
    }

    /// Writes dumps now.
    pub fn write(&mut self, soc: &Soc) {
        match self.archives.write(soc, &self.folder) {
            Ok(paths) if paths.is_empty() => self
                .news
                .push("no dump: nothing that runs has an archive".into()),
            Ok(paths) => self.news.extend(
                paths.iter().map(|path| format!("dump: {}", display(path))),
            ),
            Err(error) => self.news.push(format!("no dump: {error}")),
        }
    }

    /// Writes dumps at the end of a session that went wrong, if what ran can
    /// be dumped at all.
    pub fn write_last(&mut self, soc: &Soc) {
        if CoreId::ALL.iter().any(|&c| self.archives.of(c).is_some()) {
            self.write(soc);
        }
    }

    /// Whether there is something to tell.
    pub fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// What there is to tell since the last time.
    pub fn take_news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.news)
    }
}
