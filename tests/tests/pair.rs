//! Connections in memory: what they have in common with sockets, and what the planned faults do.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{
    CallError, Connection, Error, Faults, Limits, Peer, Pipeline, Plan, Reason, pair, pair_with,
    service,
};

#[service]
trait Counter {
    fn count(&mut self, by: u32) -> u32;
    fn echo(&mut self, bytes: &[u8]) -> Vec<u8>;
    /// Asks the caller's [`Doubler`].
    fn twice(&mut self, of: u32, #[ipc(peer)] peer: &mut Peer<'_>) -> u32;
    #[ipc(oneway)]
    fn note(&mut self, by: u32);
}

#[service]
trait Doubler {
    fn double(&mut self, of: u32) -> u32;
}

/// Counts where others can see it.
#[derive(Clone, Default)]
struct Tally(Arc<AtomicU32>);

impl Counter for Tally {
    fn count(&mut self, by: u32) -> u32 {
        self.0.fetch_add(by, Ordering::SeqCst) + by
    }

    fn echo(&mut self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    fn twice(&mut self, of: u32, peer: &mut Peer<'_>) -> u32 {
        DoublerClient::new(peer).double(of).unwrap_or(0)
    }

    fn note(&mut self, by: u32) {
        self.count(by);
    }
}

struct Here;

impl Doubler for Here {
    fn double(&mut self, of: u32) -> u32 {
        2 * of
    }
}

/// The calling end; the other serves on a thread of its own.
fn serve(plan: Plan) -> (Connection, Tally, thread::JoinHandle<Result<(), Error>>) {
    let (calling, mut serving) = pair_with(plan);
    let tally = Tally::default();
    serving.add(CounterService(tally.clone())).expect("one of its name");
    (calling, tally, thread::spawn(move || serving.run()))
}

#[test]
fn calls_and_callbacks_go_both_ways() {
    let (mut calling, _, thread) = serve(Plan::default());
    calling.add(DoublerService(Here)).expect("one of its name");
    let mut counter = CounterClient::new(&mut calling);
    assert_eq!(counter.count(2), Ok(2));
    assert_eq!(counter.twice(21), Ok(42));
    counter.note(5).expect("sent");
    assert_eq!(counter.count(1), Ok(8));
    drop(calling);
    assert_eq!(thread.join().expect("no panic"), Ok(()), "the other end sees that it is closed");
}

#[test]
fn what_is_larger_than_the_pipe_gets_through_both_ways() {
    let limits = Limits { frame: 4 << 20, ..Limits::DEFAULT };
    let (mut calling, mut serving) = pair();
    calling.set_limits(limits);
    serving.set_limits(limits);
    serving.add(CounterService(Tally::default())).expect("one of its name");
    thread::spawn(move || serving.run());
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    assert_eq!(CounterClient::new(&mut calling).echo(&large), Ok(large));
}

#[test]
fn both_ends_can_be_driven_by_one_thread() {
    let (mut calling, mut serving) = pair();
    let tally = Tally::default();
    serving.add(CounterService(tally.clone())).expect("one of its name");
    let sums = Arc::new(Mutex::new(Vec::new()));
    for by in 1..=3 {
        let sums = sums.clone();
        CounterCalls::new(&mut calling)
            .count(by)
            .expect("started")
            .then(&mut calling, move |sum| sums.lock().expect("no panic").push(sum));
    }
    for _ in 0..3 {
        calling.poll(Duration::ZERO).expect("open");
        serving.poll(Duration::ZERO).expect("open");
    }
    calling.poll(Duration::ZERO).expect("open");
    assert_eq!(*sums.lock().expect("no panic"), [Ok(1), Ok(3), Ok(6)]);
    drop(serving);
    assert_eq!(calling.poll(Duration::ZERO), Err(Error::Closed(Reason::Disconnected)));
}

#[test]
fn nobody_at_the_other_end_is_waited_for_until_the_deadline() {
    let (mut calling, _idle) = pair();
    calling.set_deadline(Duration::from_millis(60));
    let start = Instant::now();
    let outcome = CounterClient::new(&mut calling).count(1);
    assert_eq!(outcome.as_ref().err().and_then(CallError::reason), Some(Reason::Deadline));
    // The clock counts whole milliseconds.
    assert!(start.elapsed() >= Duration::from_millis(59));
}

#[test]
fn a_dropped_end_wakes_the_other() {
    let (mut calling, serving) = pair();
    let waiting = thread::spawn(move || CounterClient::new(&mut calling).count(1));
    thread::sleep(Duration::from_millis(30));
    drop(serving);
    let outcome = waiting.join().expect("no panic");
    assert_eq!(outcome.as_ref().err().and_then(CallError::reason), Some(Reason::Disconnected));
}

#[test]
fn one_byte_at_a_time_is_as_good_as_all_at_once() {
    let faults = Faults::NONE.one_byte_at_a_time();
    let (mut calling, _, _) = serve(Plan { there: faults, back: faults });
    calling.add(DoublerService(Here)).expect("one of its name");
    let mut counter = CounterClient::new(&mut calling);
    assert_eq!(counter.echo(&[7; 1000]), Ok(vec![7; 1000]));
    assert_eq!(counter.twice(4), Ok(8));
}

/// Three calls over a connection with these faults: how each ended, and how many ran.
fn three_calls(plan: Plan) -> ([Result<u32, CallError>; 3], u32) {
    let (mut calling, tally, thread) = serve(plan);
    let outcomes = [(); 3].map(|()| CounterClient::new(&mut calling).count(1));
    drop(calling);
    let _ = thread.join().expect("no panic");
    (outcomes, tally.0.load(Ordering::SeqCst))
}

/// The ends that three calls may come to when the connection ends in the middle of them.
fn check(outcomes: &[Result<u32, CallError>; 3], ran: u32, at: &str) {
    let answered = outcomes.iter().take_while(|outcome| outcome.is_ok()).count();
    for (sum, outcome) in (1..).zip(&outcomes[..answered]) {
        assert_eq!(*outcome, Ok(sum), "{at}");
    }
    for outcome in &outcomes[answered..] {
        let reason = outcome.as_ref().err().and_then(CallError::reason);
        assert_eq!(reason, Some(Reason::Disconnected), "{at}");
    }
    let may = outcomes.iter().filter(|it| matches!(it, Err(CallError::MayHaveRun(_)))).count();
    assert!(may <= 1, "the connection is known to be gone after the first: {at}");
    let answered = u32::try_from(answered).expect("3 at most");
    assert!((answered..=answered + 1).contains(&ran), "{ran} ran, {answered} are known to: {at}");
    assert!(may == 1 || ran == answered, "one ran that is said not to have: {at}");
}

#[test]
fn wherever_it_is_cut_each_call_ends_once_and_says_what_is_known() {
    type Fault = fn(Faults, u64) -> Faults;
    let faults: [(Fault, &str); 2] = [(Faults::cut_at, "cut"), (Faults::reset_at, "reset")];
    for (fault, name) in faults {
        for back in [false, true] {
            let mut bytes = 0;
            loop {
                let faults = fault(Faults::NONE, bytes);
                let plan = match back {
                    false => Plan { there: faults, ..Plan::default() },
                    true => Plan { back: faults, ..Plan::default() },
                };
                let (outcomes, ran) = three_calls(plan);
                check(&outcomes, ran, &format!("{name} at {bytes}, back: {back}"));
                if outcomes.iter().all(Result::is_ok) {
                    break;
                }
                bytes += 1;
                assert!(bytes < 1000, "the exchange is over some time");
            }
            // WIRE.md §4: a call's head is 25 bytes and a reply's 9, and a u32 follows.
            let whole = if back { 3 * 13 } else { 3 * 29 };
            assert!((whole..=whole + 1).contains(&bytes), "{name}: {bytes}");
        }
    }
}

#[test]
fn wherever_it_is_cut_what_is_to_be_done_then_is_done_once() {
    for bytes in 0..=3 * 13 {
        let (mut calling, mut serving) =
            pair_with(Plan { back: Faults::NONE.cut_at(bytes), ..Plan::default() });
        serving.add(CounterService(Tally::default())).expect("one of its name");
        let ends = Arc::new(Mutex::new(Vec::new()));
        for call in 0..3 {
            let ends = ends.clone();
            let Ok(pending) = CounterCalls::new(&mut calling).count(1) else {
                panic!("nothing is known to be wrong before anything is sent");
            };
            pending.then(&mut calling, move |end| ends.lock().expect("no panic").push((call, end)));
        }
        while calling.poll(Duration::ZERO).is_ok() && ends.lock().expect("no panic").len() < 3 {
            let _ = serving.poll(Duration::ZERO);
        }
        let mut ends = std::mem::take(&mut *ends.lock().expect("no panic"));
        ends.sort_by_key(|(call, _)| *call);
        assert_eq!(ends.iter().map(|(call, _)| *call).collect::<Vec<_>>(), [0, 1, 2], "{bytes}");
        let answered = ends.iter().filter(|(_, end)| end.is_ok()).count() as u64;
        assert_eq!(answered, bytes / 13, "{bytes}");
    }
}

#[test]
fn a_stall_that_ends_only_delays() {
    let time = Duration::from_millis(80);
    let (mut calling, _, _) =
        serve(Plan { back: Faults::NONE.stall_at(20, time), ..Plan::default() });
    let mut counter = CounterClient::new(&mut calling);
    let start = Instant::now();
    assert_eq!(counter.count(1), Ok(1));
    assert_eq!(counter.count(1), Ok(2));
    assert!(start.elapsed() >= time);
    assert_eq!(counter.count(1), Ok(3));
}

#[test]
fn a_stall_for_ever_ends_with_the_deadline_and_holds_up_what_comes_behind_it() {
    let (mut calling, tally, thread) =
        serve(Plan { there: Faults::NONE.stall_for_ever_at(29), ..Plan::default() });
    calling.set_deadline(Duration::from_millis(50));
    let mut counter = CounterClient::new(&mut calling);
    assert_eq!(counter.count(1), Ok(1));
    for _ in 0..2 {
        let stalled = counter.count(1).expect_err("it does not arrive");
        assert_eq!(stalled.reason(), Some(Reason::Deadline));
    }
    // More than the pipe holds: to write waits no longer than the deadline either.
    let full = counter.echo(&[0; 200_000]).expect_err("it does not arrive");
    assert_eq!(full.reason(), Some(Reason::Deadline));
    drop(calling);
    assert_eq!(thread.join().expect("no panic"), Ok(()));
    assert_eq!(tally.0.load(Ordering::SeqCst), 1);
}

#[test]
fn an_end_is_a_pipeline_like_any_other_connection() {
    let (mut calling, _, _) = serve(Plan::default());
    let on: &mut dyn Pipeline = &mut calling;
    let pending = CounterCalls::new(on).count(4).expect("started");
    assert_eq!(pending.wait(on), Ok(4));
}
