// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The walk through a dump in the guide: a channel that is stuck, from what is
//! seen on one core to the cause on the other.

use debug_check::{DumpReport, check_dump};
use dump::Watched;
use sim::{CoreId, Image, Soc, ms};
use std::fs;
use std::sync::LazyLock;
use test_images::{folder, root};

const CORES: [CoreId; 2] = [CoreId::Cpu1, CoreId::Cpu2];

/// What a debugger asks of the supervisor.
const HOLD: u32 = 2;
const RELEASE: u32 = 3;
const FAULT: u32 = 4;

/// The task on CPU2 that answers channel 1, by its index.
const ECHO: u32 = 3;

fn ask_supervisor(soc: &mut Soc, request: u32) {
    let jefe = |soc: &Soc, name: &str| {
        let name = format!("JEFE_EXTERNAL_{name}");
        let symbol = soc.image(CoreId::Cpu2).symbol("jefe", &name);
        symbol.expect("a supervisor that listens").addr
    };
    for (name, value) in
        [("REQUEST", request), ("TASKINDEX", ECHO), ("KICK", 1)]
    {
        let address = jefe(soc, name);
        assert!(soc.write_u32(address, value));
    }
    soc.run_for(ms(110)).unwrap();
}

/// The demo with a program on CPU2 that somebody has stopped.
fn stuck_demo() -> Watched {
    let apps = [
        ("wl55-cpu1", "app.toml"),
        ("wl55-cpu2", "app/wl55-cpu2/app.toml"),
    ];
    let [cpu1, cpu2] = apps.map(|(name, app)| folder(name, app));
    let soc = Soc::builder()
        .cpu1(Image::open(&cpu1).unwrap())
        .cpu2(Image::open(&cpu2).unwrap())
        .build()
        .unwrap();
    let mut soc = Watched::new(soc);
    soc.run_for(ms(50)).unwrap();
    soc.uart_type("hello");
    soc.run_for(ms(50)).unwrap();
    assert_eq!(soc.uart_output(), "hello");

    ask_supervisor(&mut soc, HOLD);
    ask_supervisor(&mut soc, FAULT);
    soc.uart_type("x".repeat(2500));
    soc.run_for(ms(1500)).unwrap();
    assert_eq!(soc.uart_output(), "hello");
    soc
}

/// Dumps of both cores.
static DUMPS: LazyLock<[DumpReport; 2]> = LazyLock::new(|| {
    let soc = stuck_demo();
    CORES.map(|core| {
        let dump = soc.dump(core).unwrap().unwrap();
        let report = check_dump(&dump);
        assert!(report.findings.is_empty(), "{report}");
        report
    })
});

/// The blocks of the page that show a dump.
fn quotes() -> Vec<String> {
    let page = root().join("doc/src/debugging.md");
    let page = fs::read_to_string(page).unwrap();
    page.split("```text\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .map(|(block, _)| block.to_owned())
        .collect()
}

/// Whether a line is the one quoted, in which `…` stands for anything.
fn is_quoted(quote: &str, line: &str) -> bool {
    let squeeze =
        |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (quote, line) = (squeeze(quote), squeeze(line));
    let mut parts = quote.split('…');
    let Some(mut rest) = parts.next().and_then(|it| line.strip_prefix(it))
    else {
        return false;
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || quote.ends_with('…')
}

#[test]
fn the_page_quotes_what_the_dumps_say() {
    let quotes = quotes();
    assert!(quotes.len() >= 4, "{} quotes", quotes.len());
    for quote in quotes {
        // Each block is of one core, its lines in their order.
        let is_of = |report: &DumpReport| {
            let text = report.to_string();
            let mut lines = text.lines();
            let quoted = quote.lines().filter(|line| line.trim() != "…");
            quoted.into_iter().all(|q| lines.any(|l| is_quoted(q, l)))
        };
        assert!(
            DUMPS.iter().any(is_of),
            "no dump says\n{quote}\nthey say\n{}\n{}",
            DUMPS[0],
            DUMPS[1]
        );
    }
}

#[test]
fn what_was_stuck_comes_back_when_the_task_is_released() {
    let mut soc = stuck_demo();
    ask_supervisor(&mut soc, RELEASE);
    soc.run_for(ms(500)).unwrap();
    // The port has lost what came when the console had no room for it.
    let (hello, rest) = soc.uart_output().split_at(5);
    assert_eq!(hello, "hello");
    assert!(rest.len() > 4 * 252, "{} bytes", rest.len());
    assert!(rest.bytes().all(|byte| byte == b'x'));
}
