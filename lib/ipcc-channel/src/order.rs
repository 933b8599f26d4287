// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The order between a slot's flag and its contents.
//!
//! The architecture may let one core's store to a flag overtake its stores to
//! memory, and its loads from memory overtake its load of a flag. A fence on
//! each side of every hand-over forbids both. Sessions are handed over in
//! memory, and there it is the flags that must not come late.

use core::sync::atomic::{Ordering, fence};

/// Between seeing that a slot is ours and touching what is in it.
pub(crate) fn taken_over() {
    fence(Ordering::Acquire);
    #[cfg(test)]
    test::log(test::Step::Fence);
}

/// Between the last touch of a slot and giving it away.
pub(crate) fn before_hand_over() {
    fence(Ordering::Release);
    #[cfg(test)]
    test::log(test::Step::Fence);
}

#[cfg(test)]
mod test {
    use crate::controller::Controller;
    use crate::pair::{Chip, Inbox, Outbox, PairedDoorbell};
    use crate::session::{News, Sessions};
    use crate::slots::{Discipline, Doorbell, Port, Slots};
    use crate::transfer::{Gone, Sink, Source};
    use mailbox::window::SharedBytes;
    use mailbox::{RxSlot, TxSlot};
    use std::cell::RefCell;
    use std::collections::HashSet;

