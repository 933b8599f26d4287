// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `cargo xtask run` and `sim` as a person at a shell sees them.

use std::io::Write;
use std::process::{Output, Stdio};
use std::thread;
use test_images::folder;

/// Runs the tool with some standard input.
fn xtask(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = test_images::xtask()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = thread::spawn(move || {
        // The tool may end before it has read everything.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The lines of the summary that count cycles.
fn cycles(output: &Output) -> String {
    let text = stderr(output);
    let (_, counts) = text
        .split_once("cycles  ")
        .unwrap_or_else(|| panic!("no summary in {text}"));
    counts.to_owned()
}

/// Every byte value in every position of a message, sooner or later.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 7 + i / 251) as u8).collect()
}

#[test]
fn any_input_comes_back_unchanged() {
    // A message takes 252 bytes.
    for length in [0, 1, 251, 252, 253, 505, 5000] {
        let input = bytes(length);
        let output = xtask(&["run"], &input);
        assert!(output.status.success(), "{length}: {}", stderr(&output));
        assert_eq!(output.stdout, input, "{length} bytes");
        let counted = format!("{length} in, {length} out");
        assert!(stderr(&output).contains(&counted), "{}", stderr(&output));
    }
}

#[test]
fn a_missing_program_of_cpu2_is_noticed_before_cpu1s_is_built() {
    // Neither exists; building CPU1's is to find that out.
    let output = xtask(&["run", "--cpu2", "cpu2.elf", "cpu1.toml"], b"");
    assert!(!output.status.success());
    let error = "error: cpu2.elf: no such program";
    assert!(stderr(&output).contains(error), "{}", stderr(&output));
}

#[test]
fn an_output_that_is_closed_is_named() {
    let mut child = test_images::xtask()
        .arg("run")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(b"hello").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    let error = "error: writing standard output: Broken pipe";
    assert!(stderr(&output).contains(error), "{}", stderr(&output));
}

#[test]
fn a_seed_determines_the_cycles() {
    let run = |seed| cycles(&xtask(&["run", "--seed", seed], &bytes(600)));
    assert_eq!(run("1"), run("1"));
    assert_ne!(run("1"), run("2"));
}

#[test]
fn a_text_to_wait_for_ends_the_run() {
    let output =
        xtask(&["run", "--until", "second"], b"first second third fourth");
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("second"), "{text}");
}

#[test]
fn running_out_of_cycles_before_the_text_is_an_error() {
    let limit = ["run", "--until", "never", "--max-cycles", "400000"];
    let output = xtask(&limit, b"something else");
    assert!(!output.status.success());
    assert!(stderr(&output).contains("\"never\""), "{}", stderr(&output));
}

#[test]
fn a_dump_of_each_core_is_written_at_the_moment_asked_for() {
    let output = xtask(&["run", "--dump-at", "2000000"], &bytes(600));
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stderr(&output);
    let dumps: Vec<_> = text
        .lines()
        .filter_map(|l| l.strip_prefix("dump: "))
        .collect();
    assert_eq!(dumps.len(), 2, "{text}");
    for dump in dumps {
        let dump = test_images::root().join(dump);
        let bytes = std::fs::read(&dump).unwrap();
        let report = debug_check::check_dump(&bytes);
        assert!(report.findings.is_empty(), "{report}");
        assert_eq!(report.status, debug_check::Status::Booted);
        std::fs::remove_file(&dump).unwrap();
    }
}

#[test]
fn sim_labels_lines_by_core() {
    let cpu1 = folder("wl55-cpu1", "app.toml");
    let cpu2 = folder("wl55-cpu2", "app/wl55-cpu2/app.toml");
    let output = xtask(
        &[
            "sim",
            "--cpu1",
            cpu1.to_str().unwrap(),
            "--cpu2",
            cpu2.to_str().unwrap(),
            "--until",
            "world\r\n",
        ],
        b"hello\r\nworld\r\n",
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, "CPU1 | hello\nCPU1 | world\n");
}

#[test]
fn a_missing_program_is_named() {
    let output = xtask(&["sim", "--cpu1", "no/such.elf"], b"");
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("no/such.elf"),
        "{}",
        stderr(&output)
    );
}

/// An ELF file of one segment, as small as it gets.
fn elf(addr: u32, code: &[u8]) -> Vec<u8> {
    const HEADERS: u32 = 52 + 32;
    let length = code.len() as u32;
    let mut bytes = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    // An executable for ARM, with one program header behind this one.
    for half in [2, 40, 1, 0] {
        bytes.extend(u16::to_le_bytes(half));
    }
    for word in [addr, 52, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    for half in [52, 32, 1, 0, 0, 0] {
        bytes.extend(u16::to_le_bytes(half));
    }
    for word in [1, HEADERS, addr, addr, length, length, 5, 4] {
        bytes.extend(u32::to_le_bytes(word));
    }
    bytes.extend(code);
    bytes
}

/// Vectors, WFI, and a branch back to it.
fn sleeper(addr: u32) -> Vec<u8> {
    let mut code = Vec::new();
    for word in [0x2000_8000, addr + 9, 0xe7fd_bf30] {
        code.extend(u32::to_le_bytes(word));
    }
    elf(addr, &code)
}

#[test]
fn a_program_in_sram_runs_until_nothing_can_wake_it() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/sleeper.elf");
    std::fs::write(path, sleeper(0x2000_0000)).unwrap();
    let output = xtask(&["sim", "--cpu1", path], b"");
    let text = stderr(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("CPU1 boots from SRAM"), "{text}");
    assert!(text.contains("nothing is going to wake them"), "{text}");

    let output = xtask(&["sim", "--cpu1", path, "--until", "hello"], b"");
    assert!(!output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_program_where_its_core_does_not_start_is_refused() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/elsewhere.elf");
    std::fs::write(path, sleeper(0x0800_8000)).unwrap();
    let output = xtask(&["sim", "--cpu1", path], b"");
    let text = stderr(&output);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("CPU1 starts at 0x08000000"), "{text}");
}
