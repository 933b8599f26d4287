// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What CPU2 of the STM32WL55 sees differently, and how the two cores share the
//! memories.
//!
//! Only one core of the PAC `stm32wl` can be linked at a time (its modules
//! define the same symbols), so CPU2 is compared with `stm32-metapac`.

use chip_facts::{Chip, Memory, memory};
use stm32_metapac::metadata::METADATA;

fn pac_interrupt(name: &str) -> u16 {
    let mut interrupts = METADATA.interrupts.iter();
    let interrupt = interrupts.find(|interrupt| interrupt.name == name);
    let number = interrupt.unwrap_or_else(|| panic!("no {name}")).number;
    number.try_into().unwrap()
}

#[test]
fn every_interrupt_is_as_the_pac_says() {
    let pac = [
        ("tim2.irq", "TIM2"),
        ("rtc.irq", "RTC_LSECSS"),
        ("spi2.irq", "SPI2"),
        ("usart2.irq", "USART2"),
        ("i2c1.irq", "I2C1"),
        ("i2c2.irq", "I2C2"),
        ("i2c3.irq", "I2C3"),
        ("lptim1.irq", "LPTIM1"),
        ("lpuart1.irq", "LPUART1"),
        ("lptim2.irq", "LPTIM2"),
        ("lptim3.irq", "LPTIM3"),
        ("adc.irq", "ADC_COMP_DAC"),
        ("tim1.irq", "TIM1"),
        ("spi1.irq", "SPI1"),
        ("usart1.irq", "USART1"),
        ("tim16.irq", "TIM16"),
        ("tim17.irq", "TIM17"),
        ("dma1.ch1_3", "DMA1_CHANNEL1_2_3"),
        ("dma1.ch4_7", "DMA1_CHANNEL4_5_6_7"),
        ("dma2.irq", "DMA2_DMAMUX1_OVR"),
        ("rcc.irq", "RCC_FLASH_C1SEV"),
        ("pwr.pvd", "PVD_PVM"),
        ("exti.exti1_0", "EXTI1_0"),
        ("exti.exti3_2", "EXTI3_2"),
        ("exti.exti15_4", "EXTI15_4"),
        ("ipcc.irq", "IPCC_C2_RX_C2_TX"),
        ("rng.irq", "RNG"),
        ("hsem.irq", "HSEM"),
        ("aes.irq", "AES_PKA"),
        ("tzic.irq", "TZIC_ILA"),
        ("subghzspi.irq", "SUBGHZSPI"),
        ("subghzspi.radio", "SUBGHZ_RADIO"),
    ]
    .map(|(name, interrupt)| (name, pac_interrupt(interrupt)));
    Chip::read("stm32wl5-cpu2").check_interrupts(&pac);
}

#[test]
fn every_address_is_that_of_cpu1() {
    let cpu1 = Chip::read("stm32wl5");
    let mut cpu1 = cpu1.regions();
    // The debug block belongs to CPU1's private bus.
    cpu1.remove("dbgmcu");
    assert_eq!(Chip::read("stm32wl5-cpu2").regions(), cpu1);
}

#[test]
fn both_cores_have_the_window_at_the_same_place() {
    let window = |chip| memory(chip)["ipcc_window"];
    assert_eq!(window("stm32wl5"), window("stm32wl5-cpu2"));
}

#[test]
fn nothing_but_the_window_belongs_to_both_cores() {
    for (name1, memory1) in memory("stm32wl5") {
        for (name2, memory2) in memory("stm32wl5-cpu2") {
            let both = [name1.as_str(), name2.as_str()];
            assert!(
                both == ["ipcc_window"; 2] || !memory1.overlaps(&memory2),
                "{both:?}"
            );
        }
    }
}

#[test]
fn the_chip_has_these_memories() {
    let chip = METADATA.memory.iter().flat_map(|bank| bank.iter());
    let chip: Vec<Memory> = chip
        .map(|region| Memory::new(region.address, region.size))
        .collect();
    for core in ["stm32wl5", "stm32wl5-cpu2"] {
        for (name, memory) in memory(core) {
            assert!(
                chip.iter().any(|region| region.contains(&memory)),
                "{name} of {core}"
            );
        }
    }
}

#[test]
fn the_mpu_can_map_the_window() {
    assert!(memory("stm32wl5")["ipcc_window"].is_naturally_aligned());
}
