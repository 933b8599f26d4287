// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Pin interrupts of an STM32, routed to the tasks that own the pins.
//!
//! The EXTI block watches 16 lines; line _n_ can watch pin _n_ of any one port.
//! The task that owns the block keeps an [`Exti`] with the table of
//! [`Source`]s from the image's configuration. When a line fires, its owner
//! gets a notification and the line is masked until the owner asks for more, so
//! a chattering pin cannot occupy the processor.
//!
//! This crate knows neither tasks nor system calls, hence its tests run on the
//! host.
//!
//! Known hole: the trigger edges and the port selection of all lines share
//! registers between both cores of a dual-core part. Only one core's image may
//! route pin interrupts.

#![no_std]
#![forbid(unsafe_code)]

use core::iter;

use vcell::VolatileCell;

/// Number of lines that watch pins.
pub const LINES: usize = 16;

/// Address of the [`RegisterBlock`] in the STM32WL5 and the STM32WB.
pub const EXTI_ADDRESS: usize = 0x5800_0800;

/// Address of the [`PortSelect`] in the STM32WL5 and the STM32WB.
pub const SYSCFG_EXTICR1_ADDRESS: usize = 0x4001_0008;

/// A pin interrupt of the image.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// Letter of the port: 0 for A, 7 for H.
    pub port: u8,
    /// Index of the task that is told.
    pub owner: usize,
    /// Notification bit that it is told with.
    pub notification: u32,
}

/// What to do with a line when its owner asks about it.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Control {
    Mask,
    Unmask,
    Leave,
}

/// The caller named notification bits that belong to none of its lines.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct NotYours;

/// The registers for lines 0 to 31 (RM0453 §15.6, RM0434 §15.6), which are the
/// same in the STM32WL5 and the STM32WB.
#[repr(C)]
pub struct RegisterBlock {
    /// Rising edges that fire, by line.
    pub rtsr1: VolatileCell<u32>,
    /// Falling edges that fire, by line.
    pub ftsr1: VolatileCell<u32>,
    pub swier1: VolatileCell<u32>,
    /// Lines that fired; write 1 to clear.
    pub pr1: VolatileCell<u32>,
    _reserved1: [u32; 28],
    /// Lines that interrupt CPU1.
    pub c1imr1: VolatileCell<u32>,
    _reserved2: [u32; 15],
    /// Lines that interrupt CPU2.
    pub c2imr1: VolatileCell<u32>,
}

/// `SYSCFG_EXTICR1` to `SYSCFG_EXTICR4`: the port of each line, four lines to a
/// register, four bits to a line.
pub type PortSelect = [VolatileCell<u32>; 4];

/// Which core's mask register to use.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Core {
    Cpu1,
    Cpu2,
}

/// The lines of the image and which of them fired lately.
pub struct Exti<'a> {
    registers: &'a RegisterBlock,
    core: Core,
    sources: &'a [Option<Source>; LINES],
    /// Lines that fired since their owner last asked.
    fired: u16,
}

impl<'a> Exti<'a> {
    /// Connects each line to the port of its source.
    ///
    /// Masks and trigger edges stay as they are: 0 after a chip reset, and
    /// after a restart of the task what the owners, which know nothing of the
    /// restart, have asked for.
    pub fn new(
        registers: &'a RegisterBlock,
        port_select: &PortSelect,
        core: Core,
        sources: &'a [Option<Source>; LINES],
    ) -> Self {
        for (register, sources) in port_select.iter().zip(sources.chunks(4)) {
            let mut value = register.get();
            for (lowest_bit, source) in
                [0x1u32, 0x10, 0x100, 0x1000].into_iter().zip(sources)
            {
                if let Some(source) = source {
                    let port = u32::from(source.port & 0xF);
                    value &= !lowest_bit.wrapping_mul(0xF);
                    value |= lowest_bit.wrapping_mul(port);
                }
            }
            register.set(value);
        }
        Self {
            registers,
            core,
            sources,
            fired: 0,
        }
    }

    /// Chooses the edges that fire each line of `owner` that has a notification
    /// bit in `mask`.
    ///
    /// # Errors
    ///
    /// [`NotYours`] if a bit of `mask` belongs to no line of `owner`; then
    /// nothing has changed.
    pub fn configure(
        &self,
        owner: usize,
        mask: u32,
        rising: bool,
        falling: bool,
    ) -> Result<(), NotYours> {
        let known = sources(self.sources)
            .filter(|(_, source)| source.owner == owner)
            .fold(0, |bits, (_, source)| bits | source.notification);
        if mask & !known != 0 {
            return Err(NotYours);
        }
        let lines = self.lines_of(owner, mask);
        assign(&self.registers.rtsr1, lines, rising);
        assign(&self.registers.ftsr1, lines, falling);
        Ok(())
    }

