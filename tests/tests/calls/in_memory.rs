//! The same over two ends in memory, each of which is a blocking connection: one serves on a thread
//! of its own, or both are driven by one.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use ipc_runtime::{
    CallError, Connection, Error, Faults, Peer, Pending, Plan, Reason, Slow, Subscribers, WhenFull,
    pair, pair_with, service,
};

use crate::harness::{failure, may_have_run, not_run, watchdog};
use crate::office::{
    AbsentClient, Caller, CallerClient, CallerService, Desk, Ear, OfficeCalls, OfficeClient, office,
};

const NOW: Duration = Duration::ZERO;

const SOON: Duration = Duration::from_millis(20);

/// Longer than a test may take.
const LONG: Duration = Duration::from_secs(3_600);

/// The end that serves. It comes to its end when the other is dropped.
struct Serving(JoinHandle<Result<(), Error>>);

impl Serving {
    /// Drops the other end, and sees that this one takes it for what it is.
    fn ends_with(self, calling: Connection) {
        drop(calling);
        assert_eq!(self.0.join().expect("no panic"), Ok(()));
    }
}

/// Two ends, one of which serves what `offer` adds.
fn ends<T: Send + 'static>(
    plan: Plan,
    offer: impl FnOnce(&mut Connection) -> T + Send + 'static,
) -> (Connection, T, Serving) {
    let (calling, mut serving) = pair_with(plan);
    let (sender, offered) = mpsc::channel();
    let thread = thread::spawn(move || {
        sender.send(offer(&mut serving)).expect("the test waits for it");
        serving.run()
    });
    (calling, offered.recv().expect("it begins to serve"), Serving(thread))
}

fn add_office(connection: &mut Connection, slow: Slow) -> Desk {
    let (office, desk) = office(slow);
    connection.add(office).expect("there is no other");
    desk
}

fn office_ends() -> (Connection, Desk, Serving) {
    ends(Plan::default(), |serving| add_office(serving, Slow::Disconnect(1_000)))
}

/// Has a connection hear what it is told.
fn listen(connection: &mut Connection) -> Ear {
    let ear = Ear::default();
    connection.add(CallerService(ear.clone())).expect("there is no other");
    ear
}

/// Polls until the ear has heard this last.
fn await_value(connection: &mut Connection, ear: &Ear, value: u32) {
    while ear.heard().last() != Some(&value) {
        connection.poll(SOON).expect("the connection is there");
    }
}

fn start(connection: &mut Connection, a: u32) -> Pending<u32> {
    OfficeCalls::new(connection).add(a, 1_000).expect("it is started")
}

#[test]
fn one_way_calls_are_run_in_order_whether_they_are_made_or_started() {
    let _watchdog = watchdog();
    let (mut connection, _desk, serving) = office_ends();
    for note in 0..100 {
        match note % 2 {
            0 => OfficeClient::new(&mut connection).note(note, b""),
            _ => OfficeCalls::new(&mut connection).note(note, b""),
        }
        .expect("it is sent");
    }
    assert_eq!(OfficeClient::new(&mut connection).notes(), Ok((0..100).collect()));
    serving.ends_with(connection);
}

#[test]
fn one_way_calls_that_are_not_to_wait_fail_when_too_much_is_unsent_and_did_not_run() {
    let _watchdog = watchdog();
    let (mut calling, mut serving) = pair();
    calling.set_when_full(WhenFull::Fail);
    calling.set_deadline(LONG);
    let mut sent = Vec::new();
    let mut note = 0;
    let mut post = |calling: &mut Connection, len: usize| {
        note += 1;
        let outcome = OfficeClient::new(calling).note(note, &vec![7; len]);
        if outcome.is_ok() {
            sent.push(note);
        }
        outcome
    };
    let full = (0..10).map(|_| post(&mut calling, 100_000)).find(Result::is_err);
    assert_eq!(full.map(failure), Some(not_run(Reason::WouldBlock)), "nobody reads");
    let again = failure(post(&mut calling, 1));
    assert_eq!(again, not_run(Reason::WouldBlock), "as often as it likes");
    assert!(calling.queued_bytes() > 64 * 1024);
    // When the other end reads, what was taken goes on, and more is taken.
    let serving = Serving(thread::spawn(move || {
        let _desk = add_office(&mut serving, Slow::Newest);
        serving.run()
    }));
    while post(&mut calling, 500_000).is_err() {
        thread::yield_now();
    }
    calling.set_when_full(WhenFull::Wait);
    post(&mut calling, 500_000).expect("it is sent");
    assert_eq!(OfficeClient::new(&mut calling).notes(), Ok(sent));
    serving.ends_with(calling);
}

