// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the kernel's services cost.

use system_tests::kernel_cycles::{Costs, PROCESSORS};

fn main() {
    let costs: Vec<Costs> = PROCESSORS.iter().map(|p| p.measure()).collect();
    print!("{:32}", "cycles");
    for processor in PROCESSORS {
        print!("{:>12}", processor.name);
    }
    println!();
    let columns: Vec<_> = costs.iter().map(Costs::rows).collect();
    for (row, (name, _)) in columns[0].iter().enumerate() {
        print!("{name:32}");
        for column in &columns {
            print!("{:>12}", column[row].1);
        }
        println!();
    }
}
