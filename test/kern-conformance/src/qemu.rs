// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! QEMU, as a second opinion that shares no code with ours.

use crate::image::find;
use crate::simulator::text;
use crate::{Case, Outcome, Transcript};
use anyhow::{Context, Result, bail, ensure};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = "qemu-system-arm";

/// No case takes as long as this, even on a busy host.
const LIMIT: Duration = Duration::from_secs(20);
/// How often to look whether the kernel has failed.
const POLL: Duration = Duration::from_millis(200);

/// Runs all cases in one session, as long as it lasts.
pub struct Qemu {
    directory: PathBuf,
    machine: &'static str,
    /// Addresses of the flag and the text of a kernel that has failed.
    failure: (u32, u32),
    session: Option<Session>,
}

impl Qemu {
    /// Finds QEMU, or installs it if that is possible. `Err` says why there is
    /// none.
    ///
    /// # Errors
    ///
    /// The reason, for people.
    pub fn find() -> Result<PathBuf, String> {
        if let Some(program) = find_program(PROGRAM) {
            return Ok(program);
        }
        let missing = format!("{PROGRAM} is not installed");
        let Some(apt) = find_program("apt-get") else {
            return Err(format!("{missing}, and there is no apt-get"));
        };
        // A fresh machine does not know its packages yet.
        let result = install(&apt).or_else(|_| {
            apt_get(&apt, &["update"]).and_then(|()| install(&apt))
        });
        result.map_err(|reason| {
            format!("{missing}, and apt-get cannot install it: {reason}")
        })?;
        find_program(PROGRAM)
            .ok_or_else(|| format!("{missing}, even after apt-get"))
    }

    /// Prepares sessions with the image in a directory.
    ///
    /// # Errors
    ///
    /// If that is no image.
    pub fn new(directory: &Path, machine: &'static str) -> Result<Self> {
        let kernel = fs::read(directory.join("kernel"))?;
        let kernel = object::File::parse(&*kernel)?;
        let symbol = |name| {
            find(&kernel, name).with_context(|| format!("no {name} in kernel"))
        };
        Ok(Self {
            directory: directory.to_owned(),
            machine,
            failure: (symbol("KERNEL_HAS_FAILED")?, symbol("KERNEL_EPITAPH")?),
            session: None,
        })
    }

    /// Runs a case, in the session that there is or in a new one.
    ///
    /// # Errors
    ///
    /// If QEMU does not do what it should.
    pub fn run(&mut self, case: &Case) -> Result<Outcome> {
        if case.wants_boot() {
            self.session = None;
        }
        let mut session = match self.session.take() {
            Some(session) => session,
            None => {
                let image = self.directory.join("final.elf");
                Session::start(self.machine, &image)?
            }
        };
        session.stdin.write_all(case.order().as_bytes())?;
        session.stdin.flush()?;
        let outcome = session.wait(self.failure)?;
        // After anything but a verdict nobody knows what the system is up to.
        if matches!(outcome, Outcome::Passed) {
            self.session = Some(session);
        }
        Ok(outcome)
    }
}

fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut candidates = env::split_paths(&path).map(|dir| dir.join(name));
    candidates.find(|candidate| candidate.is_file())
}

fn install(apt: &Path) -> Result<(), String> {
    apt_get(
        apt,
        &["install", "--yes", "--no-install-recommends", PROGRAM],
    )
}

/// Runs apt-get, which must not wait long for the net; `Err` is the last thing
/// it says.
fn apt_get(apt: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(apt)
        .args([
            "-o",
            "Acquire::http::Timeout=10",
            "-o",
            "Acquire::Retries=0",
        ])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(text.lines().last().unwrap_or("no reason given").to_owned())
}

/// A QEMU that runs.
struct Session {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    monitor: Monitor,
}

