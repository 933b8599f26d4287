// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Whether an answer can be right.

use super::client::{BELL, Call, Doing, EXCLUSIVE, News, index};
use super::run::Soak;
use super::stream::Loss;
use crate::{Board, Call as Command, CoreId, FOR_EVER, Failure, NOW, Puppet};
use ipcc_channel::{ChannelStatus, Events};
use std::cmp::Ordering;

/// Ticks by which a call may seem to end late: its client has to wait for the
/// processor, which the others keep busy. That deadlines are kept to the tick
/// is shown elsewhere; here an alarm that never comes is to be noticed.
const LATE: u32 = 30;

impl Soak {
    /// Looks whether a client's call has been answered, and how.
    pub(super) fn judge(&mut self, at: usize) -> Result<(), String> {
        let client = &self.clients[at];
        let puppet = client.puppet;
        let Some(call) = client.call.filter(|c| c.doing != Doing::Panic) else {
            return Ok(());
        };
        let answer = self.board.last_answer(puppet);
        if answer.started_at != client.life || answer.count == 0 {
            // It is being restarted.
            return if client.is_doomed {
                Ok(())
            } else {
                Err("a client has died".into())
            };
        }
        let Some(result) = self.board.answer(puppet) else {
            return Ok(());
        };
        self.summary.calls += 1;
        let is_heard = self
            .judge_news(at, call, result)
            .map_err(|what| format!("{what} ({result:?})"))?;
        if is_heard {
            self.judge_answer(at, call, result)
                .map_err(|what| format!("{what} ({result:?})"))?;
        }
        if let Doing::Read { .. } = call.doing {
            let writer = self.clients[at].core().other();
            self.read_at[index(call.channel)][writer.index()] = self.now();
        }
        self.clients[at].call = None;
        Ok(())
    }

    /// Checks that restarts are told when they have to be, and not otherwise.
    /// Returns whether the answer says anything else.
    fn judge_news(
        &mut self,
        at: usize,
        call: Call,
        result: Result<u32, Failure>,
    ) -> Result<bool, String> {
        let core = self.clients[at].core();
        let [near, far] = [core, core.other()].map(|c| self.sides[c.index()]);
        let client = &mut self.clients[at];
        if result == Err(Failure::ServerRestarted) {
            if client.known_crashes == Some(near.crashes) {
                return Err("there was no restart of the driver".into());
            }
            client.known_crashes = Some(near.crashes);
            client.forget_opens();
            self.abandon(at);
            return Ok(false);
        }
        if call.began > near.crashed_at {
            match client.known_crashes {
                Some(known) if known < near.crashes => {
                    return Err("the driver's restart was not told".into());
                }
                Some(_) => (),
                None => client.known_crashes = Some(near.crashes),
            }
        }

        let news = &mut client.news[index(call.channel)];
        if result == Err(Failure::PeerRestarted) {
            if *news == News::None {
                return Err("there was no restart of the peer".into());
            }
            // While the peer is down, this was news of an earlier restart.
            *news = if far.is_down() {
                News::Maybe
            } else {
                News::None
            };
            self.abandon(at);
            return Ok(false);
        }
        let is_known = !far.is_unsettled() && call.began > far.settled_at;
        if *news == News::Due && is_known && call.doing.tells_of_peer() {
            return Err("the peer's restart was not told".into());
        }
        Ok(true)
    }

    fn judge_answer(
        &mut self,
        at: usize,
        call: Call,
        result: Result<u32, Failure>,
    ) -> Result<(), String> {
        let core = self.clients[at].core();
        let place = index(call.channel);
        self.judge_patience(at, call, result)?;
        match (call.doing, result) {
            (Doing::Open, Ok(_)) => {
                let client = &mut self.clients[at];
                client.opens[place] += 1;
                if self.sides[core.other().index()].is_unsettled()
                    && client.news[place] == News::None
                {
                    client.news[place] = News::Maybe;
                }
                Ok(())
            }
            (Doing::Open, Err(Failure::Busy)) if call.channel == EXCLUSIVE => {
                Ok(())
            }
            (Doing::Close, Ok(_)) => {
                let client = &mut self.clients[at];
                client.opens[place] -= 1;
                if client.opens[place] == 0 {
                    client.news[place] = News::None;
                }
                Ok(())
            }
            (Doing::Read { len, .. }, Ok(n)) => {
                check_count(n, len, false)?;
                let bytes =
                    self.board.data(self.clients[at].puppet, n as usize);
                self.summary.bytes += u64::from(n);
                let writer = core.other().index();
                let loss = &mut self.losses[place][writer];
                let stream = &mut self.streams[place][writer];
                stream.read(&bytes, *loss)?;
                if n > 0 && *loss != Loss::Before(usize::MAX) {
                    *loss = Loss::Nothing;
                }
                Ok(())
            }
            (Doing::Write { len, deadline }, Ok(n)) => {
                check_count(n, len, deadline == FOR_EVER)?;
                self.streams[place][core.index()].end(n as usize)
            }
            (Doing::Write { .. }, Err(_)) => {
                self.streams[place][core.index()].end(0)
            }
            (Doing::Poll { interest }, Ok(bits)) => {
                self.judge_poll(at, call, interest, bits)
            }
            (Doing::Poll { .. }, Err(Failure::TooManyWaiters)) => Ok(()),
            (Doing::Wait { .. }, Ok(_)) => {
                let heard = &mut self.heard[core.index()];
                *heard += 1;
                if *heard > self.rings[core.other().index()] {
                    return Err("nobody has rung".into());
                }
                Ok(())
            }
            (Doing::Cancel | Doing::Ring | Doing::Status, Ok(_)) => Ok(()),
            (Doing::Read { .. } | Doing::Wait { .. }, Err(_)) => Ok(()),
            _ => Err("no such call can fail like this".into()),
        }
    }

