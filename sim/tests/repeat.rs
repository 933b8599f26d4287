// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A run can be repeated: by seed, with or without shortcuts, and however its
//! input arrives.

mod support;

use sim::{Builder, CoreCounters, CoreId, Image, Registers, Soc, Stop, UartId};
use support::{Asm, CPU1, CPU2, reg};

const OUT: u32 = 0x2000_0100;
const SLOT1: u32 = 0x2000_8100;
const SLOT2: u32 = 0x2000_8000;

/// Both cores: CPU1 hands bytes from the UART to CPU2, which sends them back
/// through the other slot; both sleep in between, and CPU1 ticks.
fn images() -> [Image; 2] {
    let mut a = Asm::new(CPU1, 0x2000_7000);
    a.handler(15).count(OUT).ret().pool();
    // UART: a byte goes into the slot, then the flag is raised.
    a.handler(16 + 38);
    a.copy(reg::LPUART1_RDR, SLOT1)
        .poke(reg::IPCC_C1SCR, 1 << 16);
    a.ret().pool();
    // IPCC: the answer goes to the UART.
    a.handler(16 + 45);
    a.copy(SLOT2, reg::LPUART1_TDR).poke(reg::IPCC_C1SCR, 1);
    a.ret().pool().entry();
    a.set(reg::RCC_AHB3ENR, 1 << 20).set(reg::RCC_APB1ENR2, 1);
    // 400 cycles per bit at 4 MHz.
    a.poke(reg::LPUART1_BRR, 400 * 256);
    a.poke(reg::LPUART1_CR1, 0x2d);
    a.poke(reg::IPCC_C1CR, 1).poke(reg::IPCC_C1MR, !1);
    a.poke(reg::NVIC_ISER1, 1 << 6 | 1 << 13);
    a.poke(reg::SYST_RVR, 3999).poke(reg::SYST_CSR, 7);
    a.pool_and_go_on();
    a.poke(reg::PWR_CR4, 1 << 15).rest();
    let cpu1 = a.image("cpu1");

    let mut a = Asm::new(CPU2, 0x2001_0000);
    a.handler(16 + 18);
    a.copy(SLOT1, SLOT2).poke(reg::IPCC_C2SCR, 1);
    a.poke(reg::IPCC_C2SCR, 1 << 16).ret().pool().entry();
    a.set(reg::RCC_C2AHB3ENR, 1 << 20);
    a.poke(reg::IPCC_C2CR, 1).poke(reg::IPCC_C2MR, !1);
    a.poke(reg::NVIC_ISER0, 1 << 18);
    // Half of the time it is busy.
    let again = a.label();
    let spin = a.label();
    a.bind(again).mov(5, 200).bind(spin).sub(5, 1).bne(spin);
    a.count(OUT + 4).wfi().b(again);
    [cpu1, a.image("cpu2")]
}

#[derive(Debug, PartialEq)]
struct Outcome {
    cycles: u64,
    output: Vec<u8>,
    registers: [Registers; 2],
    counters: [CoreCounters; 2],
    sram: Vec<u8>,
}

fn outcome(soc: &Soc) -> Outcome {
    Outcome {
        cycles: soc.cycles(),
        output: soc.uart_bytes(UartId::Lpuart1).to_vec(),
        registers: CoreId::ALL.map(|c| soc.registers(c)),
        counters: CoreId::ALL.map(|c| soc.counters(c).clone()),
        sram: soc.memories()[1].1.clone(),
    }
}

fn builder(seed: u64) -> Builder {
    let [cpu1, cpu2] = images();
    Soc::builder().cpu1(cpu1).cpu2(cpu2).seed(seed)
}

const TEXT: &str = "the quick brown fox jumps over the lazy dog";

fn run(builder: Builder) -> Outcome {
    let mut soc = builder.build().unwrap();
    soc.uart_type(TEXT);
    let done = soc.run_until(|s| s.uart_output() == TEXT, 1_000_000);
    assert!(done.is_ok(), "{done:?}: {:?}", soc.uart_output());
    assert_eq!(soc.faults(), []);
    assert_eq!(soc.unmodelled(), []);
    soc.run_for(12_345).unwrap();
    outcome(&soc)
}

#[test]
fn the_same_seed_gives_the_same_run() {
    assert_eq!(run(builder(1)), run(builder(1)));
}

#[test]
fn another_seed_interleaves_the_cores_differently() {
    // Both cores count in the same word without a lock.
    let race = |seed| {
        let mut a = Asm::new(CPU1, 0x2000_7000);
        a.poke(reg::PWR_CR4, 1 << 15);
        let mut b = Asm::new(CPU2, 0x2001_0000);
        for a in [&mut a, &mut b] {
            let again = a.label();
            a.bind(again).count(OUT).b(again);
        }
        let mut soc = Soc::builder()
            .cpu1(a.image("cpu1"))
            .cpu2(b.image("cpu2"))
            .seed(seed)
            .build()
            .unwrap();
        soc.run_for(20_000).unwrap();
        soc.read_u32(OUT)
    };
    assert_eq!(race(1), race(1));
    assert!((2..10).any(|seed| race(seed) != race(1)));
}

