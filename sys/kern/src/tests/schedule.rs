// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{Recv, Send, Setup};
use crate::kernel::Kernel;
use crate::tests::world::World;
use abi::SchedState;
use std::vec;

fn wait(k: &mut Kernel<World>, task: usize) {
    k.do_recv(
        task,
        Recv {
            mask: 1,
            ..Recv::default()
        },
    );
}

#[test]
fn the_first_task_is_chosen_as_if_after_the_last() {
    let mut k = Setup::new(&[3, 1, 1, 9]).boot();
    assert_eq!(k.select(3), 1);
}

#[test]
fn a_deferred_switch_rotates_among_equals() {
    let mut k = Setup::new(&[0, 5, 5, 5, 9]).boot();
    wait(&mut k, 0);
    let mut ran = vec![];
    let mut current = 1;
    for _ in 0..4 {
        ran.push(current);
        current = k.select(current);
    }
    assert_eq!(ran, [1, 2, 3, 1]);
}

#[test]
fn more_important_tasks_go_first_whatever_the_turn() {
    let mut k = Setup::new(&[5, 5, 0, 5, 9]).boot();
    for previous in 0..5 {
        assert_eq!(k.select(previous), 2);
    }
}

#[test]
fn a_woken_task_is_among_those_to_choose_from() {
    let mut k = Setup::new(&[0, 5, 9]).boot();
    wait(&mut k, 0);
    wait(&mut k, 1);
    assert_eq!(k.select(1), 2);
    k.do_post(2, k.id(1), 1);
    assert_eq!(k.select(2), 1);
}

#[test]
fn a_replier_goes_on_until_it_blocks() {
    // The client is more important than the server.
    let mut k = Setup::new(&[0, 5, 3, 9]).boot();
    wait(&mut k, 0);
    k.meet(1, Send::to(k.id(1)), 2);
    let next = k.do_reply(1, k.id(2), 0, (0, 0));
    assert_eq!(next, crate::machine::NextTask::Same);
    assert_eq!(
        k.do_recv(1, Recv::default()),
        crate::machine::NextTask::Specific(2)
    );
}

#[test]
fn sets_of_more_than_32_tasks_work() {
    let mut priorities = [7; 40];
    priorities[35] = 3;
    priorities[39] = 200;
    let mut k = Setup::new(&priorities).boot();
    assert_eq!(k.select(0), 35);
    k.listen(35);
    assert_eq!(k.select(35), 36);
    assert_eq!(k.select(38), 0);
    for sender in [38, 33, 2] {
        k.do_send(sender, Send::to(k.id(35)));
        assert_eq!(k.state(35), SchedState::Runnable);
        k.do_reply(35, k.id(sender), 0, (0, 0));
        k.do_recv(35, Recv::default());
    }
    // Now several at once, queued while the receiver is busy.
    k.do_post(0, k.id(35), 1);
    for sender in [38, 33, 2] {
        k.task_mut(35).notifications = 0;
        k.do_send(sender, Send::to(k.id(35)));
    }
    assert_eq!(k.got(35).sender, k.id(38));
    k.do_recv(35, Recv::default());
    assert_eq!(k.got(35).sender, k.id(2));
    k.do_recv(35, Recv::default());
    assert_eq!(k.got(35).sender, k.id(33));
}
