// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

extern crate std;

use core::mem::offset_of;
use std::boxed::Box;

use super::*;

fn port(instance: Instance) -> (Usart, &'static RegisterBlock) {
    let cell = || VolatileCell::new(0);
    let registers = Box::leak(Box::new(RegisterBlock {
        cr1: cell(),
        cr2: cell(),
        cr3: cell(),
        brr: cell(),
        _reserved: [0; 3],
        isr: cell(),
        icr: cell(),
        rdr: cell(),
        tdr: cell(),
        presc: cell(),
    }));
    (Usart::with_registers(instance, registers), registers)
}

#[test]
fn registers_are_where_the_manual_says() {
    assert_eq!(offset_of!(RegisterBlock, isr), 0x1C);
    assert_eq!(offset_of!(RegisterBlock, tdr), 0x28);
    assert_eq!(offset_of!(RegisterBlock, presc), 0x2C);
}

#[test]
fn usart_dividers_are_rounded_to_the_nearest() {
    let divider = |clock, baud| Instance::Usart1.divider(clock, baud);
    assert_eq!(divider(48_000_000, 115_200), Ok(417)); // 416.67
    assert_eq!(divider(4_000_000, 115_200), Ok(35)); // 34.72
    assert_eq!(divider(4_000_000, 9_600), Ok(417));
    assert_eq!(divider(32_000_000, 2_000_000), Ok(16));
}

#[test]
fn lpuart_dividers_are_in_units_of_a_256th() {
    let divider = |clock, baud| Instance::LpUart1.divider(clock, baud);
    assert_eq!(divider(48_000_000, 115_200), Ok(106_667)); // 106,666.67
    assert_eq!(divider(4_000_000, 115_200), Ok(8_889)); // 8,888.89
    assert_eq!(divider(32_768, 9_600), Ok(874)); // RM0453: 0x369 or 0x36A
}

#[test]
fn baud_rates_out_of_reach_are_refused() {
    use Instance::{LpUart1, Usart1};
    for (instance, clock, baud) in [
        (Usart1, 48_000_000, 0),
        (Usart1, 16_000_000, 1_100_000), // less than 16 clocks to a bit
        (Usart1, 48_000_000, 700),       // more than 65,535
        (LpUart1, 48_000_000, 0),
        (LpUart1, 32_768, 19_200), // less than 3 clocks to a bit
        (LpUart1, 48_000_000, 10_000), // more than 4096
        (LpUart1, u32::MAX, 1),
        (LpUart1, 1, u32::MAX),
    ] {
        assert_eq!(
            instance.divider(clock, baud),
            Err(BadBaudRate),
            "{instance:?}, {clock} Hz, {baud} baud"
        );
    }
}

#[test]
fn init_turns_the_port_on_in_fifo_mode_without_interrupts() {
    let (mut usart, registers) = port(Instance::Usart1);
    registers.cr2.set(0xFFFF_FFFF);

    usart.init(48_000_000, 115_200).unwrap();

    assert_eq!(registers.cr1.get(), 0x2000_000D);
    assert_eq!(registers.cr2.get(), 0);
    assert_eq!(registers.cr3.get(), 0xA600_0000);
    assert_eq!(registers.brr.get(), 417);
}

#[test]
fn a_bad_baud_rate_leaves_the_port_alone() {
    let (mut usart, registers) = port(Instance::Usart1);
    registers.cr1.set(CR1_UE);

    assert_eq!(usart.init(48_000_000, 0), Err(BadBaudRate));

    assert_eq!(registers.cr1.get(), CR1_UE);
}

#[test]
fn nothing_moves_when_the_fifos_say_so() {
    let (mut usart, _) = port(Instance::Usart1);
    assert_eq!(usart.read_into(&mut [0; 4]), 0);
    assert_eq!(usart.write_from(b"abc"), 0);
}

#[test]
fn at_most_the_whole_slice_moves() {
    let (mut usart, registers) = port(Instance::Usart1);
    registers.isr.set(ISR_RXFNE | ISR_TXFNF);
    registers.rdr.set(u32::from(b'x'));

    let mut received = [0; 3];
    assert_eq!(usart.read_into(&mut received), 3);
    assert_eq!(&received, b"xxx");

    assert_eq!(usart.write_from(b"abc"), 3);
    assert_eq!(registers.tdr.get(), u32::from(b'c'));
}

#[test]
fn reading_clears_errors_and_idle_and_remembers_them() {
    let (mut usart, registers) = port(Instance::LpUart1);
    registers.isr.set(OVERRUN | IDLE);

    usart.read_into(&mut []);

    assert_eq!(registers.icr.get(), 0b1_1110);
    assert_eq!(usart.take_overruns(), 1);
    assert_eq!(usart.take_overruns(), 0);
    assert!(usart.take_idle());
    assert!(!usart.take_idle());
}

#[test]
fn each_interrupt_is_switched_without_touching_the_other() {
    let (mut usart, registers) = port(Instance::LpUart1);
    usart.init(4_000_000, 115_200).unwrap();
    let quiet = (registers.cr1.get(), registers.cr3.get());

    usart.set_receive_interrupt(true);
    usart.set_transmit_interrupt(true);
    assert_eq!(registers.cr1.get(), quiet.0 | 1 << 4);
    assert_eq!(registers.cr3.get(), quiet.1 | 1 << 28 | 1 << 23);

    usart.set_receive_interrupt(false);
    assert_eq!(registers.cr1.get(), quiet.0);
    assert_eq!(registers.cr3.get(), quiet.1 | 1 << 23);

    usart.set_transmit_interrupt(false);
    assert_eq!(registers.cr3.get(), quiet.1);
}