#[test]
fn a_handler_tells_its_caller_before_it_answers() {
    let _watchdog = watchdog();
    let (mut connection, _desk, serving) = office_ends();
    let ear = listen(&mut connection);
    assert_eq!(OfficeClient::new(&mut connection).flood(1), Ok(1_000));
    assert_eq!(ear.heard(), (0..1_000).collect::<Vec<_>>());
    serving.ends_with(connection);
}

#[test]
fn a_peers_handle_sends_from_any_thread_and_says_when_the_peer_is_gone() {
    let _watchdog = watchdog();
    let (mut connection, desk, serving) = office_ends();
    let ear = listen(&mut connection);
    OfficeClient::new(&mut connection).stay().expect("an answer");
    let mut handle = desk.handles.recv().expect("it is handed over");
    let telling = thread::spawn(move || {
        for value in 0..100 {
            CallerClient::new(&mut handle).changed(value, b"").expect("it is there");
        }
        handle
    });
    await_value(&mut connection, &ear, 99);
    assert_eq!(ear.heard(), (0..100).collect::<Vec<_>>());
    let mut handle = telling.join().expect("all was posted");
    serving.ends_with(connection);
    let gone = failure(CallerClient::new(&mut handle).changed(1, b""));
    assert_eq!(gone, not_run(Reason::Disconnected));
}

#[test]
fn who_subscribes_gets_the_state_and_then_every_change() {
    let _watchdog = watchdog();
    let (mut connection, _desk, serving) = office_ends();
    let ear = listen(&mut connection);
    assert_eq!(OfficeClient::new(&mut connection).set(41, 0), Ok(0));
    OfficeClient::new(&mut connection).watch().expect("an answer");
    assert_eq!(ear.heard(), [41], "it is there when the call returns");
    for value in 42..142 {
        assert_eq!(OfficeClient::new(&mut connection).set(value, 100), Ok(1));
    }
    await_value(&mut connection, &ear, 141);
    OfficeClient::new(&mut connection).unwatch().expect("an answer");
    assert_eq!(OfficeClient::new(&mut connection).set(142, 0), Ok(0));
    assert_eq!(ear.heard(), (41..142).collect::<Vec<_>>());
    serving.ends_with(connection);
}

#[test]
fn subscribers_of_several_connections_are_told_apart() {
    let _watchdog = watchdog();
    let mut all = Subscribers::new(Slow::Disconnect(9));
    let mut clients = Vec::new();
    for _ in 0..3 {
        let (mut connection, desk, serving) = office_ends();
        let ear = listen(&mut connection);
        OfficeClient::new(&mut connection).stay().expect("an answer");
        all.add(&desk.handles.recv().expect("it is handed over"));
        clients.push((connection, ear, serving));
    }
    assert_eq!(all.len(), 3);
    CallerClient::new(&mut all).changed(9, b"").expect("it is posted");
    for (connection, ear, _) in &mut clients {
        await_value(connection, ear, 9);
    }
    let (connection, _, serving) = clients.remove(0);
    serving.ends_with(connection);
    CallerClient::new(&mut all).changed(10, b"").expect("it is posted");
    assert_eq!(all.len(), 2, "who is gone is forgotten");
    for (mut connection, ear, serving) in clients {
        await_value(&mut connection, &ear, 10);
        assert_eq!(ear.heard(), [9, 10]);
        serving.ends_with(connection);
    }
}

