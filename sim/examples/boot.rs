// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Boots ELF files and shows what they print: `boot CPU1 [CPU2 [INPUT]]`.

use sim::{CoreId, Image, Soc, UartId, ms};
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let cpu1 = Image::open(args.next().ok_or("usage: boot CPU1 [CPU2]")?)?;
    let mut builder = Soc::builder().cpu1(cpu1);
    if let Some(path) = args.next() {
        builder = builder.cpu2(Image::open(path)?);
    }
    let mut soc = builder.build()?;
    soc.uart_type(args.next().unwrap_or_default());
    let start = Instant::now();
    let end = soc.run_for(ms(2000));
    let wall = start.elapsed();
    if let Err(stop) = end {
        println!("stopped: {stop}");
    }
    for uart in UartId::ALL {
        if let Some(owner) = soc.uart_owner(uart) {
            println!("{uart:?} of {owner}: {}", soc.uart_text(uart));
        }
    }
    for item in soc.unmodelled() {
        println!("{item}");
    }
    for fault in soc.faults().iter().take(5) {
        println!("{fault}");
    }
    for core in CoreId::ALL {
        let c = soc.counters(core);
        let pc = soc.registers(core).r[15];
        if let Some(at) = soc.locate(core, pc) {
            println!("{core} is at {at}");
        }
        println!(
            "{core}: {} cycles, {} instructions, {} asleep, {} exceptions",
            soc.core_cycles(core),
            c.instructions,
            c.sleep_cycles,
            c.exceptions.iter().sum::<u64>()
        );
    }
    println!(
        "{:.1} million cycles per second",
        soc.cycles() as f64 / wall.as_secs_f64() / 1e6
    );
    Ok(())
}
