// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Making puppets call.

use crate::board::Board;
use crate::{CPU1, CPU2, CoreId, Failure, ms};
use abi::{FaultInfo, Kipcnum, TaskState};
use ipcc_channel::{ChannelStatus, Events};
use sim::{Soc, Span};
use test_puppet_api::{
    ANSWER, Answer, COMMAND, Command, DATA, DATA_LEN, KERNEL, Operation, POSTS,
    Posts, RawLease, SUCCESS,
};
use zerocopy::{FromBytes, IntoBytes};

/// A task that makes the calls a test wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Puppet {
    /// Where it runs.
    pub core: CoreId,
    /// Its name.
    pub name: &'static str,
    /// Its index.
    pub index: u32,
    /// The interrupt that announces a command.
    line: u8,
}

/// A client on CPU1 that may open every channel.
pub const ALICE: Puppet = Puppet::new(CPU1, "alice", 3, 28);
/// A client on CPU1 that may open all channels but 4.
pub const BOB: Puppet = Puppet::new(CPU1, "bob", 4, 29);
/// A client on CPU1 that may open all channels but 3 and 4.
pub const CAROL: Puppet = Puppet::new(CPU1, "carol", 5, 27);
/// A task on CPU1 that is no client of the driver.
pub const MALLORY: Puppet = Puppet::new(CPU1, "mallory", 6, 39);
/// A client on CPU2 that may open every channel.
pub const DAVE: Puppet = Puppet::new(CPU2, "dave", 3, 16);
/// Another one.
pub const ERIN: Puppet = Puppet::new(CPU2, "erin", 4, 17);

/// The clients on CPU1 in the soak.
pub(crate) const SOAK_CPU1: [Puppet; 4] = [
    Puppet::new(CPU1, "ann", 3, 28),
    Puppet::new(CPU1, "ben", 4, 29),
    Puppet::new(CPU1, "cat", 5, 27),
    Puppet::new(CPU1, "dan", 6, 39),
];
/// The clients on CPU2 in the soak.
pub(crate) const SOAK_CPU2: [Puppet; 3] = [
    Puppet::new(CPU2, "fay", 3, 16),
    Puppet::new(CPU2, "gus", 4, 17),
    Puppet::new(CPU2, "hal", 5, 15),
];

/// The deadline of a call that does not wait.
pub const NOW: u32 = 0;
/// The deadline of a call that waits for ever.
pub const FOR_EVER: u32 = u32::MAX;

/// What a puppet leaves where it should not write.
pub const GRAFFITI: u32 = 0xBAD_5EED;

/// Most bytes that a test wants to see of a reply.
const REPLY_MAX: usize = 16;

/// How long a test waits for the answer to a call that should get one.
const PATIENCE: Span = Span::Nanos(200_000_000);

/// Something that a puppet is to do.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    command: Command,
    /// What the puppet lends holds this to begin with.
    data: &'a [u8],
}

impl<'a> Call<'a> {
    fn new(operation: Operation, target: u32) -> Self {
        let command = Command {
            operation: operation as u32,
            target,
            ..Command::default()
        };
        Self { command, data: &[] }
    }

    fn on(operation: Operation, channel: u8) -> Self {
        Self::new(operation, channel.into())
    }

    fn argument(mut self, argument: u32) -> Self {
        self.command.argument = argument;
        self
    }

    fn lending(mut self, len: usize) -> Self {
        assert!(len <= DATA_LEN, "a puppet has {DATA_LEN} bytes to lend");
        self.command.len = len as u32;
        self
    }

    fn data(mut self, data: &'a [u8]) -> Self {
        self.data = data;
        self.lending(data.len())
    }

    /// The channel, task or address.
    pub fn target(&self) -> u32 {
        self.command.target
    }

    /// Opens a channel.
    pub fn open(channel: u8) -> Self {
        Self::on(Operation::Open, channel)
    }

    /// Closes a channel.
    pub fn close(channel: u8) -> Self {
        Self::on(Operation::Close, channel)
    }

    /// Reads up to `len` bytes within `deadline` milliseconds.
    pub fn read(channel: u8, len: usize, deadline: u32) -> Self {
        let call = Self::on(Operation::Read, channel).argument(deadline);
        call.lending(len)
    }

