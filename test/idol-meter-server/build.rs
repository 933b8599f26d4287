// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    build_util::build_notifications()?;
    idol::server::build_server_support(
        "../idol-meter-api/idl/meter.idol",
        "server_stub.rs",
        idol::server::ServerStyle::InOrder,
    )
}
