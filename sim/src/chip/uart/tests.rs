// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::regs::{cr1, cr2, cr3, isr};
use super::{Uart, UartId};
use crate::chip::access::testing::{at, by, read, write};
use crate::config::InputPacing;
use crate::core_id::CoreId;

const CR1: u32 = 0x00;
const CR2: u32 = 0x04;
const CR3: u32 = 0x08;
const BRR: u32 = 0x0c;
const RTOR: u32 = 0x14;
const RQR: u32 = 0x18;
const ISR: u32 = 0x1c;
const ICR: u32 = 0x20;
const RDR: u32 = 0x24;
const TDR: u32 = 0x28;
const PRESC: u32 = 0x2c;

const ON: u32 = cr1::UE | cr1::RE | cr1::TE;
/// 16 cycles per bit, 160 per frame of 8N1.
const BIT: u32 = 16;
const FRAME: u64 = 160;

fn uart(cr1: u32) -> Uart {
    let mut u = Uart::new(UartId::Usart1, InputPacing::WhenRoom);
    write(&mut u, BRR, BIT, &at(0));
    write(&mut u, CR1, cr1, &at(0));
    u
}

fn flags(u: &mut Uart, now: u64) -> u32 {
    u.advance(&at(now));
    read(u, ISR, &at(now))
}

#[test]
fn the_status_register_comes_up_as_the_manual_says() {
    let mut u = Uart::new(UartId::Usart1, InputPacing::WhenRoom);
    assert_eq!(read(&mut u, ISR, &at(0)), 0xc0);
    write(&mut u, CR1, cr1::FIFOEN, &at(0));
    let v = read(&mut u, ISR, &at(0));
    assert_eq!(v & !isr::TXFT, 0x0080_00c0);
}

#[test]
fn a_byte_takes_ten_bit_times() {
    let mut u = uart(ON);
    write(&mut u, TDR, 0x41, &at(0));
    assert_eq!(flags(&mut u, FRAME - 1) & isr::TC, 0);
    assert!(!u.has_output());
    assert_eq!(flags(&mut u, FRAME) & isr::TC, isr::TC);
    assert_eq!(u.take_output(), [0x41]);
}

#[test]
fn frame_time_follows_format_prescaler_and_oversampling() {
    let time = |cr1: u32, cr2: u32, brr: u32, presc: u32| {
        let mut u = Uart::new(UartId::Usart1, InputPacing::WhenRoom);
        write(&mut u, BRR, brr, &at(0));
        write(&mut u, CR2, cr2, &at(0));
        write(&mut u, PRESC, presc, &at(0));
        write(&mut u, CR1, cr1 | cr1::UE | cr1::TE, &at(0));
        write(&mut u, TDR, 0, &at(0));
        u.next_event().unwrap()
    };
    assert_eq!(time(0, 0, 16, 0), 160);
    assert_eq!(time(cr1::M0, 0, 16, 0), 176);
    assert_eq!(time(cr1::M1, 0, 16, 0), 144);
    // Two stop bits, one and a half, half.
    assert_eq!(time(0, 2 << 12, 16, 0), 176);
    assert_eq!(time(0, 3 << 12, 16, 0), 168);
    assert_eq!(time(0, 1 << 12, 16, 0), 152);
    assert_eq!(time(0, 0, 16, 1), 320);
    // OVER8: BRR = 0x1a means USARTDIV = 0x14, 10 clocks per bit.
    assert_eq!(time(cr1::OVER8, 0, 0x12, 0), 100);
}

#[test]
fn lpuart_counts_in_fractions_of_256() {
    let mut u = Uart::new(UartId::Lpuart1, InputPacing::WhenRoom);
    write(&mut u, BRR, 16 * 256 + 128, &at(0));
    write(&mut u, CR1, ON, &at(0));
    write(&mut u, TDR, 0, &at(0));
    assert_eq!(u.next_event(), Some(165));
    // Registers that only the USART has.
    use crate::chip::access::Block;
    assert_eq!(u.read(RTOR, &at(0)), None);
}

#[test]
fn without_a_baud_rate_nothing_moves() {
    let mut u = Uart::new(UartId::Usart1, InputPacing::WhenRoom);
    write(&mut u, CR1, ON, &at(0));
    write(&mut u, TDR, 1, &at(0));
    assert_eq!(u.next_event(), None);
    write(&mut u, BRR, 16, &at(1000));
    assert_eq!(u.next_event(), Some(1160));
}