    /// Writes `data` within `deadline` milliseconds.
    pub fn write(channel: u8, data: &'a [u8], deadline: u32) -> Self {
        let call = Self::on(Operation::Write, channel).argument(deadline);
        call.data(data)
    }

    /// Polls for `interest`, to be told by `notification`.
    pub fn poll(channel: u8, interest: Events, notification: u32) -> Self {
        let mut call = Self::on(Operation::Poll, channel);
        call.command.notification = notification;
        call.argument(interest.bits())
    }

    /// Takes back the poll of a channel.
    pub fn poll_cancel(channel: u8) -> Self {
        Self::on(Operation::PollCancel, channel)
    }

    /// Rings a channel.
    pub fn ring(channel: u8) -> Self {
        Self::on(Operation::Ring, channel)
    }

    /// Waits for a ring within `deadline` milliseconds.
    pub fn wait(channel: u8, deadline: u32) -> Self {
        Self::on(Operation::Wait, channel).argument(deadline)
    }

    /// Shuts a channel down.
    pub fn shutdown(channel: u8) -> Self {
        Self::on(Operation::Shutdown, channel)
    }

    /// Reads `len` bytes and sends them back through `embedded-io`.
    pub fn relay(channel: u8, len: usize) -> Self {
        Self::on(Operation::Relay, channel).lending(len)
    }

    /// Starts the peer.
    pub fn peer_start() -> Self {
        Self::new(Operation::PeerStart, 0)
    }

    /// Asks for the status of the peer, 16 bytes.
    pub fn peer_status() -> Self {
        Self::new(Operation::PeerStatus, 0).lending(16)
    }

    /// Asks for the status of a channel.
    pub fn status(channel: u8) -> Self {
        let call = Self::on(Operation::Status, channel);
        call.lending(size_of::<ChannelStatus>())
    }

    /// Sends message `operation` to the task with index `task`.
    pub fn send(
        task: u32,
        operation: u32,
        message: &'a [u8],
        lease: RawLease,
    ) -> Self {
        let mut call = Self::new(Operation::Send, task).argument(operation);
        call.command.lease = lease;
        call.command.message_len = message.len() as u32;
        call.data = message;
        call.lending(REPLY_MAX.max(message.len()))
    }

    /// Loads the word at `address`.
    pub fn load(address: u32) -> Self {
        Self::new(Operation::Load, address)
    }

    /// Stores [`GRAFFITI`] at `address`.
    pub fn store(address: u32) -> Self {
        Self::new(Operation::Store, address).argument(GRAFFITI)
    }

    /// Jumps to `address`.
    pub fn jump(address: u32) -> Self {
        Self::new(Operation::Jump, address)
    }

    /// Panics.
    pub fn panic() -> Self {
        Self::new(Operation::Panic, 0)
    }
}

impl Puppet {
    const fn new(
        core: CoreId,
        name: &'static str,
        index: u32,
        line: u8,
    ) -> Self {
        Self {
            core,
            name,
            index,
            line,
        }
    }

    /// The address of one of its variables.
    fn variable(self, soc: &Soc, symbol: &str) -> u32 {
        match soc.image(self.core).symbol(self.name, symbol) {
            Some(symbol) => symbol.addr,
            None => panic!("{} has no {symbol}", self.name),
        }
    }

    fn read<T: FromBytes>(self, soc: &Soc, symbol: &str) -> T {
        let address = self.variable(soc, symbol);
        let bytes = soc.read_memory(address, size_of::<T>());
        T::read_from_bytes(&bytes.expect("memory")).expect("a whole variable")
    }

    /// Its last answer.
    fn answer(self, soc: &Soc) -> Answer {
        self.read(soc, ANSWER)
    }

    /// Whether it is in the call of this life that gets answer number `count`.
    fn is_in_call(self, soc: &Soc, (life, count): (u32, u32)) -> bool {
        let answer = self.answer(soc);
        answer.started_at == life && answer.count + 1 == count
    }
}

impl Board {
    /// The puppet's last answer.
    pub fn last_answer(&self, puppet: Puppet) -> Answer {
        puppet.answer(&self.soc)
    }

    /// The notifications that the puppet has received.
    pub fn posts(&self, puppet: Puppet) -> Posts {
        puppet.read(&self.soc, POSTS)
    }