#[test]
fn a_caller_answers_within_its_call_on_its_own_thread() {
    let _watchdog = watchdog();
    struct Here(Sender<ThreadId>);
    impl Caller for Here {
        fn changed(&mut self, _: u32, _: &[u8]) {}
        fn choose(&mut self, what: u32, _: &mut Peer<'_>) -> u32 {
            self.0.send(thread::current().id()).expect("the test listens");
            what + 1
        }
    }
    let (mut connection, _desk, serving) = office_ends();
    let (sender, threads) = mpsc::channel();
    connection.add(CallerService(Here(sender))).expect("there is no other");
    for what in 0..20 {
        assert_eq!(OfficeClient::new(&mut connection).ask(what), Ok(what + 1));
        assert_eq!(threads.try_recv(), Ok(thread::current().id()));
        // A handler of a connection may wait for the answer, too.
        assert_eq!(OfficeClient::new(&mut connection).ask_and_wait(what), Ok(what + 1));
        assert_eq!(threads.try_recv(), Ok(thread::current().id()));
    }
    serving.ends_with(connection);
}

/// Answers with the number of questions that it takes to get to 0, and asks them.
struct Down;

impl Caller for Down {
    fn changed(&mut self, _: u32, _: &[u8]) {}

    fn choose(&mut self, what: u32, peer: &mut Peer<'_>) -> u32 {
        if what == 0 {
            return 0;
        }
        match OfficeClient::new(peer).ask_and_wait(what - 1) {
            Ok(more) => 1 + more,
            Err(error) => panic!("{what}: {error}"),
        }
    }
}

#[test]
fn services_that_can_be_made_anew_wait_for_each_other_sixteen_deep() {
    let _watchdog = watchdog();
    let (mut connection, _, serving) = ends(Plan::default(), |serving| {
        serving.add_with(|| office(Slow::Newest).0).expect("there is no other");
    });
    connection.add_with(|| CallerService(Down)).expect("there is no other");
    let mut office = OfficeClient::new(&mut connection);
    assert_eq!(office.ask_and_wait(3), Ok(3));
    assert_eq!(office.ask_and_wait(15), Ok(15), "sixteen calls, the last of which asks nothing");
    // The seventeenth is refused, its caller panics, and so do those around it.
    let Err(CallError::Failed(why)) = office.ask_and_wait(16) else { panic!("it is too deep") };
    assert!(why.contains("the handler panicked"), "{why}");
    assert_eq!(office.ask_and_wait(15), Ok(15), "and the connection goes on");
    serving.ends_with(connection);
}

#[test]
fn a_service_that_waits_for_an_answer_is_not_entered_again() {
    let _watchdog = watchdog();
    struct Why(Sender<Option<(Reason, bool)>>);
    impl Caller for Why {
        fn changed(&mut self, _: u32, _: &[u8]) {}
        fn choose(&mut self, what: u32, peer: &mut Peer<'_>) -> u32 {
            self.0.send(failure(OfficeClient::new(peer).add(1, 2))).expect("the test listens");
            what
        }
    }
    let (mut connection, _desk, serving) = office_ends();
    let (sender, why) = mpsc::channel();
    connection.add(CallerService(Why(sender))).expect("there is no other");
    assert_eq!(OfficeClient::new(&mut connection).ask_and_wait(7), Ok(7));
    assert_eq!(why.try_recv(), Ok(not_run(Reason::Reentered)));
    // One that has returned is not at work, though its answer is to come.
    assert_eq!(OfficeClient::new(&mut connection).ask(8), Ok(8));
    assert_eq!(why.try_recv(), Ok(None));
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3), "it is back in its place");
    serving.ends_with(connection);
}

#[test]
fn replies_are_given_from_other_threads_in_any_order() {
    let _watchdog = watchdog();
    let (mut connection, desk, serving) = office_ends();
    let pending: Vec<_> = (0..10)
        .map(|what| OfficeCalls::new(&mut connection).later(what).expect("it is started"))
        .collect();
    // Sends them, and is answered while they all wait.
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
    let replies: Vec<_> = desk.replies.iter().take(10).collect();
    let threads: Vec<_> = replies
        .into_iter()
        .rev()
        .map(|(what, reply)| thread::spawn(move || reply.send(&(what * 2))))
        .collect();
    for (what, pending) in (0..).zip(pending) {
        assert_eq!(pending.wait(&mut connection), Ok(what * 2));
    }
    for thread in threads {
        thread.join().expect("it was sent");
    }
    assert_eq!(OfficeClient::new(&mut connection).at_once(7), Ok(7), "or within the handler");
    serving.ends_with(connection);
}

