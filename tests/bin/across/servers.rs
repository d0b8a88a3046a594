//! Servers of every kind. All but those that say otherwise end when their input does.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::thread;
use std::time::Duration;

use ipc_runtime::{Server, ServerLimits, ThreadedServer, service};
use tests::desk::{Clerk, DeskService, Shelf};
use tests::loader::LoaderService;

use super::exchange::{ExchangeService, Mine, Operator, OwnService};
use super::{say, until_input_ends};

/// What a server's loop waits for awake.
pub const SPIN: Duration = Duration::from_micros(50);

fn publish(name: &str) -> Server {
    let mut server = Server::publish(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    server.add(DeskService(Clerk::new())).expect("it is the first");
    server.add(LoaderService(Shelf::default())).expect("it has another name");
    server.add(ExchangeService(Operator::new())).expect("it has another name");
    let gone = Arc::new(AtomicU32::new(0));
    let made = server.add_for_each(move |client| OwnService(Mine::new(client, &gone)));
    made.expect("a waker");
    server
}

fn stop_with_input(server: &mut Server) {
    let handle = server.handle().expect("a waker");
    thread::spawn(move || {
        until_input_ends();
        handle.stop();
    });
    say("serving");
}

/// On a loop of its own, and on a Unix-domain socket where there are such.
pub fn all(name: &str) {
    let mut server = publish(name);
    assert_eq!(server.listen_local(), Ok(cfg!(target_os = "linux")));
    stop_with_input(&mut server);
    server.run().expect("the loop goes on");
}

pub fn spinning(name: &str) {
    let mut server = publish(name);
    stop_with_input(&mut server);
    server.set_spin(SPIN);
    server.run().expect("the loop goes on");
}

/// Ends by itself when nobody has been there for half a second.
pub fn until_alone(name: &str) {
    let mut server = publish(name);
    say("serving");
    server.run_until_alone(Duration::from_millis(500)).expect("the loop goes on");
    say("alone");
}

/// Ends when its process is told to.
pub fn until_told(name: &str) {
    let mut server = publish(name);
    server.stop_on_signals().expect("signals");
    say("serving");
    server.run().expect("the loop goes on");
    drop(server);
    say("stopped");
}

/// A thread for each client.
pub fn threads(name: &str) {
    let mut server = ThreadedServer::publish(name).unwrap_or_else(|why| panic!("{name}: {why}"));
    server.add(|| DeskService(Clerk::new()));
    server.add(|| LoaderService(Shelf::default()));
    server.add_with(|| ExchangeService(Operator::new()));
    let handle = server.handle();
    thread::spawn(move || {
        until_input_ends();
        handle.stop();
    });
    say("serving");
    server.run().expect("it goes on");
}

/// Tells a host what to do besides.
#[service]
pub trait Host {
    /// Has a [`Clock`] offered from now on, or no more.
    fn offer_clock(&mut self, there: bool);
    /// Has the server end in good order.
    fn leave(&mut self);
    fn work(&mut self, milliseconds: u32);
    /// How many calls of `work` have been served in one frame, at most.
    fn most_in_a_frame(&mut self) -> u32;
}

#[service]
pub trait Clock {
    fn now(&mut self) -> u32;
}

struct Stopped;

impl Clock for Stopped {
    fn now(&mut self) -> u32 {
        12
    }
}

enum Order {
    OfferClock(bool),
    Leave,
}

/// What the handler and the loop around the server share: both are on one thread.
#[derive(Clone, Default)]
struct Loop {
    orders: Rc<RefCell<Vec<Order>>>,
    /// Calls of `work` in this frame, and in the one with the most of them.
    worked: Rc<Cell<u32>>,
    most: Rc<Cell<u32>>,
}

impl Host for Loop {
    fn offer_clock(&mut self, there: bool) {
        self.orders.borrow_mut().push(Order::OfferClock(there));
    }

    fn leave(&mut self) {
        self.orders.borrow_mut().push(Order::Leave);
    }

    fn work(&mut self, milliseconds: u32) {
        thread::sleep(Duration::from_millis(milliseconds.into()));
        self.worked.set(self.worked.get() + 1);
        self.most.set(self.most.get().max(self.worked.get()));
    }

    fn most_in_a_frame(&mut self) -> u32 {
        self.most.get()
    }
}

/// From a host's own loop, with a budget for each frame. Ends too when a client says so.
pub fn host(name: &str) {
    let mut server = publish(name);
    server.set_limits(ServerLimits { deadline: 300, ..ServerLimits::DEFAULT });
    let host = Loop::default();
    server.add(HostService(host.clone())).expect("it has another name");
    let input = thread::spawn(until_input_ends);
    say("serving");
    while !input.is_finished() {
        host.worked.set(0);
        server.poll_within(Duration::from_millis(30)).expect("the loop goes on");
        for order in host.orders.take() {
            match order {
                Order::OfferClock(true) => server.add(ClockService(Stopped)).expect("it was gone"),
                Order::OfferClock(false) => assert!(server.remove("Clock"), "it was there"),
                Order::Leave => {
                    server.shut_down(Duration::from_secs(10)).expect("the loop goes on");
                    return;
                }
            }
        }
        // What a host does besides.
        thread::sleep(Duration::from_millis(1));
    }
}
