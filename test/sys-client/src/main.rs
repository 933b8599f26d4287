// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Calls the sys task and the supervisor, and says on the console what came of
//! it: the moving part of the tests in `test/sys-services`.

#![no_std]
#![no_main]

use core::fmt::Write;
use core::str;

use drv_stm32xx_sys_api::{
    Alternate, Edge, IrqControl, OutputType, Peripheral, PinSet, Port, Pull,
    Speed, Sys,
};
use drv_stm32xx_usart::{Instance, Usart};
use hubris_num_tasks::NUM_TASKS;
use task_jefe_api::Jefe;
use userlib::{
    UnwrapLite, sys_get_timer, sys_irq_control, sys_recv_notification,
    task_slot,
};

task_slot!(SYS, sys);
task_slot!(JEFE, jefe);

/// Kernel clock of the console, which is that of the core.
const CONSOLE_CLOCK_HZ: u32 = 48_000_000;

const LED: PinSet = Port::B.pin(15);
const BUTTON: PinSet = gpio_irq_pins::BUTTON;

/// A number of a register that no family has.
const NO_SUCH_PERIPHERAL: u32 = 31 << 5;

/// Everything that wakes the main loop.
const WAKE: u32 = notifications::CONSOLE_IRQ_MASK
    | notifications::STATE_MASK
    | notifications::FAULT_MASK
    | notifications::BUTTON_MASK;

struct Console(Usart);

impl Console {
    fn start(sys: &Sys) -> Self {
        sys.enter_reset(Peripheral::LpUart1);
        sys.enable_clock(Peripheral::LpUart1);
        sys.leave_reset(Peripheral::LpUart1);
        sys.gpio_configure_alternate(
            Port::A.pins([2, 3]),
            OutputType::PushPull,
            Speed::Low,
            Pull::None,
            Alternate::AF8,
        );
        // SAFETY: this task has the port in its `uses`, no other has, and
        // there is no other value for it.
        let mut usart = unsafe { Usart::new(Instance::LpUart1) };
        usart.init(CONSOLE_CLOCK_HZ, 115_200).unwrap_lite();
        usart.set_receive_interrupt(true);
        Self(usart)
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let mut rest = text.as_bytes();
        loop {
            let written = self.0.write_from(rest);
            rest = rest.get(written..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(());
            }
            self.0.set_transmit_interrupt(true);
            sys_irq_control(notifications::CONSOLE_IRQ_MASK, true);
            sys_recv_notification(notifications::CONSOLE_IRQ_MASK);
            self.0.set_transmit_interrupt(false);
        }
    }
}

/// Writes a line to the console.
macro_rules! say {
    ($console:expr, $($message:tt)*) => {
        writeln!($console, $($message)*).unwrap_lite()
    };
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let sys = Sys::from(SYS.get_task_id());
    let jefe = Jefe::from(JEFE.get_task_id());
    let started = sys_get_timer().now;
    let mut console = Console::start(&sys);
    let c = &mut console;

    say!(c, "started at {started}");
    say!(c, "reset reason {:?}", jefe.get_reset_reason());
    say!(c, "uid {:08x?}", sys.read_uid());
    say!(c, "no such {:?}", sys.enable_clock_raw(NO_SUCH_PERIPHERAL));
    say!(c, "dump {:?}", jefe.get_dump_area(0));

    sys.gpio_set(LED);
    sys.gpio_configure_output(
        LED,
        OutputType::PushPull,
        Speed::Low,
        Pull::None,
    );
    say!(c, "led {:#x}", sys.gpio_read(LED));
    let toggled = sys.gpio_toggle(LED.port, LED.pin_mask).is_ok();
    say!(c, "toggled {toggled}, led {:#x}", sys.gpio_read(LED));

    sys.gpio_configure_input(BUTTON, Pull::Up);
    sys.gpio_irq_configure(notifications::BUTTON_MASK, Edge::Falling);
    arm_button(&sys);
    say!(c, "ready");
    sys_irq_control(notifications::CONSOLE_IRQ_MASK, true);

    loop {
        let bits = sys_recv_notification(WAKE);
        let has = |mask| bits.check_notification_mask(mask);
        if has(notifications::CONSOLE_IRQ_MASK) {
            obey(c, &sys, &jefe);
            sys_irq_control(notifications::CONSOLE_IRQ_MASK, true);
        }
        if has(notifications::STATE_MASK) {
            say!(c, "state {}", jefe.get_state());
        }
        if has(notifications::FAULT_MASK) {
            let mut counts = [0; NUM_TASKS];
            jefe.read_fault_counts(&mut counts);
            say!(c, "faults {counts:?} at {}", sys_get_timer().now);
        }
        if has(notifications::BUTTON_MASK) {
            say!(c, "button {:?}", arm_button(&sys));
        }
    }
}

/// Lets the button notify us again. Returns whether it has been pressed.
fn arm_button(sys: &Sys) -> Option<bool> {
    sys.gpio_irq_control(notifications::BUTTON_MASK, IrqControl::Enable)
        .ok()
}

/// Does what the characters on the console say.
fn obey(c: &mut Console, sys: &Sys, jefe: &Jefe) {
    let mut buffer = [0; 16];
    let length = c.0.read_into(&mut buffer);
    for command in buffer.iter().take(length) {
        match command {
            b's' => jefe.set_state(jefe.get_state() + 1),
            b'S' => jefe.set_state(jefe.get_state()),
            b'r' => jefe.restart_me(),
            b'R' => jefe.request_reset(),
            b'p' => panic!("as you wish"),
            b'x' => {
                // Bits that are not ours: never returns.
                sys.gpio_irq_configure(1 << 30, Edge::Both);
            }
            other => {
                let echo = [*other];
                say!(c, "echo {}", str::from_utf8(&echo).unwrap_or("?"));
            }
        }
    }
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
include!(concat!(env!("OUT_DIR"), "/gpio_irq_pins.rs"));
