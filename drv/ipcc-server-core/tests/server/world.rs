// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A server in a world of modelled clients, with a modelled other core.

use abi::{Generation, TaskId};
use drv_ipcc_server_core::{
    ChannelConfig, Error, Event, Kernel, Kind, Outcome, Server,
    State as ServerState,
};
use ipcc_channel::pair::{Chip, Inbox, Outbox, PairedDoorbell};
use ipcc_channel::{
    Asserted, ChannelStatus, Controller, Events, Gone, Sessions, SharedBytes,
    Slots,
};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// Slot channels 1 and 2, the second of them exclusive, and doorbell 3.
pub static CONFIG: [ChannelConfig; 3] = [
    ChannelConfig {
        number: 1,
        kind: Kind::Stream,
        is_exclusive: false,
        is_reopenable: true,
        clients: 0b111,
    },
    ChannelConfig {
        number: 2,
        kind: Kind::Stream,
        is_exclusive: true,
        is_reopenable: false,
        clients: 0b011,
    },
    ChannelConfig {
        number: 3,
        kind: Kind::Doorbell,
        is_exclusive: false,
        is_reopenable: true,
        clients: 0b111,
    },
];

/// Task indices of the three clients.
pub const TASKS: [u16; 3] = [4, 5, 6];

/// Poll waiters per channel.
pub const WAITERS: usize = 2;

/// Waits for ever.
pub const FOR_EVER: u32 = u32::MAX;

pub type TestServer =
    Server<'static, Slots<PairedDoorbell, 3>, Tasks, 3, 3, WAITERS>;

/// The kernel and the clients, as far as the server can see them.
#[derive(Clone, Debug, Default)]
pub struct Tasks(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    now: u64,
    alarm: Option<u64>,
    generations: [u8; 3],
    leases: [Vec<u8>; 3],
    /// Whether the client waits for a reply of ours.
    waiting: [bool; 3],
    /// Whether the client's call returns a count.
    counting: [bool; 3],
    answers: [Option<Result<u32, Error>>; 3],
    /// The clients answered, in that order.
    answered: Vec<usize>,
    posts: [u32; 3],
    events: Vec<Event>,
    meanwhile: Option<Meanwhile>,
}

/// What the other core does at the moment of an event.
struct Meanwhile(Event, Box<dyn FnMut()>);

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Meanwhile").field(&self.0).finish()
    }
}

impl State {
    fn id(&self, client: usize) -> TaskId {
        TaskId::for_index_and_gen(
            usize::from(TASKS[client]),
            Generation::from(self.generations[client]),
        )
    }

    /// The client with this id, if it is alive and waits for us.
    fn lender(&self, id: TaskId) -> Result<usize, Gone> {
        let client = TASKS
            .iter()
            .position(|&task| usize::from(task) == id.index())
            .ok_or(Gone)?;
        if self.id(client) == id && self.waiting[client] {
            Ok(client)
        } else {
            Err(Gone)
        }
    }
}

impl Kernel for Tasks {
    fn copy_out(
        &mut self,
        client: TaskId,
        offset: usize,
        bytes: &[u8],
    ) -> Result<(), Gone> {
        let state = &mut *self.0.borrow_mut();
        let client = state.lender(client)?;
        state.leases[client][offset..offset + bytes.len()]
            .copy_from_slice(bytes);
        Ok(())
    }

    fn copy_out_shared(
        &mut self,
        client: TaskId,
        offset: usize,
        bytes: SharedBytes,
    ) -> Result<(), Gone> {
        let mut local = vec![0; bytes.len()];
        bytes.copy_to(&mut local);
        self.copy_out(client, offset, &local)
    }

    fn copy_in(
        &mut self,
        client: TaskId,
        offset: usize,
        space: &mut [u8],
    ) -> Result<(), Gone> {
        let state = &mut *self.0.borrow_mut();
        let client = state.lender(client)?;
        let lease = &state.leases[client];
        space.copy_from_slice(&lease[offset..offset + space.len()]);
        Ok(())
    }

    fn copy_in_shared(
        &mut self,
        client: TaskId,
        offset: usize,
        space: SharedBytes,
    ) -> Result<(), Gone> {
        let mut local = vec![0; space.len()];
        self.copy_in(client, offset, &mut local)?;
        space.copy_from(&local);
        Ok(())
    }

    fn reply(&mut self, client: TaskId, answer: Result<Option<u32>, Error>) {
        let state = &mut *self.0.borrow_mut();
        if let Ok(client) = state.lender(client) {
            state.waiting[client] = false;
            // The kernel would fault a server that replies with more than
            // the client has room for.
            if let Ok(count) = answer {
                assert_eq!(count.is_some(), state.counting[client]);
            }
            state.answers[client] = Some(answer.map(Option::unwrap_or_default));
            state.answered.push(client);
        }
    }

