// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a chip does from power-on: reset values, clock gates, the second
//! core, resets.

mod support;

use sim::{CoreId, CpuKind, Image, Soc, Stop};
use support::{Asm, CPU1, CPU2, reg};

const STACK1: u32 = 0x2000_8000;
const STACK2: u32 = 0x2001_0000;
/// Results of the programs.
const OUT: u32 = 0x2000_0100;

fn program(write: impl FnOnce(&mut Asm)) -> Image {
    let mut asm = Asm::new(CPU1, STACK1);
    write(&mut asm);
    asm.rest();
    asm.image("cpu1")
}

fn run(image: Image) -> Soc {
    let mut soc = Soc::boot(image).unwrap();
    soc.run_for(5000).unwrap();
    soc
}

#[test]
fn cpu1_starts_from_flash_at_four_megahertz() {
    let soc = run(program(|a| {
        a.poke(OUT, 0x1234_5678).copy(reg::CPUID, OUT + 4);
        a.copy(reg::ICTR, OUT + 8).copy(CPU1 + 4, OUT + 12);
        a.copy(4, OUT + 16);
    }));
    assert_eq!(soc.read_u32(OUT), Some(0x1234_5678));
    // Cortex-M4 r0p1, two groups of 32 interrupt lines.
    assert_eq!(soc.read_u32(OUT + 4), Some(0x410f_c241));
    assert_eq!(soc.read_u32(OUT + 8), Some(1));
    // The flash appears at address 0, too.
    assert_eq!(soc.read_u32(OUT + 12), soc.read_u32(OUT + 16));
    assert_eq!(soc.core_hz(), 4_000_000);
    assert_eq!(soc.nanos(), 5000 * 250);
    assert!(!soc.is_running(CoreId::Cpu2));
}

#[test]
fn a_block_without_its_clock_reads_zero_and_ignores_writes() {
    let soc = run(program(|a| {
        a.poke(reg::IPCC_C1CR, 1).copy(reg::IPCC_C1MR, OUT);
        a.set(reg::RCC_AHB3ENR, 1 << 20);
        a.copy(reg::IPCC_C1MR, OUT + 4);
        a.copy(reg::IPCC_C1CR, OUT + 8);
    }));
    assert_eq!(soc.read_u32(OUT), Some(0));
    assert_eq!(soc.read_u32(OUT + 4), Some(u32::MAX));
    assert_eq!(soc.read_u32(OUT + 8), Some(0));
}

#[test]
fn each_core_has_clock_gates_of_its_own() {
    let cpu1 = program(|a| {
        a.set(reg::RCC_AHB3ENR, 1 << 20).poke(reg::PWR_CR4, 1 << 15);
    });
    let mut asm = Asm::new(CPU2, STACK2);
    asm.copy(reg::IPCC_C2MR, OUT);
    asm.set(reg::RCC_C2AHB3ENR, 1 << 20);
    asm.copy(reg::IPCC_C2MR, OUT + 4).rest();
    let mut soc = Soc::boot_both(cpu1, asm.image("cpu2")).unwrap();
    soc.run_for(5000).unwrap();
    assert_eq!(soc.read_u32(OUT), Some(0));
    assert_eq!(soc.read_u32(OUT + 4), Some(u32::MAX));
}

#[test]
fn cpu2_waits_for_c2boot_and_starts_where_the_option_bytes_say() {
    for (srrvr, base) in [(0xffff_8000, CPU2), (0xffff_c000, 0x0803_0000)] {
        let mut asm = Asm::new(CPU1, STACK1);
        let wait = asm.label();
        asm.load(0, OUT + 0x20)
            .bind(wait)
            .ldr(1, 0)
            .cmp(1, 0)
            .beq(wait);
        asm.set(reg::PWR_CR4, 1 << 15).rest();
        let cpu1 = asm.image("cpu1");
        let mut asm = Asm::new(base, STACK2);
        asm.copy(reg::CPUID, OUT).copy(reg::PWR_SR2, OUT + 4).rest();
        let mut soc = Soc::builder()
            .cpu1(cpu1)
            .cpu2(asm.image("cpu2"))
            .srrvr(srrvr)
            .build()
            .unwrap();
        soc.run_for(10_000).unwrap();
        assert!(!soc.is_running(CoreId::Cpu2));
        assert_eq!(soc.counters(CoreId::Cpu2).instructions, 0);
        soc.write_u32(OUT + 0x20, 1);
        soc.run_for(1000).unwrap();
        // Cortex-M0+ r0p1; C2BOOTS tells who started it.
        assert_eq!(soc.read_u32(OUT), Some(0x410c_c601));
        assert_eq!(soc.read_u32(OUT + 4).map(|v| v & 1), Some(1));
        // Clearing C2BOOT does not stop it.
        soc.poke_register(CoreId::Cpu1, reg::PWR_CR4, 0);
        soc.run_for(1000).unwrap();
        assert!(soc.is_running(CoreId::Cpu2));
    }
}

#[test]
fn blank_flash_does_not_start_cpu2() {
    let mut soc = run(program(|a| _ = a.poke(reg::PWR_CR4, 1 << 15)));
    soc.run_for(1000).unwrap();
    assert!(!soc.is_running(CoreId::Cpu2));
}