#[test]
fn a_reply_that_is_dropped_says_so_and_so_does_a_handler_that_panics_with_it() {
    let _watchdog = watchdog();
    let (mut connection, desk, serving) = office_ends();
    drop(desk);
    let mut office = OfficeClient::new(&mut connection);
    assert_eq!(failure(office.later(1)), may_have_run(Reason::Dropped));
    assert_eq!(failure(office.panic_later()), may_have_run(Reason::Dropped));
    assert_eq!(office.add(1, 2), Ok(3));
    serving.ends_with(connection);
}

#[test]
fn a_reply_knows_that_its_caller_has_given_up_or_is_gone() {
    let _watchdog = watchdog();
    let (mut connection, desk, serving) = office_ends();
    let pending = OfficeCalls::new(&mut connection).later(1).expect("it is started");
    OfficeClient::new(&mut connection).add(1, 2).expect("an answer");
    let (_, reply) = desk.replies.recv().expect("it was asked");
    assert!(!reply.is_cancelled());
    drop(pending);
    while !reply.is_cancelled() {
        assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
    }
    // The answer is sent all the same, and is the answer to nothing.
    reply.send(&111);
    for a in 0..10 {
        assert_eq!(OfficeClient::new(&mut connection).add(a, 2), Ok(a + 2));
    }
    let pending = OfficeCalls::new(&mut connection).later(2).expect("it is started");
    OfficeClient::new(&mut connection).add(1, 2).expect("an answer");
    let (_, reply) = desk.replies.recv().expect("it was asked");
    assert!(!reply.is_cancelled());
    serving.ends_with(connection);
    assert!(reply.is_cancelled());
    reply.send(&222);
    drop(pending);
}

#[test]
fn a_call_is_given_up_on_at_its_own_deadline() {
    let _watchdog = watchdog();
    let (mut calling, mut serving) = pair();
    // The one that is started first waits for longer than the test may take.
    calling.set_deadline(LONG);
    let long = OfficeCalls::new(&mut calling).add(1, 2).expect("it is started");
    calling.set_deadline(Duration::from_millis(30));
    let short = OfficeCalls::new(&mut calling).add(3, 4).expect("it is started");
    assert_eq!(failure(short.wait(&mut calling)), may_have_run(Reason::Deadline));
    let made = OfficeClient::new(&mut calling).add(5, 6);
    assert_eq!(failure(made), may_have_run(Reason::Deadline));
    assert!(!long.is_answered(&calling));
    calling.set_deadline(LONG);
    let serving = Serving(thread::spawn(move || {
        let _desk = add_office(&mut serving, Slow::Newest);
        serving.run()
    }));
    // What comes after a deadline is the answer to nothing else.
    assert_eq!(OfficeClient::new(&mut calling).half(8), Ok(4));
    assert_eq!(long.wait(&mut calling), Ok(3));
    serving.ends_with(calling);
}

#[service]
trait Slate {
    /// Takes so many milliseconds.
    fn wipe(&mut self, milliseconds: u32);
    fn write(&mut self, line: u32);
    fn lines(&mut self) -> Vec<u32>;
}

#[derive(Default)]
struct Lines(Vec<u32>);

impl Slate for Lines {
    fn wipe(&mut self, milliseconds: u32) {
        thread::sleep(Duration::from_millis(milliseconds.into()));
        self.0.clear();
    }

    fn write(&mut self, line: u32) {
        self.0.push(line);
    }

    fn lines(&mut self) -> Vec<u32> {
        self.0.clone()
    }
}

#[test]
fn a_call_that_nobody_waits_for_any_more_is_not_started() {
    let _watchdog = watchdog();
    let (mut calling, mut serving) = pair();
    calling.set_deadline(LONG);
    let slow = SlateCalls::new(&mut calling).wipe(100).expect("it is started");
    calling.set_deadline(Duration::from_millis(20));
    let late = SlateCalls::new(&mut calling).write(1).expect("it is started");
    calling.set_deadline(LONG);
    let waiting = SlateCalls::new(&mut calling).write(2).expect("it is started");
    calling.poll(NOW).expect("all are sent at once");
    let serving = Serving(thread::spawn(move || {
        serving.add(SlateService(Lines::default())).expect("there is no other");
        serving.run()
    }));
    assert_eq!(slow.wait(&mut calling), Ok(()));
    assert_eq!(waiting.wait(&mut calling), Ok(()));
    let (reason, _) = failure(late.wait(&mut calling)).expect("it was given up on");
    assert!(matches!(reason, Reason::Deadline | Reason::Late), "{reason:?}");
    assert_eq!(SlateClient::new(&mut calling).lines(), Ok(vec![2]));
    serving.ends_with(calling);
}

