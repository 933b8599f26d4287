// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    idol::Generator::new().build_server_support(
        "../../idl/stm32xx-sys.idol",
        "server_stub.rs",
        idol::server::ServerStyle::InOrder,
    )?;

    if build_util::has_feature("exti") {
        build_util::build_notifications()?;
        build_stm32xx_sys::build_gpio_irq_sources()?;
    }
    Ok(())
}
