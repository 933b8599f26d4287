// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The configuration table and the code that is made from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// Number of EXTI lines that can watch pins.
const LINES: usize = 16;

/// `[tasks.sys.config]`
#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SysConfig {
    #[serde(default)]
    gpio_irqs: BTreeMap<String, GpioIrq>,
}

/// `[tasks.sys.config.gpio-irqs.<name>]`
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct GpioIrq {
    port: char,
    pin: usize,
    owner: Owner,
}

/// Whom to tell, and how.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Owner {
    name: String,
    notification: String,
}

impl SysConfig {
    /// Checks what the types do not say.
    pub fn check(&self) -> Result<()> {
        let mut lines: [Option<&str>; LINES] = [None; LINES];
        for (name, irq) in &self.gpio_irqs {
            ensure!(
                constant_name(name).chars().all(is_constant_char)
                    && !name.starts_with(|c: char| c.is_ascii_digit()),
                "{name}: not a name that can become a constant\n  help: use \
                 letters, digits and hyphens, starting with a letter"
            );
            ensure!(
                irq.port.is_ascii_uppercase(),
                "{name}.port (\"{}\"): not a port\n  help: write the letter \
                 of the port, such as \"C\"",
                irq.port,
            );
            let Some(line) = lines.get_mut(irq.pin) else {
                bail!(
                    "{name}.pin ({}): a port has pins 0 to {}",
                    irq.pin,
                    LINES - 1
                );
            };
            if let Some(other) = line.replace(name) {
                bail!(
                    "{name}.pin ({pin}) is also {other}.pin\n  help: pins of \
                     the same number share one interrupt line, whatever their \
                     port; move one of the signals",
                    pin = irq.pin,
                );
            }
        }
        Ok(())
    }

    /// Makes the module with the pins that `task` owns.
    pub fn pins_of(&self, task: &str) -> String {
        let mut constants = String::new();
        for (name, irq) in &self.gpio_irqs {
            if irq.owner.name == task {
                let GpioIrq { port, pin, .. } = irq;
                writeln!(
                    constants,
                    "    pub const {}: PinSet = Port::{port}.pin({pin});",
                    constant_name(name),
                )
                .expect("a string takes everything");
            }
        }
        if constants.is_empty() {
            return constants;
        }
        format!(
            "#[allow(dead_code)]\n\
             pub mod gpio_irq_pins {{\n    \
                 use drv_stm32xx_sys_api::{{PinSet, Port}};\n\n\
             {constants}\
             }}\n"
        )
    }

    /// Makes the table of all lines. `resolve` finds the index of a task and
    /// the mask of one of its notifications.
    pub fn sources(
        &self,
        resolve: impl Fn(&str, &str) -> Result<(usize, u32)>,
    ) -> Result<String> {
        let mut lines = vec!["    None,\n".to_string(); LINES];
        for (name, irq) in &self.gpio_irqs {
            let GpioIrq { port, pin, owner } = irq;
            let (index, mask) = resolve(&owner.name, &owner.notification)
                .with_context(|| format!("{name}.owner"))?;
            lines[*pin] = format!(
                "    // {name}: {port}{pin}\n    \
                 Some(drv_stm32xx_exti::Source {{\n        \
                     port: Port::{port}.letter_index(),\n        \
                     owner: {index},\n        \
                     notification: {mask:#x},\n    \
                 }}),\n"
            );
        }
        Ok(format!(
            "#[allow(unused_imports)]\n\
             use drv_stm32xx_sys_api::Port;\n\n\
             static SOURCES: [Option<drv_stm32xx_exti::Source>; {LINES}] = [\n\
             {}\
             ];\n",
            lines.concat(),
        ))
    }
}

/// The name of the constant for a pin interrupt.
fn constant_name(irq: &str) -> String {
    irq.replace('-', "_").to_ascii_uppercase()
}

fn is_constant_char(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> SysConfig {
        toml::from_str(text).unwrap()
    }

    fn error(text: &str) -> String {
        config(text).check().unwrap_err().to_string()
    }

    const TWO: &str = r#"
        [gpio-irqs.user-button]
        port = "C"
        pin = 13
        owner = { name = "panel", notification = "button" }

        [gpio-irqs.alert]
        port = "H"
        pin = 3
        owner = { name = "sensor", notification = "alert" }
    "#;

    #[test]
    fn a_task_gets_a_constant_for_each_of_its_pins() {
        assert_eq!(
            config(TWO).pins_of("panel"),
            "#[allow(dead_code)]\n\
             pub mod gpio_irq_pins {\n    \
                 use drv_stm32xx_sys_api::{PinSet, Port};\n\n    \
                 pub const USER_BUTTON: PinSet = Port::C.pin(13);\n\
             }\n"
        );
    }

    #[test]
    fn a_task_that_owns_no_pin_gets_an_empty_file() {
        assert_eq!(config(TWO).pins_of("idle"), "");
        assert_eq!(config("").pins_of("panel"), "");
    }

    #[test]
    fn every_line_has_an_entry_and_used_ones_a_source() {
        let sources = config(TWO)
            .sources(|task, notification| match (task, notification) {
                ("panel", "button") => Ok((4, 1 << 2)),
                ("sensor", "alert") => Ok((6, 1 << 0)),
                _ => bail!("asked for {task}.{notification}"),
            })
            .unwrap();

        assert_eq!(sources.matches("None,").count(), 14);
        assert!(sources.contains(
            "Port::C.letter_index(),\n        \
             owner: 4,\n        \
             notification: 0x4,"
        ));
        let alert = sources.find("owner: 6").unwrap();
        let button = sources.find("owner: 4").unwrap();
        assert!(alert < button, "lines are in order of the pins");
        assert_eq!(sources[..alert].matches("None,").count(), 3);
    }

    #[test]
    fn an_unknown_owner_is_reported_with_the_interrupt() {
        let error = config(TWO)
            .sources(|task, _| bail!("no task is called `{task}`"))
            .unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "alert.owner: no task is called `sensor`"
        );
    }

    #[test]
    fn two_pins_of_the_same_number_are_refused() {
        let text = TWO.replace("pin = 3", "pin = 13");
        let error = error(&text);
        assert!(
            error.starts_with("user-button.pin (13) is also alert.pin"),
            "{error}"
        );
    }

    #[test]
    fn a_pin_beyond_15_is_refused() {
        let error = error(&TWO.replace("pin = 3", "pin = 16"));
        assert_eq!(error, "alert.pin (16): a port has pins 0 to 15");
    }

    #[test]
    fn a_port_that_is_no_letter_is_refused() {
        let error = error(&TWO.replace("\"H\"", "\"h\""));
        assert!(
            error.starts_with("alert.port (\"h\"): not a port"),
            "{error}"
        );
    }

    #[test]
    fn a_name_that_is_no_constant_is_refused() {
        let error = error(&TWO.replace("irqs.alert", "irqs.\"2nd alert\""));
        assert!(error.starts_with("2nd alert: not a name"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text = TWO.replace("pin = 3", "pin = 3\nedge = \"rising\"");
        let error = toml::from_str::<SysConfig>(&text).unwrap_err();
        assert!(error.to_string().contains("unknown field `edge`"));
    }
}