#[test]
fn a_pending_call_that_is_dropped_is_under_way_no_more() {
    let _watchdog = watchdog();
    let (mut connection, desk, serving) = office_ends();
    let kept = OfficeCalls::new(&mut connection).later(1).expect("it is started");
    let dropped = OfficeCalls::new(&mut connection).later(2).expect("it is started");
    OfficeClient::new(&mut connection).add(1, 2).expect("an answer");
    let mut replies: Vec<_> = desk.replies.iter().take(2).collect();
    drop(dropped);
    while !replies[1].1.is_cancelled() {
        OfficeClient::new(&mut connection).add(1, 2).expect("an answer");
    }
    assert_eq!(connection.in_flight(), 1);
    assert!(!replies[0].1.is_cancelled());
    replies.pop().expect("there are two").1.send(&222);
    replies.pop().expect("there is one").1.send(&111);
    assert_eq!(kept.wait(&mut connection), Ok(111));
    assert_eq!(connection.in_flight(), 0);
    serving.ends_with(connection);
}

#[test]
fn answers_are_collected_in_any_order() {
    let _watchdog = watchdog();
    let (mut connection, _desk, serving) = office_ends();
    for turn in 0..30 {
        let mut pending: Vec<_> = (0..30).map(|a| (a, start(&mut connection, a))).collect();
        pending.rotate_left(turn);
        if turn % 2 == 0 {
            pending.reverse();
        }
        for (a, pending) in pending {
            assert_eq!(pending.wait(&mut connection), Ok(a + 1_000));
        }
    }
    serving.ends_with(connection);
}

#[test]
fn what_is_to_be_done_then_is_done_once_while_the_connection_is_driven() {
    let _watchdog = watchdog();
    let (mut connection, _desk, serving) = office_ends();
    let (sender, done) = mpsc::channel();
    for a in 0..10 {
        let sender = sender.clone();
        let pending = start(&mut connection, a);
        pending.then(&mut connection, move |answer| sender.send((a, answer)).expect("it listens"));
    }
    assert!(done.try_recv().is_err(), "nothing has been sent");
    let mut answers = Vec::new();
    while answers.len() < 10 {
        connection.poll(SOON).expect("the connection is there");
        answers.extend(done.try_iter());
    }
    assert_eq!(answers, (0..10).map(|a| (a, Ok(a + 1_000))).collect::<Vec<_>>());
    serving.ends_with(connection);
    assert!(done.try_recv().is_err());
}

#[test]
fn no_more_calls_are_under_way_than_may_be() {
    let _watchdog = watchdog();
    let (mut connection, desk, serving) = office_ends();
    connection.set_in_flight(3);
    let answering = thread::spawn(move || {
        let mut most = 0;
        let mut held = Vec::new();
        // Three at first; then one comes for each that is answered.
        while let Ok(asked) = desk.replies.recv() {
            held.push(asked);
            held.extend(desk.replies.try_iter());
            most = most.max(held.len());
            // All of them, when there is none to come.
            let last = held.iter().any(|(what, _)| *what == 99);
            while held.len() >= 3 || last && !held.is_empty() {
                let (what, reply) = held.remove(0);
                reply.send(&what);
            }
        }
        most
    });
    let mut pending = Vec::new();
    for what in 0..100 {
        pending.push(OfficeCalls::new(&mut connection).later(what).expect("it is started"));
        let open = connection.in_flight();
        assert!(open <= 3, "{open}");
    }
    for (what, pending) in (0..).zip(pending) {
        assert_eq!(pending.wait(&mut connection), Ok(what));
    }
    serving.ends_with(connection);
    assert!(answering.join().expect("all were answered") <= 3);
}

