// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the kernel's services and the driver's operations cost.

use system_tests::{driver_cycles, kernel_cycles};

type Row = (&'static str, u64);

fn main() {
    let columns = kernel_cycles::PROCESSORS
        .map(|processor| (processor.name, processor.measure().rows().to_vec()));
    print_table("kernel", &columns);
    println!();
    let columns = driver_cycles::PATHS
        .map(|path| (path.name, path.measure().rows().to_vec()));
    print_table("driver", &columns);
}

fn print_table(title: &str, columns: &[(&str, Vec<Row>)]) {
    print!("{title:32}");
    for (name, _) in columns {
        print!("{name:>20}");
    }
    println!();
    let names = columns[0].1.iter().map(|(name, _)| name);
    for (row, name) in names.enumerate() {
        print!("{name:32}");
        for (_, column) in columns {
            print!("{:>20}", column[row].1);
        }
        println!();
    }
}