    fn post(&mut self, client: TaskId, bits: u32) -> bool {
        let state = &mut *self.0.borrow_mut();
        for i in 0..TASKS.len() {
            if state.id(i) == client {
                state.posts[i] |= bits;
                return true;
            }
        }
        false
    }

    fn current_id(&mut self, client: TaskId) -> TaskId {
        let state = self.0.borrow();
        TASKS
            .iter()
            .position(|&task| usize::from(task) == client.index())
            .map_or(client, |i| state.id(i))
    }

    fn now(&mut self) -> u64 {
        self.0.borrow().now
    }

    fn set_alarm(&mut self, deadline: Option<u64>) {
        self.0.borrow_mut().alarm = deadline;
    }

    fn record(&mut self, event: Event) {
        let mut state = self.0.borrow_mut();
        state.events.push(event);
        let is_time = |meanwhile: &mut Meanwhile| meanwhile.0 == event;
        let meanwhile = state.meanwhile.take_if(is_time);
        drop(state);
        if let Some(mut meanwhile) = meanwhile {
            meanwhile.1();
            self.0.borrow_mut().meanwhile = Some(meanwhile);
        }
    }
}

/// One core: the server and its clients.
pub struct Core {
    pub server: TestServer,
    pub tasks: Tasks,
    side: usize,
    buffers: (usize, usize),
}

impl Core {
    /// A core that starts, or restarts, its server on one side of a chip.
    /// Its stream channels have buffers of these sizes.
    pub fn start(
        chip: &Chip,
        side: usize,
        (rx, tx): (usize, usize),
        sessions: Option<Sessions>,
    ) -> Self {
        let tasks = Tasks::default();
        Self::start_with(chip, side, (rx, tx), sessions, tasks)
    }

    fn start_with(
        chip: &Chip,
        side: usize,
        (rx, tx): (usize, usize),
        sessions: Option<Sessions>,
        tasks: Tasks,
    ) -> Self {
        let leak = |n| Box::leak(vec![0; n].into_boxed_slice());
        let server = Server::new(
            chip.slots(side),
            tasks.clone(),
            sessions,
            &CONFIG,
            &TASKS,
            Box::leak(Box::new(ServerState::EMPTY)),
            |_| (leak(rx), leak(tx)),
        );
        Self {
            server,
            tasks,
            side,
            buffers: (rx, tx),
        }
    }

    /// The same core after its driver task crashed: the clients live on.
    pub fn restart_driver(&mut self, chip: &Chip, sessions: Option<Sessions>) {
        {
            let state = &mut *self.tasks.0.borrow_mut();
            state.waiting = [false; 3];
            state.answers = [None; 3];
            state.alarm = None;
        }
        let tasks = self.tasks.clone();
        *self =
            Self::start_with(chip, self.side, self.buffers, sessions, tasks);
    }

    /// Has something happen elsewhere whenever this core records an event.
    pub fn meanwhile(&mut self, event: Event, act: impl FnMut() + 'static) {
        self.tasks.0.borrow_mut().meanwhile =
            Some(Meanwhile(event, Box::new(act)));
    }

    pub fn id(&self, client: usize) -> TaskId {
        self.tasks.0.borrow().id(client)
    }

    pub fn open(&mut self, client: usize, number: u8) -> Result<(), Error> {
        let id = self.id(client);
        self.server.open(id, number)
    }

    pub fn close(&mut self, client: usize, number: u8) -> Result<(), Error> {
        let id = self.id(client);
        self.server.close(id, number)
    }

    /// Calls, and tells the answer if it came at once. Operations that take a
    /// lease return a count, others nothing.
    fn call(
        &mut self,
        client: usize,
        lease: Option<Vec<u8>>,
        operation: impl FnOnce(&mut TestServer, TaskId, usize) -> Outcome,
    ) -> Option<Result<u32, Error>> {
        let counting = lease.is_some();
        let lease = lease.unwrap_or_default();
        let len = lease.len();
        {
            let state = &mut *self.tasks.0.borrow_mut();
            assert!(!state.waiting[client], "a client has one call at a time");
            state.leases[client] = lease;
            state.counting[client] = counting;
            state.waiting[client] = true;
            state.answers[client] = None;
        }
        let id = self.id(client);
        let outcome = operation(&mut self.server, id, len);
        match outcome {
            Outcome::Later => None,
            Outcome::Now(answer) => {
                self.tasks.0.borrow_mut().waiting[client] = false;
                Some(answer)
            }
        }
    }

    pub fn read(
        &mut self,
        client: usize,
        number: u8,
        len: usize,
        deadline: u32,
    ) -> Option<Result<u32, Error>> {
        self.call(client, Some(vec![0; len]), |server, id, len| {
            server.read(id, number, len, deadline)
        })
    }

    /// Reads without waiting and returns the bytes.
    pub fn read_now(
        &mut self,
        client: usize,
        number: u8,
        len: usize,
    ) -> Result<Vec<u8>, Error> {
        let n = self.read(client, number, len, 0).unwrap()?;
        Ok(self.lease(client)[..n as usize].to_vec())
    }