#[test]
fn a_system_reset_from_cpu2_restarts_the_chip_and_keeps_the_memories() {
    let mut asm = Asm::new(CPU1, STACK1);
    let again = asm.label();
    asm.count(OUT).copy(reg::RCC_CSR, OUT + 4);
    asm.copy(reg::RCC_AHB3ENR, OUT + 8);
    // Only the first time.
    asm.load(0, OUT).ldr(1, 0).cmp(1, 2).beq(again);
    asm.set(reg::RCC_AHB3ENR, 1 << 20)
        .poke(reg::PWR_CR4, 1 << 15);
    asm.bind(again).rest();
    let cpu1 = asm.image("cpu1");
    let mut asm = Asm::new(CPU2, STACK2);
    asm.count(OUT + 12).poke(reg::AIRCR, 0x05fa_0004).stay();
    let mut soc = Soc::boot_both(cpu1, asm.image("cpu2")).unwrap();
    soc.run_for(10_000).unwrap();
    assert_eq!(soc.resets(), 1);
    assert_eq!(soc.read_u32(OUT), Some(2));
    // SFTRSTF, and the clock gates as after power-on.
    assert_eq!(soc.read_u32(OUT + 4).map(|v| v >> 28 & 1), Some(1));
    assert_eq!(soc.read_u32(OUT + 8), Some(0x0208_0000));
    assert_eq!(soc.read_u32(OUT + 12), Some(1));
    assert!(!soc.is_running(CoreId::Cpu2));
}

#[test]
fn endless_resets_end_the_run() {
    let image = program(|a| _ = a.poke(reg::AIRCR, 0x05fa_0004));
    let mut soc = Soc::builder().cpu1(image).max_resets(5).build().unwrap();
    assert_eq!(soc.run_for(100_000), Err(Stop::ResetLoop { resets: 6 }));
}

#[test]
fn a_register_without_a_model_is_reported_once() {
    // PKA_CR is not modelled.
    let image = program(|a| {
        a.set(reg::RCC_AHB3ENR, 1 << 16);
        a.poke(0x5800_2000, 1).poke(0x5800_2000, 2);
        a.copy(0x5800_2000, OUT);
    });
    let soc = run(image.clone());
    let [report] = soc.unmodelled() else {
        panic!("{:?}", soc.unmodelled());
    };
    assert_eq!((report.core, report.addr), (CoreId::Cpu1, 0x5800_2000));
    assert!(report.is_write);
    assert_eq!(soc.faults(), []);

    let mut soc = Soc::builder().cpu1(image).strict(true).build().unwrap();
    let stop = soc.run_for(5000).unwrap_err();
    assert!(
        stop.to_string().starts_with("CPU1 wrote 0x58002000"),
        "{stop}"
    );
}

#[test]
fn an_address_between_registers_is_reported_but_strict_mode_goes_on() {
    // PWR has nothing at offset 0x50.
    let image = program(|a| {
        a.copy(0x5800_0450, OUT).poke(OUT + 4, 1);
    });
    let mut soc = Soc::builder().cpu1(image).strict(true).build().unwrap();
    soc.run_for(5000).unwrap();
    assert_eq!(soc.read_u32(OUT + 4), Some(1));
    let [report] = soc.unmodelled() else {
        panic!("{:?}", soc.unmodelled());
    };
    assert!(report.is_reserved);
    let text = report.to_string();
    assert!(text.contains("the chip has no register"), "{text}");
}

#[test]
fn an_address_without_anything_is_a_bus_fault() {
    let soc = run(program(|a| _ = a.copy(0x4000_0400, OUT)));
    let [fault] = soc.faults() else {
        panic!("{:?}", soc.faults());
    };
    assert_eq!(fault.bfar, Some(0x4000_0400));
    assert_eq!(fault.reasons(), ["FORCED", "PRECISERR"]);
}

#[test]
fn any_kind_of_core_can_be_cpu1() {
    for (kind, cpuid) in [
        (CpuKind::CortexM4, 0x410f_c241),
        (CpuKind::CortexM4F, 0x410f_c241),
        (CpuKind::CortexM0Plus, 0x410c_c601),
    ] {
        let image = program(|a| _ = a.copy(reg::CPUID, OUT));
        let mut soc = Soc::builder()
            .cpu1(image)
            .kind(CoreId::Cpu1, kind)
            .build()
            .unwrap();
        soc.run_for(1000).unwrap();
        assert_eq!(soc.read_u32(OUT), Some(cpuid));
    }
}

#[test]
fn an_image_outside_of_the_memories_is_refused() {
    let mut image = Image::new();
    image.add_bytes("big", 0x0803_ff00, &[0; 512]);
    let Err(error) = Soc::boot(image) else {
        panic!("it does not fit");
    };
    assert!(error.to_string().contains("0x0803ff00"), "{error}");
}

#[test]
fn images_that_overwrite_each_other_are_refused() {
    let image = |byte: u8| {
        let mut image = Image::new();
        image.add_bytes("program", CPU1, &[1, 2, 3, byte]);
        image
    };
    let both = |cpu1, cpu2| Soc::builder().cpu1(cpu1).cpu2(cpu2).build();
    // One file with the software of both cores, named twice.
    assert!(both(image(4), image(4)).is_ok());
    let Err(error) = both(image(4), image(5)) else {
        panic!("one of them is lost");
    };
    assert!(error.to_string().contains("0x08000003"), "{error}");
}