#[test]
fn skipping_sleep_changes_nothing() {
    for seed in 0..5 {
        let skipped = run(builder(seed));
        assert!(skipped.counters[0].sleep_cycles > 100_000);
        assert_eq!(skipped, run(builder(seed).without_idle_skip()));
    }
}

#[test]
fn input_in_pieces_gives_the_same_run_as_input_at_once() {
    let whole = {
        let mut soc = builder(3).build().unwrap();
        soc.uart_send(UartId::Lpuart1, TEXT);
        soc.run_until(|s| s.uart_output() == TEXT, 1_000_000)
            .unwrap();
        outcome(&soc)
    };
    let mut soc = builder(3).build().unwrap();
    soc.stop_when_starved(Some(UartId::Lpuart1));
    for piece in TEXT.as_bytes().chunks(5) {
        let stop = soc.run_until(|_| false, 1_000_000);
        assert_eq!(stop, Err(Stop::InputNeeded));
        soc.uart_send(UartId::Lpuart1, piece);
    }
    soc.stop_when_starved(None);
    soc.run_until(|s| s.uart_output() == TEXT, 1_000_000)
        .unwrap();
    assert_eq!(outcome(&soc), whole);
}

#[test]
fn every_byte_is_one_flag_in_each_direction() {
    let mut soc = builder(0).build().unwrap();
    soc.uart_type("abc");
    soc.run_until(|s| s.uart_output() == "abc", 1_000_000)
        .unwrap();
    for core in CoreId::ALL {
        assert_eq!(soc.ipcc_counts(core).set, [3, 0, 0, 0, 0, 0]);
        assert_eq!(soc.ipcc_counts(core).cleared, [3, 0, 0, 0, 0, 0]);
    }
    assert_eq!(soc.counters(CoreId::Cpu1).interrupts(45), 3);
    assert_eq!(soc.counters(CoreId::Cpu1).interrupts(38), 3);
    assert_eq!(soc.counters(CoreId::Cpu2).interrupts(18), 3);
}

#[test]
fn a_stopped_core_goes_on_where_it_was() {
    let mut soc = builder(0).build().unwrap();
    soc.run_for(5000).unwrap();
    soc.stop_core(CoreId::Cpu2);
    soc.uart_type("x");
    soc.run_for(50_000).unwrap();
    assert_eq!(soc.uart_output(), "");
    assert_eq!(soc.ipcc_flags(CoreId::Cpu1), 1);
    soc.resume_core(CoreId::Cpu2);
    soc.run_until(|s| s.uart_output() == "x", 50_000).unwrap();
}

#[test]
fn breakpoints_stamps_and_watches_tell_when_and_where() {
    let mut soc = builder(0).build().unwrap();
    let tick = soc.read_u32(CPU1 + 15 * 4).unwrap() & !1;
    let first = soc.run_until_pc(CoreId::Cpu1, tick, 20_000).unwrap();
    let second = soc.run_until_pc(CoreId::Cpu1, tick, 20_000).unwrap();
    assert_eq!(second - first, 4000);
    soc.stamp_at(CoreId::Cpu1, tick);
    soc.run_for(12_000).unwrap();
    let stamps = soc.take_stamps(CoreId::Cpu1);
    assert_eq!(stamps.len(), 3);
    assert_eq!(stamps[0].cycle, second + 4000);
    soc.watch(OUT);
    let Err(Stop::Watch { core, change }) = soc.run_for(10_000) else {
        panic!("the tick counter changes");
    };
    assert_eq!(core, CoreId::Cpu1);
    // The third stamp was the entry of the fifth handler.
    assert_eq!((change.old, change.new), (4, 5));
    assert!((tick..tick + 10).contains(&change.pc));
}

#[test]
fn sev_wakes_the_other_core_from_wfe() {
    const RTSR2: u32 = 0x5800_0820;
    const C2EMR2: u32 = 0x5800_08d4;
    let mut a = Asm::new(CPU1, 0x2000_7000);
    a.poke(RTSR2, 1 << 9).poke(C2EMR2, 1 << 9);
    a.poke(reg::PWR_CR4, 1 << 15);
    let wait = a.label();
    a.load(5, 5000).bind(wait).sub(5, 1).bne(wait);
    // sev
    a.half(0xbf40).rest();
    let mut b = Asm::new(CPU2, 0x2001_0000);
    // wfe
    b.half(0xbf20).count(OUT).half(0xbf20).count(OUT).rest();
    let mut soc = Soc::boot_both(a.image("cpu1"), b.image("cpu2")).unwrap();
    soc.run_for(10_000).unwrap();
    assert_eq!(soc.read_u32(OUT), Some(0));
    soc.run_for(20_000).unwrap();
    assert_eq!(soc.read_u32(OUT), Some(1));
}