    /// Checks that a call that has moved nothing has waited as long as it
    /// should have, and that other errors are none.
    fn judge_patience(
        &self,
        at: usize,
        call: Call,
        result: Result<u32, Failure>,
    ) -> Result<(), String> {
        let Some(deadline) = call.doing.deadline() else {
            return Ok(());
        };
        let may_be_late = self.is_unsettled();
        match result {
            Ok(_) => Ok(()),
            Err(Failure::WouldBlock) if deadline == NOW => match call.doing {
                Doing::Read {
                    must_succeed: true, ..
                } => Err("a poll has said otherwise".into()),
                _ => Ok(()),
            },
            Err(Failure::TimedOut) if ![NOW, FOR_EVER].contains(&deadline) => {
                let answer = self.board.last_answer(self.clients[at].puppet);
                let waited = answer.answered_at - answer.called_at;
                let latest = deadline + LATE;
                if waited < deadline || waited > latest && !may_be_late {
                    return Err(format!("it has waited {waited} ms"));
                }
                Ok(())
            }
            Err(_) => Err("no such call can fail like this".into()),
        }
    }

    fn judge_poll(
        &mut self,
        at: usize,
        Call { channel, began, .. }: Call,
        interest: Events,
        bits: u32,
    ) -> Result<(), String> {
        let Some(events) = Events::from_bits(bits) else {
            return Err("there are no such events".into());
        };
        if !interest.contains(events) {
            return Err("nobody has asked for that".into());
        }
        // Another client's read spoils what the poll has said.
        let writer = self.clients[at].core().other();
        let is_read = self.others(at).any(|other| other.reads(channel))
            || self.read_at[index(channel)][writer.index()] >= began;
        let is_unsettled = self.is_unsettled();
        let is_patient = self.is_draining || self.random.one_in(3);
        let client = &mut self.clients[at];
        if channel == BELL || is_read || is_unsettled {
            return Ok(());
        }
        if events.contains(Events::READABLE) {
            client.next_read = Some(channel);
        } else if interest == Events::READABLE && is_patient {
            client.awaits = Some((channel, client.posts_before));
        }
        Ok(())
    }

    /// Compares what both drivers have counted with what there was.
    pub(super) fn check_statistics(&mut self) -> Result<(), String> {
        let puppets = CoreId::ALL.map(|core| {
            let mut clients = self.clients.iter();
            let client = clients.find(|c| c.core() == core && c.is_idle());
            client.map(|client| client.puppet)
        });
        let [Some(one), Some(two)] = puppets else {
            return Ok(());
        };
        for channel in 1..=BELL {
            let states =
                [one, two].map(|p| status(&mut self.board, p, channel));
            if states.iter().any(|s| s.statistics.protocol_errors != 0) {
                return Err(format!("protocol errors: {states:#?}"));
            }
            if self.summary.driver_crashes > 0 || channel == BELL {
                continue;
            }
            for (from, to) in [(0, 1), (1, 0)] {
                let len = self.streams[index(channel)][from].len() as u32;
                let sent = states[from].statistics;
                let received = states[to].statistics;
                let counts = (sent.tx_messages, sent.tx_bytes);
                let is_exact = self.summary.client_crashes == 0;
                let is_right = counts
                    == (received.rx_messages, received.rx_bytes)
                    && match sent.tx_bytes.cmp(&len) {
                        Ordering::Less => false,
                        Ordering::Equal => true,
                        // A dead client's last call may have sent some.
                        Ordering::Greater => !is_exact,
                    };
                if !is_right {
                    return Err(format!(
                        "{len} bytes were written to channel {channel}: \
                         {sent:#?} {received:#?}"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Checks how many bytes a call has moved.
fn check_count(n: u32, len: usize, must_be_all: bool) -> Result<(), String> {
    let n = n as usize;
    if n > len || n == 0 && len > 0 || must_be_all && n < len {
        return Err(format!("{n} bytes of {len}"));
    }
    Ok(())
}

/// The status of a channel; the first attempt may end with other news.
fn status(board: &mut Board, puppet: Puppet, channel: u8) -> ChannelStatus {
    let _ = board.call(puppet, Command::status(channel));
    board.status(puppet, channel)
}
