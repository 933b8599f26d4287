// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Standing between an editor and its language server.
//!
//! The server takes its settings from the editor's first message; this puts a
//! task's into it and passes everything else on.

use super::Settings;
use crate::command;
use crate::diagnostic::Diagnostic;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::io::{self, BufRead, Write, stdin};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::thread;

/// Runs the server until the editor or the server has had enough.
///
/// # Errors
///
/// If there is no server.
pub fn run(
    workspace: &Workspace,
    settings: Option<&Settings>,
    log: Option<&Path>,
) -> Result<ExitCode> {
    let program = command::find_program("rust-analyzer").ok_or_else(|| {
        Diagnostic::new("rust-analyzer is not installed")
            .help("with rustup: rustup component add rust-analyzer")
    })?;
    let mut server = command::clean(program);
    server.current_dir(&workspace.root).stdin(Stdio::piped());
    if let Some(log) = log {
        server.arg("--log-file").arg(log);
    }
    let mut child = server
        .spawn()
        .with_context(|| format!("running {}", command::line(&server)))?;
    let mut to_server = child.stdin.take().context("stdin is piped")?;
    let settings = settings.map(as_settings_of_server);
    // Not waited for: it ends with the editor, which may outlive the server.
    thread::spawn(move || -> Result<()> {
        let mut from_editor = stdin().lock();
        if let (Some(settings), Some(mut first)) =
            (settings, read_message(&mut from_editor)?)
        {
            configure(&mut first, settings);
            write_message(&mut to_server, &first)?;
        }
        io::copy(&mut from_editor, &mut to_server)?;
        Ok(())
    });
    let code = child.wait()?.code();
    Ok(ExitCode::from(
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
    ))
}

fn as_settings_of_server(settings: &Settings) -> Value {
    let command = &settings.build_override_command;
    json!({
        "cargo": {
            "target": settings.target,
            "features": settings.features,
            "noDefaultFeatures": settings.no_default_features,
            "extraEnv": settings.extra_env,
            "buildScripts": { "overrideCommand": command },
        },
        "check": {
            "overrideCommand": command,
            "extraEnv": settings.extra_env,
        },
    })
}

/// Puts settings into the message that initialises the server.
fn configure(message: &mut Value, settings: Value) {
    let parameters = &mut message["params"];
    merge(&mut parameters["initializationOptions"], settings);
    // Otherwise the server would ask the editor, which knows of no task.
    parameters["capabilities"]["workspace"]["configuration"] = false.into();
}

/// Replaces what both have, at any depth.
fn merge(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                merge(below.entry(key).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above,
    }
}

/// Reads one message, unless there is none any more.
fn read_message(from: &mut impl BufRead) -> Result<Option<Value>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(("Content-Length", number)) = line.split_once(": ") {
            length = Some(number.parse()?);
        }
    }
    let length: usize = length.context("a message without its length")?;
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

fn write_message(to: &mut impl Write, message: &Value) -> Result<()> {
    let body = message.to_string();
    write!(to, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    Ok(to.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_task_win_and_those_of_the_editor_stay() {
        let mut message = json!({
            "method": "initialize",
            "params": {
                "capabilities": { "workspace": { "configuration": true } },
                "initializationOptions": {
                    "cargo": { "target": "x86_64", "autoreload": true },
                },
            },
        });
        let target = "thumbv7em-none-eabi";
        configure(&mut message, json!({ "cargo": { "target": target } }));
        let parameters = &message["params"];
        assert_eq!(
            parameters["initializationOptions"],
            json!({ "cargo": { "target": target, "autoreload": true } })
        );
        let workspace = &parameters["capabilities"]["workspace"];
        assert_eq!(workspace["configuration"], false);
    }

    #[test]
    fn an_editor_without_settings_gets_the_task_s() {
        let mut message = json!({ "method": "initialize", "params": {} });
        configure(&mut message, json!({ "check": 1 }));
        let options = &message["params"]["initializationOptions"];
        assert_eq!(*options, json!({ "check": 1 }));
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let message = json!({ "text": "ü" });
        let mut bytes = Vec::new();
        write_message(&mut bytes, &message).unwrap();
        let mut bytes = &bytes[..];
        assert_eq!(read_message(&mut bytes).unwrap(), Some(message));
        assert_eq!(read_message(&mut bytes).unwrap(), None);
    }
}
