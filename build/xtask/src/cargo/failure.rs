// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Why a program does not compile, in words for its author.

use super::Crate;
use crate::config::display;
use crate::diagnostic::Diagnostic;
use std::path::Path;

/// `said` is what Cargo has printed, and `rendered` the errors of the compiler,
/// which have been shown already.
pub fn explain(program: &Crate<'_>, said: &str, rendered: &str) -> Diagnostic {
    let name = program.package;
    if said.contains("error: package ID specification") {
        return Diagnostic::new(format!(
            "{name} is no package of this workspace"
        ))
        .help("`name` in the application file is the package of the task");
    }
    if let Some(error) = build_script_error(program, said) {
        return error;
    }
    let said = match rendered.is_empty() {
        true => format!(":\n{}", said.trim()),
        false => String::new(),
    };
    let error = Diagnostic::new(format!("{name} does not compile{said}"));
    match missing_notification(rendered) {
        Some(notification) => error.help(format!(
            "if a notification is meant, add it to the task's table:\n\
             notifications = [.., \"{notification}\"]"
        )),
        None => error,
    }
}

/// What a build script has printed before it failed.
///
/// Build scripts read the application file, so what they complain about is
/// more often wrong there than in the crate. Those of ours address people;
/// others return an error, which is said of the table that the script is for.
fn build_script_error(program: &Crate<'_>, said: &str) -> Option<Diagnostic> {
    let (_, stderr) = said.split_once("--- stderr\n")?;
    let text: Vec<&str> = stderr
        .lines()
        .take_while(|line| !line.starts_with("warning: build failed"))
        // Cargo indents what it quotes.
        .map(|line| line.strip_prefix("  ").unwrap_or(line))
        .collect();
    let text = text.join("\n");
    let text = text.trim();
    let text = match (text.strip_prefix("error: "), returned_error(text)) {
        (Some(text), _) => text.to_owned(),
        (None, text) => about_its_table(program, &text?),
    };
    let mut message = Vec::new();
    let mut help = Vec::new();
    for line in text.lines() {
        match line.trim_start().strip_prefix("help: ") {
            Some(line) => help.push(line),
            None => message.push(line),
        }
    }
    let error = Diagnostic::new(message.join("\n"));
    Some(help.into_iter().fold(error, Diagnostic::help))
}

/// The error that a `main` has returned, with its causes in one sentence.
fn returned_error(text: &str) -> Option<String> {
    let text = text.strip_prefix("Error: ")?;
    // Where in the build script it came from, if `RUST_BACKTRACE` is set.
    let (text, _) = text
        .split_once("\n\nStack backtrace:")
        .unwrap_or((text, ""));
    let Some((message, causes)) = text.split_once("\n\nCaused by:\n") else {
        return Some(text.to_owned());
    };
    let mut sentence = message.to_owned();
    for line in causes.lines() {
        let line = line.strip_prefix("    ").unwrap_or(line);
        let number = line.split_once(": ");
        match number.filter(|(number, _)| number.parse::<u8>().is_ok()) {
            Some((_, cause)) => sentence += &format!(": {cause}"),
            // The first line of a single cause has no number, and further
            // lines of a cause have none either.
            None if sentence == message => sentence += &format!(": {line}"),
            None => sentence += &format!("\n{}", line.trim_end()),
        }
    }
    Some(sentence)
}

/// Puts the place in front of an error that does not name it.
fn about_its_table(program: &Crate<'_>, error: &str) -> String {
    let variable = |name: &str| {
        let mut variables = program.env.iter();
        Some(&variables.find(|(variable, _)| variable == name)?.1)
    };
    let Some(app) = variable("HUBRIS_APP_TOML") else {
        return format!("{}: {error}", program.package);
    };
    let app = display(Path::new(app));
    match variable("HUBRIS_TASK_NAME") {
        Some(task) if error.contains(&format!("tasks.{task}")) => {
            format!("{app}: {error}")
        }
        Some(task) => format!("{app}: tasks.{task}: {error}"),
        None => format!("{app}: kernel: {error}"),
    }
}

/// The notification behind a constant that the compiler did not find.
fn missing_notification(rendered: &str) -> Option<String> {
    let (_, rest) = rendered.split_once("cannot find value `")?;
    let (constant, rest) = rest.split_once('`')?;
    if !rest.trim_start().starts_with("in module `notifications") {
        return None;
    }
    let name = constant
        .strip_suffix("_MASK")
        .or_else(|| constant.strip_suffix("_BIT"))?;
    Some(name.to_lowercase().replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Target;

    /// What is said about a build script of task `x` that printed `stderr`.
    fn script_error(stderr: &str) -> String {
        let variable = |name: &str, value: &str| (name.into(), value.into());
        let program = Crate {
            package: "task-x",
            features: &[],
            no_default_features: false,
            target: Target::ThumbV6M,
            env: &[
                variable("HUBRIS_APP_TOML", "/a/app.toml"),
                variable("HUBRIS_TASK_NAME", "x"),
            ],
            variant: "",
        };
        let stderr: String =
            stderr.lines().map(|line| format!("  {line}\n")).collect();
        let said = format!(
            "error: failed to run custom build command for `x`\n\n\
             Caused by:\n  process didn't exit successfully\n  \
             --- stderr\n{stderr}\
             warning: build failed, waiting for other jobs\n"
        );
        build_script_error(&program, &said).unwrap().to_string()
    }

    #[test]
    fn what_a_build_script_says_to_people_is_passed_on() {
        let said =
            "error: app.toml: tasks.x.config: 9 is wrong\n  help: write 1";
        assert_eq!(script_error(said), said);
    }

    #[test]
    fn what_a_build_script_returns_is_said_of_its_task() {
        assert_eq!(
            script_error("Error: no port\n  help: write one"),
            "error: /a/app.toml: tasks.x: no port\n  help: write one"
        );
        assert_eq!(
            script_error("Error: [tasks.x] is wrong"),
            "error: /a/app.toml: [tasks.x] is wrong"
        );
    }

    #[test]
    fn the_causes_of_an_error_are_one_sentence() {
        assert_eq!(
            script_error(
                "Error: a\n\nCaused by:\n    0: b\n    1: c\n\n\
                 Stack backtrace:\n   0: main"
            ),
            "error: /a/app.toml: tasks.x: a: b: c"
        );
        assert_eq!(
            script_error(
                "Error: a\n\nCaused by:\n    line 3\n      |\n    3 | x"
            ),
            "error: /a/app.toml: tasks.x: a: line 3\n         |\n       3 | x"
        );
    }

    #[test]
    fn a_missing_constant_leads_to_the_missing_notification() {
        let rendered = "error[E0425]: cannot find value `RX_IRQ_MASK` in \
                        module `notifications`\n";
        assert_eq!(missing_notification(rendered).as_deref(), Some("rx-irq"));
        let rendered = "error[E0425]: cannot find value `RX_IRQ_MASK` in \
                        this scope\n";
        assert_eq!(missing_notification(rendered), None);
    }
}