#[test]
fn several_services_are_called_on_one_connection_and_one_that_is_absent_is_not() {
    let _watchdog = watchdog();
    let (mut connection, _desk, serving) = ends(Plan::default(), |serving| {
        let desk = add_office(serving, Slow::Newest);
        serving.add(SlateService(Lines(vec![4]))).expect("there is no other");
        let taken = serving.add(SlateService(Lines::default()));
        assert_eq!(taken, Err(Error::NameTaken));
        desk
    });
    for _ in 0..3 {
        assert_eq!(OfficeClient::new(&mut connection).half(4), Ok(2));
        let odd = OfficeClient::new(&mut connection).half(5);
        assert_eq!(odd, Err(CallError::Failed("5 is odd".to_owned())));
        assert_eq!(SlateClient::new(&mut connection).lines(), Ok(vec![4]));
        let absent = failure(AbsentClient::new(&mut connection).call());
        assert_eq!(absent, not_run(Reason::UnknownService));
    }
    serving.ends_with(connection);
}

#[test]
fn one_thread_drives_both_ends() {
    let _watchdog = watchdog();
    let (mut calling, mut serving) = pair();
    let desk = add_office(&mut serving, Slow::Disconnect(100));
    let ear = listen(&mut calling);
    let plain = OfficeCalls::new(&mut calling).add(1, 2).expect("it is started");
    let later = OfficeCalls::new(&mut calling).later(5).expect("it is started");
    let question = OfficeCalls::new(&mut calling).ask(4).expect("it is started");
    let watch = OfficeCalls::new(&mut calling).watch().expect("it is started");
    let set = OfficeCalls::new(&mut calling).set(9, 10).expect("it is started");
    OfficeCalls::new(&mut calling).note(3, b"three").expect("it is started");
    let mut calls = 0;
    while !(later.is_answered(&calling)
        && question.is_answered(&calling)
        && set.is_answered(&calling)
        && ear.heard() == [0, 9])
    {
        calling.poll(NOW).expect("the connection is there");
        serving.poll(NOW).expect("the connection is there");
        for (what, reply) in desk.replies.try_iter() {
            calls += 1;
            reply.send(&(what + 1));
        }
    }
    assert_eq!(calls, 1);
    assert_eq!(plain.wait(&mut calling), Ok(3));
    assert_eq!(later.wait(&mut calling), Ok(6));
    assert_eq!(question.wait(&mut calling), Ok(40));
    assert_eq!(watch.wait(&mut calling), Ok(()));
    assert_eq!(set.wait(&mut calling), Ok(1));
    drop(calling);
    assert_eq!(serving.poll(NOW), Err(Error::Closed(Reason::Disconnected)));
}

#[test]
fn when_the_other_end_is_dropped_every_call_ends_and_ends_once() {
    let _watchdog = watchdog();
    let (mut calling, mut serving) = pair();
    let desk = add_office(&mut serving, Slow::Newest);
    calling.set_deadline(LONG);
    let (sender, done) = mpsc::channel();
    let waiting = thread::spawn(move || {
        let started = OfficeCalls::new(&mut calling).later(1).expect("it is started");
        let then = OfficeCalls::new(&mut calling).later(2).expect("it is started");
        then.then(&mut calling, move |end| sender.send(failure(end)).expect("the test listens"));
        let made = failure(OfficeClient::new(&mut calling).later(3));
        let started = failure(started.wait(&mut calling));
        let after = failure(OfficeClient::new(&mut calling).add(1, 2));
        let start = failure(OfficeCalls::new(&mut calling).add(1, 2).map(drop));
        assert_eq!(calling.in_flight(), 0);
        assert_eq!(calling.poll(NOW), Err(Error::Closed(Reason::Disconnected)));
        ([made, started], [after, start])
    });
    let mut held = Vec::new();
    while held.len() < 3 {
        serving.poll(SOON).expect("the connection is there");
        held.extend(desk.replies.try_iter());
    }
    drop(serving);
    let (under_way, after) = waiting.join().expect("no panic");
    assert_eq!(under_way, [may_have_run(Reason::Disconnected); 2]);
    assert_eq!(after, [not_run(Reason::Disconnected); 2]);
    assert_eq!(done.iter().collect::<Vec<_>>(), [may_have_run(Reason::Disconnected)]);
    assert!(held.iter().all(|(_, reply)| reply.is_cancelled()));
}