    /// Masks or unmasks each line of `owner` that has a notification bit in
    /// `mask`, and tells whether one of them fired since the last call.
    ///
    /// An edge that came while the line was masked fires it when it is
    /// unmasked; none is lost, but several count as one.
    ///
    /// # Errors
    ///
    /// [`NotYours`] if there is no such line.
    pub fn control(
        &mut self,
        owner: usize,
        mask: u32,
        control: Control,
    ) -> Result<bool, NotYours> {
        let lines = self.lines_of(owner, mask);
        if lines == 0 {
            return Err(NotYours);
        }
        match control {
            Control::Mask => assign(self.imr(), lines, false),
            Control::Unmask => assign(self.imr(), lines, true),
            Control::Leave => {}
        }
        let fired = self.fired & lines != 0;
        self.fired &= !lines;
        Ok(fired)
    }

    /// Handles an interrupt: acknowledges and masks every line that fired and
    /// passes its source to `tell`. Returns these lines as a mask.
    pub fn handle_interrupt(&mut self, mut tell: impl FnMut(&Source)) -> u16 {
        let ready = (self.registers.pr1.get() & self.imr().get()) as u16;
        // Masking comes first, so that an edge after the acknowledgement stays
        // pending until the owner unmasks the line.
        assign(self.imr(), ready, false);
        self.registers.pr1.set(u32::from(ready));
        self.fired |= ready;
        for (line, source) in sources(self.sources) {
            if ready & line != 0 {
                tell(source);
            }
        }
        ready
    }

    fn imr(&self) -> &VolatileCell<u32> {
        match self.core {
            Core::Cpu1 => &self.registers.c1imr1,
            Core::Cpu2 => &self.registers.c2imr1,
        }
    }

    /// Lines whose source is of `owner` and notifies with a bit in `mask`.
    fn lines_of(&self, owner: usize, mask: u32) -> u16 {
        sources(self.sources)
            .filter(|(_, source)| {
                source.owner == owner && source.notification & mask != 0
            })
            .fold(0, |lines, (line, _)| lines | line)
    }
}

/// The lines that have a source, each as a mask.
fn sources(
    sources: &[Option<Source>; LINES],
) -> impl Iterator<Item = (u16, &Source)> {
    iter::successors(Some(1), |line| Some(line << 1))
        .zip(sources)
        .filter_map(|(line, source)| Some((line, source.as_ref()?)))
}

/// Sets the bits `lines` of `register` if `on`, else clears them.
fn assign(register: &VolatileCell<u32>, lines: u16, on: bool) {
    let lines = u32::from(lines);
    let old = register.get();
    register.set(if on { old | lines } else { old & !lines });
}

#[cfg(test)]
mod tests {
    use core::mem::offset_of;

    use super::*;

    const BUTTON: Source = Source {
        port: 2,
        owner: 5,
        notification: 0b01,
    };
    const RADIO: Source = Source {
        port: 7,
        owner: 5,
        notification: 0b10,
    };
    const SENSOR: Source = Source {
        port: 1,
        owner: 6,
        notification: 0b01,
    };

    /// Line 0 is the radio, 9 the sensor, 13 the button.
    const SOURCES: [Option<Source>; LINES] = {
        let mut sources = [None; LINES];
        sources[0] = Some(RADIO);
        sources[9] = Some(SENSOR);
        sources[13] = Some(BUTTON);
        sources
    };

    fn cell() -> VolatileCell<u32> {
        VolatileCell::new(0)
    }

    fn registers() -> RegisterBlock {
        RegisterBlock {
            rtsr1: cell(),
            ftsr1: cell(),
            swier1: cell(),
            pr1: cell(),
            _reserved1: [0; 28],
            c1imr1: cell(),
            _reserved2: [0; 15],
            c2imr1: cell(),
        }
    }

