// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use std::collections::BTreeMap;

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    build_util::build_notifications()?;
    let allowed_callers =
        BTreeMap::from([("restricted".to_owned(), vec!["suite".to_owned()])]);
    let allowed_callers = build_util::task_ids()
        .remap_allowed_caller_names_to_ids(&allowed_callers)?;
    idol::Generator::new()
        .with_counters(
            idol::CounterSettings::default().with_server_counters(false),
        )
        .build_restricted_server_support(
            "../kern-idol-api/idl/conform.idol",
            "server_stub.rs",
            idol::server::ServerStyle::InOrder,
            &allowed_callers,
        )
}