    /// The address of the bytes that a puppet lends.
    pub fn data_address(&self, puppet: Puppet) -> u32 {
        puppet.variable(&self.soc, DATA)
    }

    /// The bytes that a puppet has lent.
    pub fn data(&self, puppet: Puppet, len: usize) -> Vec<u8> {
        let address = self.data_address(puppet);
        self.soc.read_memory(address, len).expect("memory")
    }

    /// Tells a puppet what to do, and lets no time pass.
    pub fn start(&mut self, puppet: Puppet, call: Call<'_>) {
        assert!(!self.is_waiting(puppet), "{} is in a call", puppet.name);
        let data = puppet.variable(&self.soc, DATA);
        assert!(self.soc.write_memory(data, call.data));
        let command = puppet.variable(&self.soc, COMMAND);
        assert!(self.soc.write_memory(command, call.command.as_bytes()));
        let answers = self.last_answer(puppet);
        assert_ne!(answers.count, 0, "{} has not started", puppet.name);
        self.calls
            .insert(puppet.name, (answers.started_at, answers.count + 1));
        self.soc.pend_irq(puppet.core, puppet.line);
    }

    /// Whether a puppet waits for the answer to its call.
    pub fn is_waiting(&self, puppet: Puppet) -> bool {
        let call = self.calls.get(puppet.name);
        call.is_some_and(|&call| puppet.is_in_call(&self.soc, call))
    }

    /// Waits for the answer to a puppet's call.
    ///
    /// # Errors
    ///
    /// That of the call.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    #[track_caller]
    pub fn finish(&mut self, puppet: Puppet) -> Result<u32, Failure> {
        let answer = self.await_answer(puppet);
        match answer.code {
            SUCCESS => Ok(answer.value),
            code => Err(Failure::from_code(code)
                .unwrap_or_else(|| panic!("code {code} is no failure"))),
        }
    }

    /// The answer to a puppet's call, if there is one by now: `None` leaves
    /// the puppet in its call, if it is in one.
    ///
    /// # Errors
    ///
    /// That of the call.
    #[track_caller]
    pub fn answer(&mut self, puppet: Puppet) -> Option<Result<u32, Failure>> {
        let was_called = self.calls.contains_key(puppet.name);
        let is_answered = was_called && !self.is_waiting(puppet);
        is_answered.then(|| self.finish(puppet))
    }

    #[track_caller]
    fn await_answer(&mut self, puppet: Puppet) -> Answer {
        let call = self.calls.remove(puppet.name).expect("a call");
        self.run_until(PATIENCE, |soc| !puppet.is_in_call(soc, call));
        let answer = self.last_answer(puppet);
        assert_eq!(
            (answer.started_at, answer.count),
            call,
            "{} has restarted: {:#?}",
            puppet.name,
            self.soc.faults()
        );
        answer
    }

    /// Has a puppet make a call, and waits for the answer.
    ///
    /// # Errors
    ///
    /// That of the call.
    #[track_caller]
    pub fn call(
        &mut self,
        puppet: Puppet,
        call: Call<'_>,
    ) -> Result<u32, Failure> {
        self.start(puppet, call);
        self.finish(puppet)
    }

    /// Opens channels, which has to succeed.
    #[track_caller]
    pub fn open(&mut self, puppet: Puppet, channels: &[u8]) {
        for &channel in channels {
            let result = self.call(puppet, Call::open(channel));
            assert_eq!(result, Ok(0), "{} opens {channel}", puppet.name);
        }
    }

    /// Writes without waiting.
    ///
    /// # Errors
    ///
    /// That of the call.
    #[track_caller]
    pub fn write(
        &mut self,
        puppet: Puppet,
        channel: u8,
        data: &[u8],
    ) -> Result<u32, Failure> {
        self.call(puppet, Call::write(channel, data, NOW))
    }

    /// Reads without waiting.
    ///
    /// # Errors
    ///
    /// That of the call.
    #[track_caller]
    pub fn read(
        &mut self,
        puppet: Puppet,
        channel: u8,
    ) -> Result<Vec<u8>, Failure> {
        self.start(puppet, Call::read(channel, DATA_LEN, NOW));
        self.finish_read(puppet)
    }