impl Drop for Session {
    fn drop(&mut self) {
        // It is in the way if it cannot be killed, but nothing worse.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Session {
    /// Starts QEMU and waits until the system has booted.
    fn start(machine: &str, image: &Path) -> Result<Self> {
        let socket = env::temp_dir().join(format!(
            "kern-conformance-{}-{:?}",
            process::id(),
            thread::current().id()
        ));
        let mut child = Command::new(PROGRAM)
            .args(["-machine", machine])
            .args(["-display", "none", "-monitor", "none"])
            .args(["-serial", "stdio"])
            // A clock that follows the instructions: the host may be busy.
            .args(["-icount", "shift=5,align=off,sleep=off"])
            .arg("-qmp")
            .arg(format!("unix:{},server=on,wait=off", socket.display()))
            .arg("-kernel")
            .arg(image)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .with_context(|| format!("starting {PROGRAM}"))?;
        let stdin = child.stdin.take().context("stdin is piped")?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Nobody listens any more when the session is over.
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let monitor = Monitor::connect(&socket);
        let mut session = Self {
            child,
            stdin,
            lines,
            monitor: monitor?,
        };
        match session.lines.recv_timeout(LIMIT) {
            Ok(line) if line.starts_with("ready ") => Ok(session),
            Ok(line) => bail!("the runner said {line:?} at boot"),
            Err(_) => {
                let registers = session.monitor.command("info registers")?;
                bail!("the system does not boot:\n{registers}")
            }
        }
    }

    /// Waits until the case ends in one way or another.
    fn wait(&mut self, failure: (u32, u32)) -> Result<Outcome> {
        let mut transcript = Transcript::default();
        let deadline = Instant::now() + LIMIT;
        loop {
            match self.lines.recv_timeout(POLL) {
                Ok(line) => {
                    if let Some(outcome) = transcript.line(&line) {
                        return Ok(outcome);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    let (flag, epitaph) = failure;
                    if self.monitor.memory(flag, 1)? != [0] {
                        // The kernel sets the flag first.
                        thread::sleep(POLL);
                        let epitaph = self.monitor.memory(epitaph, 128)?;
                        return Ok(Outcome::KernelFailed(text(&epitaph)));
                    }
                    if Instant::now() > deadline {
                        return Ok(Outcome::Failed(format!(
                            "no verdict within {LIMIT:?}; the runner said:\n{}",
                            transcript.reason
                        )));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{PROGRAM} has ended")
                }
            }
        }
    }
}

/// The machine protocol, as far as it is needed to ask the monitor for people.
struct Monitor {
    writer: UnixStream,
    reader: BufReader<UnixStream>,
}

impl Monitor {
    fn connect(socket: &Path) -> Result<Self> {
        let deadline = Instant::now() + LIMIT;
        let stream = loop {
            match UnixStream::connect(socket) {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > deadline => {
                    return Err(error).context("connecting to QEMU");
                }
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        };
        // The connection does not need the name any more.
        let _ = fs::remove_file(socket);
        stream.set_read_timeout(Some(LIMIT))?;
        let mut monitor = Self {
            reader: BufReader::new(stream.try_clone()?),
            writer: stream,
        };
        monitor.execute(r#"{"execute":"qmp_capabilities"}"#)?;
        Ok(monitor)
    }

    /// Sends a command and returns the answer to it.
    fn execute(&mut self, command: &str) -> Result<String> {
        self.writer.write_all(command.as_bytes())?;
        self.writer.write_all(b"\n")?;
        loop {
            let mut line = String::new();
            let length = self.reader.read_line(&mut line)?;
            ensure!(length > 0, "QEMU's monitor is gone");
            // Greetings and events are neither.
            if line.starts_with(r#"{"return""#) {
                return Ok(line);
            }
            ensure!(!line.starts_with(r#"{"error""#), "QEMU says {line}");
        }
    }

    /// A command of the monitor for people.
    fn command(&mut self, command: &str) -> Result<String> {
        let answer = self.execute(&format!(
            r#"{{"execute":"human-monitor-command","arguments":{{"command-line":"{command}"}}}}"#
        ))?;
        Ok(answer.replace("\\r\\n", "\n"))
    }

    /// Bytes of the guest's memory.
    fn memory(&mut self, address: u32, length: u32) -> Result<Vec<u8>> {
        let dump = self.command(&format!("xp /{length}xb {address:#x}"))?;
        // Lines of an address and up to eight bytes.
        dump.split_whitespace()
            .filter_map(|word| word.strip_prefix("0x"))
            .map(|byte| {
                let digits = byte.get(..2).unwrap_or(byte);
                u8::from_str_radix(digits, 16).context("not a byte")
            })
            .collect()
    }
}
