//! Services that are there, come, go, and are not there.

use ipc_runtime::{Error, Reason, Slow, service};

use crate::harness::{failure, not_run, serve, watchdog};
use crate::office::{AbsentClient, CallerClient, CallerService, Ear, OfficeClient, office};

#[service]
trait Clock {
    fn now(&mut self) -> u32;
}

struct Stopped(u32);

impl Clock for Stopped {
    fn now(&mut self) -> u32 {
        self.0
    }
}

#[test]
fn several_services_are_called_on_one_connection_and_one_that_is_absent_is_not() {
    let _watchdog = watchdog();
    let server = serve(|server| {
        server.add(office(Slow::Newest).0).expect("there is no other");
        server.add(ClockService(Stopped(12))).expect("there is no other");
    });
    let mut connection = server.connect();
    for _ in 0..3 {
        assert_eq!(OfficeClient::new(&mut connection).half(4), Ok(2));
        assert_eq!(ClockClient::new(&mut connection).now(), Ok(12));
        let absent = failure(AbsentClient::new(&mut connection).call());
        assert_eq!(absent, not_run(Reason::UnknownService));
    }
}

#[test]
fn services_come_and_go_while_the_server_runs() {
    let _watchdog = watchdog();
    let server = serve(|_| {});
    let mut connection = server.connect();
    let mut now = || ClockClient::new(&mut connection).now();
    assert_eq!(failure(now()), not_run(Reason::UnknownService));
    assert_eq!(server.with(|server| server.add(ClockService(Stopped(1)))), Ok(()));
    assert_eq!(now(), Ok(1));
    let taken = server.with(|server| server.add(ClockService(Stopped(2))));
    assert_eq!(taken, Err(Error::NameTaken));
    assert!(!server.with(|server| server.remove("Absent")));
    assert!(server.with(|server| server.remove("Clock")));
    assert!(!server.with(|server| server.remove("Clock")));
    assert_eq!(failure(now()), not_run(Reason::UnknownService));
    assert_eq!(server.with(|server| server.add(ClockService(Stopped(3)))), Ok(()));
    assert_eq!(now(), Ok(3));
}

#[test]
fn a_service_that_sends_later_may_come_when_clients_are_there() {
    let _watchdog = watchdog();
    let server = serve(|server| {
        server.add(ClockService(Stopped(12))).expect("there is no other");
    });
    let mut connection = server.connect();
    assert_eq!(ClockClient::new(&mut connection).now(), Ok(12));
    server.with(|server| server.add(office(Slow::Newest).0)).expect("there is no other");
    assert_eq!(OfficeClient::new(&mut connection).at_once(7), Ok(7));
    connection.add(CallerService(Ear::default())).expect("there is no other");
    assert_eq!(OfficeClient::new(&mut connection).ask(7), Ok(70));
}

#[test]
fn a_service_that_is_removed_with_a_call_under_way_still_answers_it() {
    let _watchdog = watchdog();
    let (office, desk) = office(Slow::Newest);
    let server = serve(|server| server.add(office).expect("there is no other"));
    let mut connection = server.connect();
    std::thread::scope(|scope| {
        let server = &server;
        scope.spawn(move || {
            let (_, reply) = desk.replies.recv().expect("it was asked");
            assert!(server.with(|server| server.remove("Office")));
            reply.send(&9);
        });
        assert_eq!(OfficeClient::new(&mut connection).later(1), Ok(9));
    });
    assert_eq!(
        failure(OfficeClient::new(&mut connection).later(1)),
        not_run(Reason::UnknownService)
    );
}

#[test]
fn a_connection_offers_several_services_too_and_each_once() {
    let _watchdog = watchdog();
    let server = serve(|server| server.add(office(Slow::Newest).0).expect("there is no other"));
    let mut connection = server.connect();
    let ear = Ear::default();
    connection.add(CallerService(ear.clone())).expect("there is no other");
    connection.add(ClockService(Stopped(1))).expect("there is no other");
    assert_eq!(connection.add(ClockService(Stopped(2))), Err(Error::NameTaken));
    assert_eq!(connection.add_with(|| ClockService(Stopped(2))), Err(Error::NameTaken));
    assert_eq!(OfficeClient::new(&mut connection).flood(1), Ok(1_000));
    assert_eq!(ear.heard().len(), 1_000);
    // And nobody offers it to itself.
    assert_eq!(
        failure(CallerClient::new(&mut connection).changed(1, b"")),
        None,
        "a one-way call that nobody takes is not known to be none"
    );
}