#[test]
fn a_handler_that_waits_for_a_caller_that_goes_is_told_and_the_end_is_in_order() {
    let _watchdog = watchdog();
    #[service]
    trait Inquiry {
        fn inquire(&mut self, #[ipc(peer)] peer: &mut Peer<'_>);
    }
    struct Asks {
        ask: Receiver<()>,
        outcome: Sender<Option<(Reason, bool)>>,
    }
    impl Inquiry for Asks {
        fn inquire(&mut self, peer: &mut Peer<'_>) {
            self.ask.recv().expect("the test says so");
            let outcome = failure(CallerClient::new(peer).choose(1));
            self.outcome.send(outcome).expect("the test listens");
        }
    }
    let (sender, ask) = mpsc::channel();
    let (outcome, outcomes) = mpsc::channel();
    let (mut connection, _, serving) = ends(Plan::default(), |serving| {
        serving.set_deadline(LONG);
        serving.add(InquiryService(Asks { ask, outcome })).expect("there is no other");
    });
    let pending = InquiryCalls::new(&mut connection).inquire().expect("it is started");
    connection.poll(NOW).expect("it is sent");
    // Only now, so that nobody takes in the question.
    sender.send(()).expect("the handler waits for it");
    serving.ends_with(connection);
    drop(pending);
    let outcomes: Vec<_> = outcomes.iter().flatten().map(|(reason, _)| reason).collect();
    assert_eq!(outcomes, [Reason::Disconnected], "once");
}

#[test]
fn one_byte_at_a_time_everything_is_as_it_is_all_at_once() {
    let _watchdog = watchdog();
    let faults = Faults::NONE.one_byte_at_a_time();
    let plan = Plan { there: faults, back: faults };
    let (mut connection, desk, serving) =
        ends(plan, |serving| add_office(serving, Slow::Disconnect(1_000)));
    let ear = listen(&mut connection);
    for note in 0..10 {
        OfficeClient::new(&mut connection).note(note, &[7; 100]).expect("it is sent");
    }
    let later = OfficeCalls::new(&mut connection).later(5).expect("it is started");
    let mut pending: Vec<_> = (0..10).map(|a| (a, start(&mut connection, a))).collect();
    pending.reverse();
    let mut office = OfficeClient::new(&mut connection);
    assert_eq!(office.notes(), Ok((0..10).collect()));
    assert_eq!(office.half(5), Err(CallError::Failed("5 is odd".to_owned())));
    assert_eq!(office.ask(4), Ok(40));
    assert_eq!(office.ask_and_wait(5), Ok(50));
    assert_eq!(office.watch(), Ok(()));
    for value in 1..=10 {
        assert_eq!(office.set(value, 50), Ok(1));
    }
    assert_eq!(failure(office.panic_later()), may_have_run(Reason::Dropped));
    assert_eq!(failure(AbsentClient::new(&mut connection).call()), not_run(Reason::UnknownService));
    await_value(&mut connection, &ear, 10);
    assert_eq!(ear.heard(), (0..=10).collect::<Vec<_>>());
    for (a, pending) in pending {
        assert_eq!(pending.wait(&mut connection), Ok(a + 1_000));
    }
    let (what, reply) = desk.replies.recv().expect("it was asked");
    let replying = thread::spawn(move || reply.send(&(what + 1)));
    assert_eq!(later.wait(&mut connection), Ok(6));
    replying.join().expect("it was sent");
    serving.ends_with(connection);
}

#[test]
fn what_is_cut_in_the_middle_of_its_answer_may_have_run_and_what_comes_then_did_not() {
    let _watchdog = watchdog();
    // WIRE.md §4: a reply's head is 9 bytes, and a u32 follows. The second is cut.
    let cut = Faults::NONE.cut_at(13 + 3);
    for back in [cut, cut.one_byte_at_a_time()] {
        let plan = Plan { back, ..Plan::default() };
        let (mut connection, _desk, serving) =
            ends(plan, |serving| add_office(serving, Slow::Newest));
        let mut office = OfficeClient::new(&mut connection);
        assert_eq!(office.add(1, 2), Ok(3));
        assert_eq!(failure(office.add(1, 2)), may_have_run(Reason::Disconnected));
        assert_eq!(failure(office.add(1, 2)), not_run(Reason::Disconnected));
        serving.ends_with(connection);
    }
}