    pub fn write(
        &mut self,
        client: usize,
        number: u8,
        bytes: &[u8],
        deadline: u32,
    ) -> Option<Result<u32, Error>> {
        self.call(client, Some(bytes.to_vec()), |server, id, len| {
            server.write(id, number, len, deadline)
        })
    }

    pub fn wait(
        &mut self,
        client: usize,
        number: u8,
        deadline: u32,
    ) -> Option<Result<u32, Error>> {
        self.call(client, None, |server, id, _| {
            server.wait(id, number, deadline)
        })
    }

    pub fn ring(&mut self, client: usize, number: u8) -> Result<(), Error> {
        let id = self.id(client);
        self.server.ring(id, number)
    }

    pub fn poll(
        &mut self,
        client: usize,
        number: u8,
        interest: Events,
    ) -> Result<Events, Error> {
        let bit = 1 << number;
        let id = self.id(client);
        self.server.poll(id, number, interest.bits(), bit)
    }

    pub fn status(&self, number: u8) -> ChannelStatus {
        self.server.status(number).unwrap()
    }

    /// What is in the lease of the client's last call.
    pub fn lease(&self, client: usize) -> Vec<u8> {
        self.tasks.0.borrow().leases[client].clone()
    }

    /// Whether the client waits for an answer.
    pub fn is_waiting(&self, client: usize) -> bool {
        self.tasks.0.borrow().waiting[client]
    }

    /// Takes the answer that came after the call returned.
    pub fn answer(&mut self, client: usize) -> Option<Result<u32, Error>> {
        self.tasks.0.borrow_mut().answers[client].take()
    }

    /// Takes all answers that came after their calls returned, in the order
    /// in which they came.
    pub fn answers(&mut self) -> Vec<(usize, Result<u32, Error>)> {
        let answered = std::mem::take(&mut self.tasks.0.borrow_mut().answered);
        answered
            .into_iter()
            .filter_map(|client| Some((client, self.answer(client)?)))
            .collect()
    }

    /// Takes the notifications posted to a client.
    pub fn posts(&mut self, client: usize) -> u32 {
        std::mem::take(&mut self.tasks.0.borrow_mut().posts[client])
    }

    /// Kills a client; its next life has another generation.
    pub fn restart_client(&mut self, client: usize) {
        let state = &mut *self.tasks.0.borrow_mut();
        state.generations[client] = (state.generations[client] + 1) & 0x3F;
        state.waiting[client] = false;
        state.answers[client] = None;
    }

    /// Delivers interrupts for as long as there are any, and returns how
    /// many. An endless one is a failure.
    pub fn interrupts(&mut self) -> u32 {
        let mut n = 0;
        while self.server.controller().asserted() != Asserted::default() {
            self.server.on_interrupt();
            n += 1;
            assert!(n < 100, "the interrupt is asserted for ever");
        }
        n
    }

    /// Lets time pass; the alarm rings when it is due.
    pub fn advance(&mut self, ticks: u64) {
        for _ in 0..ticks {
            let is_due = {
                let state = &mut *self.tasks.0.borrow_mut();
                state.now += 1;
                let is_due = state.alarm.is_some_and(|at| at <= state.now);
                if is_due {
                    state.alarm = None;
                }
                is_due
            };
            if is_due {
                self.server.on_alarm();
            }
        }
    }

    pub fn alarm(&self) -> Option<u64> {
        self.tasks.0.borrow().alarm
    }

    pub fn events(&self) -> Vec<Event> {
        self.tasks.0.borrow().events.clone()
    }
}

/// A peer that speaks plain slots, under the test's control.
pub struct PlainPeer {
    pub slots: Slots<PairedDoorbell, 3>,
}

impl PlainPeer {
    pub fn new(chip: &Chip) -> Self {
        Self {
            slots: chip.slots(1),
        }
    }

    /// Sends one message if the slot is free.
    pub fn send(&mut self, number: u8, bytes: &[u8]) -> bool {
        let index = usize::from(number) - 1;
        self.slots.write(index, &mut Outbox::new(bytes)).unwrap() > 0
    }

    /// Takes one message, if there is one.
    pub fn take(&mut self, number: u8) -> Option<Vec<u8>> {
        let index = usize::from(number) - 1;
        let mut inbox = Inbox::new(100);
        let taken = self.slots.read(index, &mut inbox).unwrap();
        taken.is_end.then_some(inbox.bytes)
    }
}

/// A core and a plain peer.
pub fn with_plain_peer(rx: usize, tx: usize) -> (Chip, Core, PlainPeer) {
    let chip = Chip::new(2);
    let core = Core::start(&chip, 0, (rx, tx), None);
    let peer = PlainPeer::new(&chip);
    (chip, core, peer)
}