    fn exti(registers: &RegisterBlock) -> Exti<'_> {
        Exti::new(
            registers,
            &[cell(), cell(), cell(), cell()],
            Core::Cpu1,
            &SOURCES,
        )
    }

    fn told(exti: &mut Exti<'_>) -> [Option<Source>; LINES] {
        let mut told = [None; LINES];
        let mut free = told.iter_mut();
        exti.handle_interrupt(|source| {
            *free.next().expect("at most one call per line") = Some(*source);
        });
        told
    }

    #[test]
    fn registers_are_where_the_manual_says() {
        assert_eq!(offset_of!(RegisterBlock, pr1), 0x0C);
        assert_eq!(offset_of!(RegisterBlock, c1imr1), 0x80);
        assert_eq!(offset_of!(RegisterBlock, c2imr1), 0xC0);
    }

    #[test]
    fn each_line_gets_the_port_of_its_source() {
        let port_select = [cell(), cell(), cell(), cell()];
        port_select[0].set(0xFFFF);

        Exti::new(&registers(), &port_select, Core::Cpu1, &SOURCES);

        assert_eq!(port_select[0].get(), 0xFFF7);
        assert_eq!(port_select[1].get(), 0);
        assert_eq!(port_select[2].get(), 1 << 4);
        assert_eq!(port_select[3].get(), 2 << 4);
    }

    #[test]
    fn configure_sets_and_clears_the_edges_of_the_named_lines_only() {
        let registers = registers();
        registers.ftsr1.set(0xFFFF);

        exti(&registers)
            .configure(5, BUTTON.notification, true, false)
            .unwrap();

        assert_eq!(registers.rtsr1.get(), 1 << 13);
        assert_eq!(registers.ftsr1.get(), 0xFFFF & !(1 << 13));
    }

    #[test]
    fn configure_refuses_a_bit_without_a_line_and_changes_nothing() {
        let registers = registers();
        let exti = exti(&registers);

        let result = exti.configure(6, 0b11, true, true);

        assert_eq!(result, Err(NotYours));
        assert_eq!(registers.rtsr1.get(), 0);
    }

    #[test]
    fn control_refuses_a_mask_without_a_line() {
        let registers = registers();
        let mut exti = exti(&registers);
        assert_eq!(exti.control(6, 0b10, Control::Unmask), Err(NotYours));
        assert_eq!(exti.control(7, 0b01, Control::Unmask), Err(NotYours));
        assert_eq!(registers.c1imr1.get(), 0);
    }

    #[test]
    fn a_line_that_fires_is_told_once_acknowledged_and_masked() {
        let registers = registers();
        let mut exti = exti(&registers);
        exti.control(5, 0b11, Control::Unmask).unwrap();
        registers.pr1.set(1 << 13);

        let told = told(&mut exti);

        assert_eq!(told[0], Some(BUTTON));
        assert_eq!(told[1], None);
        assert_eq!(registers.pr1.get(), 1 << 13, "written back to clear it");
        assert_eq!(registers.c1imr1.get(), 1 << 0);
    }

    #[test]
    fn a_masked_line_is_not_told_or_acknowledged() {
        let registers = registers();
        let mut exti = exti(&registers);
        exti.control(6, 0b01, Control::Unmask).unwrap();
        registers.pr1.set(1 << 0 | 1 << 9);

        let told = told(&mut exti);

        assert_eq!(told[0], Some(SENSOR));
        assert_eq!(told[1], None);
        assert_eq!(registers.pr1.get(), 1 << 9);
    }

    #[test]
    fn whether_a_line_fired_is_told_once_and_only_to_its_owner() {
        let registers = registers();
        let mut exti = exti(&registers);
        exti.control(5, 0b01, Control::Unmask).unwrap();
        registers.pr1.set(1 << 13);
        told(&mut exti);

        assert_eq!(exti.control(6, 0b01, Control::Leave), Ok(false));
        assert_eq!(exti.control(5, 0b10, Control::Leave), Ok(false));
        assert_eq!(exti.control(5, 0b01, Control::Leave), Ok(true));
        assert_eq!(exti.control(5, 0b01, Control::Leave), Ok(false));
    }

    #[test]
    fn cpu2_uses_its_own_mask_register() {
        let registers = registers();
        let mut exti = Exti::new(
            &registers,
            &[cell(), cell(), cell(), cell()],
            Core::Cpu2,
            &SOURCES,
        );

        exti.control(6, 0b01, Control::Unmask).unwrap();

        assert_eq!(registers.c1imr1.get(), 0);
        assert_eq!(registers.c2imr1.get(), 1 << 9);
    }
}
