// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Turns the table of a family into the types that clients use.

/// Defines `Group` and `Peripheral` from a table of
///
/// ```text
/// /// ENABLE REGISTER / RESET REGISTER
/// Group = number {
///     Peripheral = bit,
/// }
/// ```
///
/// Groups are numbered from 0 without gaps. The family files hold nothing but
/// such a table, so that a host test can read the same file with another
/// definition of this macro and compare it with ST's register descriptions.
macro_rules! peripherals {
    ($(
        $(#[doc = $group_doc:literal])*
        $group:ident = $group_number:literal {
            $($peripheral:ident = $bit:literal,)*
        }
    )*) => {
        /// A pair of RCC registers: one to enable clocks, one to reset.
        #[derive(Copy, Clone, Debug, userlib::FromPrimitive)]
        #[repr(u8)]
        pub enum Group {
            $(
                $(#[doc = $group_doc])*
                $group = $group_number,
            )*
        }

        /// A peripheral whose clock and reset the sys task controls.
        ///
        /// The value is the number of its [`Group`] in bits 31:5 and that of
        /// its bit in both registers of the group in bits 4:0.
        #[derive(Copy, Clone, Eq, PartialEq, Debug)]
        #[repr(u32)]
        pub enum Peripheral {
            $($(
                $peripheral = (Group::$group as u32) << 5 | $bit,
            )*)*
        }

        impl Peripheral {
            /// The registers that control this peripheral.
            pub fn group(self) -> Group {
                match self {
                    $($( Self::$peripheral )|* => Group::$group,)*
                }
            }

            /// Its bit in them.
            pub fn bit_index(self) -> u8 {
                (self as u32 & 0x1F) as u8
            }
        }
    };
}
