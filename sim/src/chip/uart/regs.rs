// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Bits of the USART and LPUART registers; names are the manual's.

pub(super) mod cr1 {
    pub const UE: u32 = 1 << 0;
    pub const RE: u32 = 1 << 2;
    pub const TE: u32 = 1 << 3;
    pub const IDLEIE: u32 = 1 << 4;
    pub const RXFNEIE: u32 = 1 << 5;
    pub const TCIE: u32 = 1 << 6;
    pub const TXFNFIE: u32 = 1 << 7;
    pub const PEIE: u32 = 1 << 8;
    pub const PS: u32 = 1 << 9;
    pub const PCE: u32 = 1 << 10;
    pub const M0: u32 = 1 << 12;
    pub const CMIE: u32 = 1 << 14;
    pub const OVER8: u32 = 1 << 15;
    pub const RTOIE: u32 = 1 << 26;
    pub const EOBIE: u32 = 1 << 27;
    pub const M1: u32 = 1 << 28;
    pub const FIFOEN: u32 = 1 << 29;
    pub const TXFEIE: u32 = 1 << 30;
    pub const RXFFIE: u32 = 1 << 31;
}

pub(super) mod cr2 {
    pub const STOP: u32 = 12;
    pub const RTOEN: u32 = 1 << 23;
    pub const ADD: u32 = 24;
}

pub(super) mod cr3 {
    pub const EIE: u32 = 1 << 0;
    pub const DMAR: u32 = 1 << 6;
    pub const DMAT: u32 = 1 << 7;
    pub const OVRDIS: u32 = 1 << 12;
    pub const TXFTIE: u32 = 1 << 23;
    pub const RXFTCFG: u32 = 25;
    pub const RXFTIE: u32 = 1 << 28;
    pub const TXFTCFG: u32 = 29;

    /// FIFO entries that a threshold field stands for.
    pub fn threshold(field: u32) -> usize {
        [1, 2, 4, 6, 7, 8, 8, 8][(field & 7) as usize]
    }
}

pub(super) mod isr {
    pub const PE: u32 = 1 << 0;
    pub const FE: u32 = 1 << 1;
    pub const NE: u32 = 1 << 2;
    pub const ORE: u32 = 1 << 3;
    pub const IDLE: u32 = 1 << 4;
    pub const RXFNE: u32 = 1 << 5;
    pub const TC: u32 = 1 << 6;
    pub const TXFNF: u32 = 1 << 7;
    pub const RTOF: u32 = 1 << 11;
    pub const BUSY: u32 = 1 << 16;
    pub const CMF: u32 = 1 << 17;
    pub const TEACK: u32 = 1 << 21;
    pub const REACK: u32 = 1 << 22;
    pub const TXFE: u32 = 1 << 23;
    pub const RXFF: u32 = 1 << 24;
    pub const RXFT: u32 = 1 << 26;
    pub const TXFT: u32 = 1 << 27;
}

pub(super) mod icr {
    use super::isr;

    /// ICR bits sit at the positions of the flags they clear.
    pub const CLEARABLE: u32 = isr::PE
        | isr::FE
        | isr::NE
        | isr::ORE
        | isr::IDLE
        | isr::TC
        | isr::RTOF
        | isr::CMF;
}

pub(super) mod rqr {
    pub const RXFRQ: u32 = 1 << 3;
    pub const TXFRQ: u32 = 1 << 4;
}