    /// Waits for the answer to a read.
    ///
    /// # Errors
    ///
    /// That of the call.
    #[track_caller]
    pub fn finish_read(&mut self, puppet: Puppet) -> Result<Vec<u8>, Failure> {
        let n = self.finish(puppet)?;
        Ok(self.data(puppet, n as usize))
    }

    /// Has Alice and Dave exchange a few bytes over channel 1, which shows
    /// that both drivers and the kernels below them are well.
    ///
    /// # Panics
    ///
    /// If the bytes do not arrive.
    #[track_caller]
    pub fn converse(&mut self, bytes: &[u8]) {
        self.open(ALICE, &[1]);
        self.open(DAVE, &[1]);
        self.start(DAVE, Call::read(1, DATA_LEN, 50));
        assert_eq!(
            self.call(ALICE, Call::write(1, bytes, 50)),
            Ok(bytes.len() as u32)
        );
        assert_eq!(self.finish_read(DAVE), Ok(bytes.to_vec()));
        self.start(ALICE, Call::read(1, DATA_LEN, 50));
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        assert_eq!(
            self.call(DAVE, Call::write(1, &reversed, 50)),
            Ok(bytes.len() as u32)
        );
        assert_eq!(self.finish_read(ALICE), Ok(reversed));
        assert_eq!(self.call(ALICE, Call::close(1)), Ok(0));
        assert_eq!(self.call(DAVE, Call::close(1)), Ok(0));
    }

    /// The status of a channel.
    #[track_caller]
    pub fn status(&mut self, puppet: Puppet, channel: u8) -> ChannelStatus {
        let n = self.call(puppet, Call::status(channel)).expect("a status");
        let bytes = self.data(puppet, n as usize);
        ChannelStatus::read_from_bytes(&bytes).expect("a whole status")
    }

    /// What the driver says of the other core: whether it is ours to start,
    /// whether it is up, its session, and whether messages can pass.
    #[track_caller]
    pub fn peer_status(&mut self, puppet: Puppet) -> [u32; 4] {
        let n = self.call(puppet, Call::peer_status()).expect("a status");
        let bytes = self.data(puppet, n as usize);
        <[u32; 4]>::read_from_bytes(&bytes).expect("four words")
    }

    /// Sends a message without the help of a stub. Returns the response code
    /// and the reply.
    #[track_caller]
    pub fn send(&mut self, puppet: Puppet, call: Call<'_>) -> (u32, Vec<u8>) {
        self.start(puppet, call);
        let answer = self.await_answer(puppet);
        let len = REPLY_MAX.min(answer.value as usize);
        (answer.code, self.data(puppet, len))
    }

    /// The state of the task with this index, as the kernel tells `witness`.
    #[track_caller]
    pub fn task_state(&mut self, witness: Puppet, index: u32) -> TaskState {
        let operation = Kipcnum::ReadTaskStatus as u32;
        let message = index.to_le_bytes();
        let none = RawLease::default();
        let call = Call::send(KERNEL, operation, &message, none);
        let (code, reply) = self.send(witness, call);
        assert_eq!(code, 0, "the kernel knows the task");
        let (state, _) = ssmarshal::deserialize(&reply).expect("a state");
        state
    }

    /// Has a puppet do what makes it fault. Returns why it has, as the kernel
    /// tells `witness`; [`Board::await_restart`] waits for its next life.
    #[track_caller]
    pub fn provoke(
        &mut self,
        puppet: Puppet,
        call: Call<'_>,
        witness: Puppet,
    ) -> FaultInfo {
        self.start(puppet, call);
        self.run_for(ms(1));
        match self.task_state(witness, puppet.index) {
            TaskState::Faulted { fault, .. } => fault,
            state => panic!("{} has not faulted: {state:?}", puppet.name),
        }
    }

    /// Waits until a puppet that was in a call has been restarted.
    #[track_caller]
    pub fn await_restart(&mut self, puppet: Puppet) {
        let call = self.calls.remove(puppet.name);
        let (life, _) = call.expect("the puppet was in a call");
        self.run_until(ms(200), |soc| {
            let answer = puppet.answer(soc);
            answer.count > 0 && answer.started_at != life
        });
    }
}