#[test]
fn transmission_is_back_to_back_and_in_order() {
    let mut u = uart(ON | cr1::FIFOEN);
    for byte in 0..9 {
        assert_ne!(flags(&mut u, 0) & isr::TXFNF, 0);
        write(&mut u, TDR, byte, &at(0));
    }
    // One in the shift register, eight in the FIFO.
    assert_eq!(flags(&mut u, 0) & (isr::TXFNF | isr::TXFE), 0);
    write(&mut u, TDR, 99, &at(0));
    assert_eq!(flags(&mut u, 9 * FRAME - 1) & isr::TC, 0);
    assert_ne!(flags(&mut u, 9 * FRAME) & isr::TC, 0);
    assert_eq!(u.take_output(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn input_waits_for_the_receiver_and_for_room() {
    for (cr1, capacity) in [(ON, 1), (ON | cr1::FIFOEN, 9)] {
        let mut u = Uart::new(UartId::Usart1, InputPacing::WhenRoom);
        let bytes: Vec<u8> = (0..30).collect();
        u.type_bytes(&bytes, &at(0));
        assert_eq!(u.next_event(), None);
        write(&mut u, BRR, BIT, &at(1000));
        write(&mut u, CR1, cr1, &at(1000));
        let mut now = 1000 + 20 * FRAME;
        u.advance(&at(now));
        assert_eq!(u.input_len(), 30 - capacity);
        for &byte in &bytes {
            now += 2 * FRAME;
            u.advance(&at(now));
            assert_eq!(read(&mut u, RDR, &at(now)), byte.into());
        }
        assert_eq!(flags(&mut u, now) & isr::ORE, 0);
        assert_eq!(u.overruns(), 0);
    }
}

#[test]
fn a_line_without_flow_control_overruns() {
    let mut u = uart(ON | cr1::FIFOEN | cr1::RXFNEIE);
    u.pacing = InputPacing::BackToBack;
    u.type_bytes(b"0123456789ab", &at(0));
    assert_eq!(flags(&mut u, 9 * FRAME) & (isr::ORE | isr::RXFF), isr::RXFF);
    assert_ne!(flags(&mut u, 10 * FRAME) & isr::ORE, 0);
    u.advance(&at(12 * FRAME));
    assert_eq!(u.overruns(), 3);
    let got: Vec<u8> = (0..9)
        .map(|_| read(&mut u, RDR, &at(13 * FRAME)) as u8)
        .collect();
    assert_eq!(got, b"012345678");
    assert!(u.irq(), "ORE interrupts with RXFNEIE");
    write(&mut u, ICR, isr::ORE, &at(13 * FRAME));
    assert!(!u.irq());
}

#[test]
fn without_overrun_detection_the_last_frame_is_replaced() {
    let mut u = Uart::new(UartId::Usart1, InputPacing::BackToBack);
    write(&mut u, BRR, BIT, &at(0));
    write(&mut u, CR3, cr3::OVRDIS, &at(0));
    write(&mut u, CR1, ON, &at(0));
    u.type_bytes(b"ab", &at(0));
    assert_eq!(flags(&mut u, 2 * FRAME) & isr::ORE, 0);
    assert_eq!(read(&mut u, RDR, &at(2 * FRAME)), u32::from(b'b'));
}

#[test]
fn thresholds_raise_their_flags_and_interrupts() {
    let mut u = Uart::new(UartId::Usart1, InputPacing::WhenRoom);
    write(&mut u, BRR, BIT, &at(0));
    // Half full receiving, three quarters empty sending.
    let cfg = 2 << cr3::RXFTCFG | 3 << cr3::TXFTCFG;
    write(&mut u, CR3, cfg | cr3::RXFTIE, &at(0));
    write(&mut u, CR1, ON | cr1::FIFOEN, &at(0));
    u.type_bytes(b"abcd", &at(0));
    assert_eq!(flags(&mut u, 3 * FRAME) & isr::RXFT, 0);
    assert!(!u.irq());
    assert_ne!(flags(&mut u, 4 * FRAME) & isr::RXFT, 0);
    assert!(u.irq());
    let now = 10 * FRAME;
    for _ in 0..4 {
        write(&mut u, TDR, 0, &at(now));
    }
    // Three queued: five of eight are empty.
    assert_eq!(flags(&mut u, now) & isr::TXFT, 0);
    assert_ne!(flags(&mut u, now + FRAME) & isr::TXFT, 0);
}

#[test]
fn a_quiet_line_raises_idle_once_after_reception() {
    let mut u = uart(ON | cr1::IDLEIE);
    assert_eq!(flags(&mut u, 5 * FRAME) & isr::IDLE, 0);
    u.type_bytes(b"x", &at(5 * FRAME));
    assert_eq!(flags(&mut u, 7 * FRAME - 1) & isr::IDLE, 0);
    assert_ne!(flags(&mut u, 7 * FRAME) & isr::IDLE, 0);
    assert!(u.irq());
    write(&mut u, ICR, isr::IDLE, &at(7 * FRAME));
    assert_eq!(flags(&mut u, 20 * FRAME) & isr::IDLE, 0);
}

#[test]
fn the_receiver_timeout_counts_bit_times_after_the_last_frame() {
    let mut u = Uart::new(UartId::Usart1, InputPacing::WhenRoom);
    write(&mut u, BRR, BIT, &at(0));
    write(&mut u, CR2, cr2::RTOEN, &at(0));
    write(&mut u, RTOR, 35, &at(0));
    write(&mut u, CR1, ON | cr1::RTOIE, &at(0));
    u.type_bytes(b"x", &at(0));
    let due = FRAME + 35 * 16;
    assert_eq!(flags(&mut u, due - 1) & isr::RTOF, 0);
    assert_ne!(flags(&mut u, due) & isr::RTOF, 0);
    assert!(u.irq());
}

#[test]
fn a_character_match_is_flagged() {
    let mut u = Uart::new(UartId::Usart1, InputPacing::WhenRoom);
    write(&mut u, BRR, BIT, &at(0));
    write(&mut u, CR2, u32::from(b'\n') << cr2::ADD, &at(0));
    write(&mut u, CR1, ON | cr1::FIFOEN, &at(0));
    u.type_bytes(b"a\n", &at(0));
    assert_eq!(flags(&mut u, FRAME) & isr::CMF, 0);
    assert_ne!(flags(&mut u, 2 * FRAME) & isr::CMF, 0);
}

#[test]
fn parity_travels_in_the_highest_bit_of_the_frame() {
    // Seven data bits, odd parity.
    let mut u = uart(ON | cr1::PCE | cr1::PS);
    u.type_bytes(b"\x03", &at(0));
    u.advance(&at(FRAME));
    assert_eq!(read(&mut u, RDR, &at(FRAME)), 0x83);
    write(&mut u, TDR, 0x83, &at(FRAME));
    u.advance(&at(2 * FRAME));
    assert_eq!(u.take_output(), [0x03]);
}

#[test]
fn requests_flush_the_fifos() {
    let mut u = uart(ON | cr1::FIFOEN);
    u.type_bytes(b"abc", &at(0));
    u.advance(&at(3 * FRAME));
    write(&mut u, RQR, 1 << 3, &at(3 * FRAME));
    assert_eq!(flags(&mut u, 3 * FRAME) & isr::RXFNE, 0);
    for _ in 0..4 {
        write(&mut u, TDR, 0, &at(3 * FRAME));
    }
    write(&mut u, RQR, 1 << 4, &at(3 * FRAME));
    u.advance(&at(10 * FRAME));
    // The frame in the shift register is not stopped.
    assert_eq!(u.take_output().len(), 1);
}

#[test]
fn a_disabled_uart_forgets_and_the_format_is_locked_while_enabled() {
    let mut u = uart(ON);
    write(&mut u, CR1, ON | cr1::FIFOEN, &at(0));
    assert_eq!(read(&mut u, CR1, &at(0)), ON);
    u.type_bytes(b"a", &at(0));
    u.advance(&at(FRAME));
    write(&mut u, CR1, 0, &at(FRAME));
    assert_eq!(flags(&mut u, FRAME), 0xc0);
    write(&mut u, CR1, ON | cr1::FIFOEN, &at(FRAME));
    assert_eq!(read(&mut u, CR1, &at(FRAME)), ON | cr1::FIFOEN);
}

#[test]
fn whoever_enables_the_uart_owns_it() {
    let mut u = Uart::new(UartId::Usart2, InputPacing::WhenRoom);
    assert_eq!(u.owner(), None);
    write(&mut u, CR1, ON, &by(CoreId::Cpu2, 0));
    write(&mut u, TDR, 0, &by(CoreId::Cpu1, 0));
    assert_eq!(u.owner(), Some(CoreId::Cpu2));
}