    /// What one core does to what both share, in program order.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub(super) enum Step {
        /// Loads the flag, and goes on only if it is as wanted.
        Await(bool),
        /// Stores a message.
        Store,
        /// Loads a message.
        Load,
        /// Stores the flag.
        Flag(bool),
        Fence,
    }

    thread_local! {
        static LOG: RefCell<Vec<Step>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn log(step: Step) {
        LOG.with_borrow_mut(|log| log.push(step));
    }

    fn logged(f: impl FnOnce()) -> Vec<Step> {
        LOG.take();
        f();
        LOG.take()
    }

    /// A doorbell that logs, and checks that a raised flag announces a slot
    /// with everything in place.
    struct Logging<'a> {
        inner: PairedDoorbell,
        chip: &'a Chip,
        want: &'a [u8],
    }

    impl Doorbell for Logging<'_> {
        fn rx_flags(&self) -> u32 {
            log(Step::Await(true));
            self.inner.rx_flags()
        }

        fn tx_flags(&self) -> u32 {
            log(Step::Await(false));
            self.inner.tx_flags()
        }

        fn raise(&mut self, channel: u8) {
            let slot = self.chip.slot(0, 0);
            assert_eq!(slot.load(0) as usize, self.want.len());
            let mut bytes = vec![0; self.want.len()];
            slot.bytes(4, bytes.len()).copy_to(&mut bytes);
            assert_eq!(bytes, self.want);
            log(Step::Flag(true));
            self.inner.raise(channel);
        }

        fn acknowledge(&mut self, channel: u8) {
            log(Step::Flag(false));
            self.inner.acknowledge(channel);
        }

        fn unmask(&mut self, _: u32, _: u32) {}
    }

    struct LoggingBytes<'a>(Outbox<'a>, Inbox);

    impl Source for LoggingBytes<'_> {
        fn remaining(&self) -> usize {
            self.0.remaining()
        }
        fn give_shared(&mut self, space: SharedBytes) -> Result<usize, Gone> {
            log(Step::Store);
            self.0.give_shared(space)
        }
        fn give_local(&mut self, space: &mut [u8]) -> Result<usize, Gone> {
            self.0.give_local(space)
        }
    }

    impl Sink for LoggingBytes<'_> {
        fn room(&self) -> usize {
            self.1.room()
        }
        fn take_shared(&mut self, bytes: SharedBytes) -> Result<usize, Gone> {
            log(Step::Load);
            self.1.take_shared(bytes)
        }
        fn take_local(&mut self, bytes: &[u8]) -> Result<usize, Gone> {
            self.1.take_local(bytes)
        }
    }

    /// What sending and receiving one message does, taken from the real code.
    fn sender_and_receiver() -> (Vec<Step>, Vec<Step>) {
        let chip = Chip::new(1);
        let want = b"message";
        let slots = |side: usize| {
            let port = Port {
                channel: 0,
                discipline: Discipline::Slot {
                    rx: RxSlot::new(chip.slot(0, 1 - side)),
                    tx: TxSlot::new(chip.slot(0, side)),
                },
            };
            let doorbell = Logging {
                inner: chip.flags.side(side),
                chip: &chip,
                want,
            };
            Slots::new(doorbell, [port])
        };
        let (mut near, mut far) = (slots(0), slots(1));
        let mut bytes = LoggingBytes(Outbox::new(want), Inbox::new(99));
        let sender = logged(|| {
            assert_eq!(near.write(0, &mut bytes), Ok(want.len()));
        });
        let receiver = logged(|| {
            assert!(far.read(0, &mut bytes).unwrap().is_end);
        });
        assert_eq!(bytes.1.bytes, want);
        (sender, receiver)
    }

    /// One core: which of its steps are done. A step may be done before an
    /// earlier one unless a fence lies between, or both are at the flag
    /// (accesses to one peripheral keep their order), or they are the load of
    /// the flag and a store (a store is never done on a guess).
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Progress {
        done: Vec<bool>,
    }

    impl Progress {
        fn can_do(&self, program: &[Step], next: usize) -> bool {
            if self.done[next] {
                return false;
            }
            (0..next).all(|earlier| {
                if self.done[earlier] {
                    return true;
                }
                let is_guess = matches!(program[earlier], Step::Await(_))
                    && matches!(program[next], Step::Store | Step::Flag(_));
                let is_fenced = program[earlier] == Step::Fence
                    || program[next] == Step::Fence;
                let is_flag =
                    |step| matches!(step, Step::Await(_) | Step::Flag(_));
                let is_device =
                    is_flag(program[earlier]) && is_flag(program[next]);
                !is_guess && !is_fenced && !is_device
            })
        }
    }

    /// Two messages through one slot, all orders of both cores' steps.
    /// Returns whether every message was loaded as it was stored.
    fn is_sound(sender: &[Step], receiver: &[Step]) -> bool {
        let programs =
            [[sender, sender].concat(), [receiver, receiver].concat()];
        let progress = programs.each_ref().map(|program| Progress {
            done: vec![false; program.len()],
        });
        // Flag, message in the slot, messages loaded.
        let start = (progress, false, 0, Vec::<usize>::new());
        let mut seen = HashSet::from([start.clone()]);
        let mut todo = vec![start];
        let mut has_finished = false;
        while let Some((progress, flag, slot, loaded)) = todo.pop() {
            for core in 0..2 {
                let program = &programs[core];
                for next in 0..program.len() {
                    if !progress[core].can_do(program, next) {
                        continue;
                    }
                    let mut state =
                        (progress.clone(), flag, slot, loaded.clone());
                    // Which of the two messages the step belongs to.
                    let message = 1 + next * 2 / program.len();
                    match program[next] {
                        Step::Await(wanted) if wanted != flag => continue,
                        Step::Await(_) | Step::Fence => (),
                        Step::Store => state.2 = message,
                        Step::Load if slot != message => return false,
                        Step::Load => state.3.push(message),
                        Step::Flag(value) => state.1 = value,
                    }
                    state.0[core].done[next] = true;
                    has_finished |=
                        state.0.iter().all(|p| p.done.iter().all(|d| *d));
                    if seen.insert(state.clone()) {
                        todo.push(state);
                    }
                }
            }
        }
        assert!(has_finished, "no order gets both messages across");
        true
    }

    /// D11: the original had no barrier between the data and the flag. Without
    /// either fence of this module there is an order that tears a message. The
    /// next test leaves out each place that has one.
    #[test]
    fn d11_no_order_the_hardware_may_choose_tears_a_message() {
        let (sender, receiver) = sender_and_receiver();
        assert!(is_sound(&sender, &receiver));
    }

    #[test]
    fn d11_without_any_one_of_the_fences_a_message_is_torn() {
        let (sender, receiver) = sender_and_receiver();
        let fences = |program: &[Step]| -> Vec<usize> {
            let is_fence = |i: &usize| program[*i] == Step::Fence;
            (0..program.len()).filter(is_fence).collect()
        };
        let without = |program: &[Step], i: usize| {
            let mut program = program.to_vec();
            program.remove(i);
            program
        };
        // The sender's first fence stands between a load of the flag and
        // stores; a store is never done on a guess, so that one is for
        // the compiler only.
        let [_, before_raise] = fences(&sender)[..] else {
            panic!("{sender:?}")
        };
        assert!(!is_sound(&without(&sender, before_raise), &receiver));
        let [after_flag, before_release] = fences(&receiver)[..] else {
            panic!("{receiver:?}")
        };
        assert!(!is_sound(&sender, &without(&receiver, after_flag)));
        assert!(!is_sound(&sender, &without(&receiver, before_release)));
    }

    #[test]
    fn a_fence_stands_between_sessions_and_flags() {
        let chip = Chip::new(1);
        let start = |side| Sessions::start(chip.control(side), 7, false);
        let mut near = start(0);
        let mut far = start(1);
        assert_eq!(logged(|| assert_eq!(far.look(), News::Nothing)), []);
        assert_eq!(
            logged(|| assert_eq!(near.look(), News::Met)),
            [Step::Fence]
        );
        let mut far = start(1);
        let look = logged(|| assert_eq!(near.look(), News::PeerRestarted));
        assert_eq!(look, [Step::Fence]);
        assert_eq!(logged(|| near.accept()), [Step::Fence]);
        let look = logged(|| assert_eq!(far.look(), News::Accepted));
        assert_eq!(look, [Step::Fence]);
    }
}
