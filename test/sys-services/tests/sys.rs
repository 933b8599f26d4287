// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The sys task and its clients.

use sim::{CoreId, ms};
use test_sys_services::{CPU1, boot, said};

/// RCC_AHB2ENR, where the ports' clocks are.
const AHB2ENR: u32 = 0x5800_004C;
/// RCC_CSR, where the reset flags are.
const CSR: u32 = 0x5800_0094;
/// EXTI_C1IMR1
const C1IMR1: u32 = 0x5800_0880;
const BUTTON_LINE: u32 = 1 << 13;

#[test]
fn all_ports_have_their_clock() {
    let soc = boot();
    assert_eq!(soc.peek_register(CPU1, AHB2ENR), Some(0x87));
}

#[test]
fn the_cause_of_the_reset_is_reported_and_cleared() {
    let soc = boot();
    assert_eq!(said(&soc, "reset reason "), ["PowerOn"]);
    let flags = soc.peek_register(CPU1, CSR).unwrap() & 0x7F00_0000;
    assert_eq!(flags, 0);
}

#[test]
fn a_reset_that_the_supervisor_was_asked_for_is_a_system_call() {
    let mut soc = boot();
    soc.uart_type("R");
    soc.run_for(ms(50)).unwrap();
    assert_eq!(said(&soc, "reset reason "), ["PowerOn", "SystemCall"]);
}

#[test]
fn the_unique_identifier_is_that_of_the_chip() {
    let soc = boot();
    // The bytes 2A 00 17 00 06 "HW5500 ", see the simulator's system memory.
    assert_eq!(said(&soc, "uid "), ["[0017002a, 35574806, 20303035]"]);
}

#[test]
fn a_number_without_a_register_is_no_such_peripheral() {
    let soc = boot();
    assert_eq!(said(&soc, "no such "), ["Err(NoSuchPeripheral)"]);
}

#[test]
fn outputs_are_set_read_back_and_toggled() {
    let soc = boot();
    assert_eq!(said(&soc, "led "), ["0x8000"]);
    assert_eq!(said(&soc, "toggled "), ["true, led 0x0"]);
    assert_eq!(soc.port_output('B') & 0x8000, 0);
}

#[test]
fn only_the_chosen_edge_of_a_pin_notifies_its_owner() {
    let mut soc = boot();
    let mut press = |level| {
        soc.drive_pin('C', 13, Some(level));
        soc.run_for(ms(5)).unwrap();
        said(&soc, "button ").len()
    };
    assert_eq!(press(false), 1, "falling");
    assert_eq!(press(true), 1, "rising");
    assert_eq!(press(false), 2, "falling again");
    assert_eq!(said(&soc, "button "), ["Some(true)"; 2]);
}

#[test]
fn a_line_that_fired_is_masked_until_its_owner_has_dealt_with_it() {
    let mut soc = boot();
    let imr = |soc: &sim::Soc| soc.peek_register(CPU1, C1IMR1).unwrap();
    assert_eq!(imr(&soc) & BUTTON_LINE, BUTTON_LINE);

    soc.drive_pin('C', 13, Some(false));
    soc.run_until(|soc| imr(soc) & BUTTON_LINE == 0, ms(1))
        .expect("masked by the sys task");
    soc.run_until(|soc| imr(soc) & BUTTON_LINE != 0, ms(5))
        .expect("unmasked for the client");
}

#[test]
fn pin_interrupts_of_somebody_else_are_a_fault_of_the_caller() {
    let mut soc = boot();
    soc.uart_type("x");
    soc.run_for(ms(100)).unwrap();
    assert_eq!(said(&soc, "started at ").len(), 2, "it was restarted");
}

#[test]
fn what_is_typed_arrives_on_the_serial_port() {
    let mut soc = boot();
    soc.uart_type("hello");
    soc.run_for(ms(20)).unwrap();
    assert_eq!(said(&soc, "echo ").concat(), "hello");
}

#[test]
fn an_idle_system_sleeps() {
    let mut soc = boot();
    soc.run_for(ms(600)).unwrap();
    let before = soc.counters(CoreId::Cpu1).sleep_cycles;
    soc.run_for(ms(1000)).unwrap();
    let asleep = soc.counters(CoreId::Cpu1).sleep_cycles - before;
    let all = 1000 * u64::from(soc.core_hz() / 1000);
    assert!(asleep * 100 > all * 97, "{asleep} of {all} cycles");
}
