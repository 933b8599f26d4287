// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Good tables, and what is said of bad ones.

use drv_ipcc_config::{
    Config, Format, Mailbox, Problem, Region, Side, Surroundings, generate,
    read,
};

fn around() -> Surroundings {
    Surroundings {
        file: "app.toml".into(),
        task: "ipcc".into(),
        windows: vec![Region {
            name: "ipcc_window".into(),
            address: 0x2000_8000,
            size: 0x1000,
        }],
        tasks: ["jefe", "sys", "ipcc", "console", "ping", "idle"]
            .into_iter()
            .zip(0..)
            .map(|(name, i)| (name.to_string(), i))
            .collect(),
        clients: vec!["console".into(), "ping".into()],
        is_loopback: false,
    }
}

fn parse(text: &str) -> Result<Config, Problem> {
    read(&text.parse().unwrap(), &around())
}

/// A table with `top` among the top keys and `channels` after one channel.
fn table(top: &str, channels: &str) -> String {
    format!(
        "side = \"cpu1\"\nwindow = \"ipcc_window\"\n{top}\n\
         [[channels]]\nnumber = 1\n{channels}"
    )
}

fn mailboxes(config: &Config) -> Vec<(Mailbox, Mailbox)> {
    config
        .channels
        .iter()
        .filter_map(|channel| match channel.format {
            Format::Slot { rx, tx, .. } => Some((rx, tx)),
            Format::Doorbell => None,
        })
        .collect()
}

#[test]
fn mailboxes_left_out_are_where_nuttx_puts_them() {
    let more: String = (2..=6)
        .map(|n| format!("[[channels]]\nnumber = {n}\n"))
        .collect();
    let config = parse(&table("", &more)).unwrap();
    for (i, (rx, tx)) in mailboxes(&config).into_iter().enumerate() {
        let address = 0x2000_8000 + 512 * i as u32;
        assert_eq!((rx.address, rx.size), (address, 256));
        assert_eq!((tx.address, tx.size), (address + 256, 256));
    }
}

#[test]
fn both_sides_come_to_the_same_layout_and_geometry() {
    let cpu1 =
        table("", "rx-mailbox = { size = 64 }\n[[channels]]\nnumber = 2");
    let cpu2 = cpu1
        .replace("cpu1", "cpu2")
        .replace("rx-mailbox", "tx-mailbox");
    let (one, two) = (parse(&cpu1).unwrap(), parse(&cpu2).unwrap());
    let swapped: Vec<_> = mailboxes(&two)
        .into_iter()
        .map(|(rx, tx)| (tx, rx))
        .collect();
    assert_eq!(mailboxes(&one), swapped);
    let geometry = |config: &Config| {
        let text = generate(config);
        let line = text.lines().find(|l| l.contains("GEOMETRY")).unwrap();
        line.to_string()
    };
    assert_eq!(geometry(&one), geometry(&two));
    let other = parse(&table("", "tx-mailbox = { size = 64 }")).unwrap();
    assert_ne!(geometry(&one), geometry(&other));
}

#[test]
fn the_defaults_are_unbuffered_shared_and_for_every_client() {
    let config = parse(&table("", "")).unwrap();
    let link = config.link.unwrap();
    assert_eq!(link.side, Side::Cpu1);
    assert_eq!(link.control, Some(0x2000_8FE0));
    assert_eq!(link.start_peer, None);
    assert_eq!(config.clients, [3, 4]);
    let channel = &config.channels[0];
    assert_eq!(channel.clients, [0, 1]);
    assert!(!channel.is_exclusive && channel.is_reopenable);
    assert!(matches!(
        channel.format,
        Format::Slot {
            rx_buffer: 0,
            tx_buffer: 0,
            ..
        }
    ));
}

#[test]
fn the_loopback_has_channels_and_nothing_else() {
    let around = Surroundings {
        is_loopback: true,
        ..around()
    };
    let parse = |text: &str| read(&text.parse().unwrap(), &around);
    let channel = "[[channels]]\nnumber = 1\ntx-mailbox = { size = 36 }";
    insta::assert_snapshot!(generate(&parse(channel).unwrap()));
    for bad in [
        format!("side = \"cpu1\"\n{channel}"),
        "[[channels]]\nnumber = 1\nrx-mailbox = { address = 4 }".into(),
    ] {
        assert!(parse(&bad).unwrap_err().what.contains("loopback"));
    }
}

#[test]
fn the_generated_constants_say_it_all() {
    let text = table(
        "start-peer = \"at-start\"\npoll-waiters = 2",
        "rx-buffer = 100\naccess = \"exclusive\"\nclients = [\"ping\"]\n\
         [[channels]]\nnumber = 6\nformat = \"doorbell\"\nreopen = false",
    );
    insta::assert_snapshot!(generate(&parse(&text).unwrap()));
}

/// D10: in the original, channel 6's option had channel 2's name, and nobody
/// noticed. Without the check of `Node::check_keys` some of these tables are good.
#[test]
fn d10_wrong_tables_are_refused_with_file_key_value_and_remedy() {
    let two = "[[channels]]\nnumber = 2\n";
    let cases = [
        table("wndow = 1", ""),
        table("colour = 1", ""),
        table("", "rx-bufer = 1"),
        table("", "rx-mailbox = { adress = 1 }"),
        table("", "").replace("side = \"cpu1\"\n", ""),
        table("", "").replace("cpu1", "cpu3"),
        table("", "").replace("ipcc_window", "other"),
        "side = \"cpu1\"\nwindow = \"ipcc_window\"".to_string(),
        table("", "[[channels]]\nrx-buffer = 1"),
        table("", "[[channels]]\nnumber = 1"),
        table("", "[[channels]]\nnumber = 7"),
        table("", "[[channels]]\nnumber = 0"),
        table("", "[[channels]]\nnumber = \"2\""),
        table("poll-waiters = 0", ""),
        table("start-peer = \"later\"", ""),
        table("start-peer = \"at-start\"", "").replace("cpu1", "cpu2"),
        table("sessions = 1", ""),
        table("sessions = false\ncontrol = 0x20008f00", ""),
        table("control = 0x20008ff0", ""),
        table("control = 0x20008100", ""),
        table("", "format = \"ring\""),
        table("", "format = \"doorbell\"\nrx-buffer = 1"),
        table("", "rx-buffer = -1"),
        table("", "rx-mailbox = 256"),
        table("", "rx-mailbox = { size = 10 }"),
        table("", "rx-mailbox = { address = 0x20008002 }"),
        table("", "rx-mailbox = { size = 8192 }"),
        table("", "rx-mailbox = { address = 0x20007f00 }"),
        table("", &format!("{two}rx-mailbox = {{ address = 0x20008100 }}")),
        table("", "clients = \"ping\""),
        table("", "clients = [1]"),
        table("", "clients = [\"pong\"]"),
        table("", "clients = [\"sys\"]"),
        table("", "clients = [\"ping\", \"ping\"]"),
        table("", "access = \"mine\""),
        table("", "reopen = \"yes\""),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|text| parse(text).unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}
