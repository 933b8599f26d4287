// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The schema of `[config]` in `app.toml`, as far as the debugger has one.
//!
//! Nothing here is used but its form: what does not fit it makes the debugger
//! refuse the archive.

#![allow(dead_code)]

use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub(super) struct Config {
    i2c: Option<I2c>,
    sensor: Option<Sensor>,
    net: Option<Net>,
    auxflash: Option<Auxflash>,
}

#[derive(Deserialize)]
struct I2c {
    #[serde(default)]
    controllers: Vec<Controller>,
    #[serde(default)]
    devices: Vec<Device>,
}

#[derive(Deserialize)]
struct Controller {
    controller: u8,
    ports: BTreeMap<String, Port>,
    target: Option<bool>,
}

#[derive(Deserialize)]
struct Port {
    name: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Device {
    device: String,
    name: Option<String>,
    bus: Option<String>,
    controller: Option<u8>,
    port: Option<String>,
    address: u8,
    mux: Option<u8>,
    segment: Option<u8>,
    description: String,
    removable: Option<bool>,
    refdes: Option<OneOrMore>,
    power: Option<Power>,
    sensors: Option<Sensors>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
struct Power {
    rails: Option<IgnoredAny>,
    phases: Option<IgnoredAny>,
    pmbus: Option<bool>,
    sensors: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sensors {
    temperature: Option<usize>,
    power: Option<usize>,
    current: Option<usize>,
    voltage: Option<usize>,
    input_current: Option<usize>,
    input_voltage: Option<usize>,
    speed: Option<usize>,
    names: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Sensor {
    #[serde(default)]
    devices: Vec<SensorDevice>,
}

#[derive(Deserialize)]
struct SensorDevice {
    name: String,
    device: String,
    sensors: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct Net {
    #[serde(default)]
    sockets: BTreeMap<String, Socket>,
}

#[derive(Deserialize)]
struct Socket {
    kind: String,
    port: u16,
    owner: Owner,
    tx: Buffer,
    rx: Buffer,
}

#[derive(Deserialize)]
struct Owner {
    name: String,
    notification: super::Notification,
}

#[derive(Deserialize)]
struct Buffer {
    packets: usize,
    bytes: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Auxflash {
    memory_size: usize,
    slot_count: usize,
}
