//! Several servers of one name: who has it, who is told so, and who cleans up.

use std::fs;
use std::io::{Read, Write};
use std::mem;
use std::time::{Duration, Instant};

use ipc_runtime::endpoint::{Claim, EndpointError, dial, publish};

use crate::harness::{apart, bytes, listen, look, port, server, stranger};

#[test]
fn a_second_server_is_refused_while_the_first_is_alive() {
    apart("claim::a_second_server_is_refused_while_the_first_is_alive", |_| {
        let first = server("game", Claim::IfFree).expect("published");
        assert_eq!(server("game", Claim::IfFree).err(), Some(EndpointError::NameInUse));
        assert_eq!(bytes(&look("game").expect("there")), bytes(first.endpoint()));
        server("other", Claim::IfFree).expect("another name is free");
        drop(first);
        server("game", Claim::IfFree).expect("free again");
    });
}

#[test]
fn a_server_that_is_too_busy_to_answer_keeps_its_name() {
    apart("claim::a_server_that_is_too_busy_to_answer_keeps_its_name", |_| {
        // It listens, and accepts nobody.
        let listener = listen();
        let _published = publish("game", port(&listener), Claim::IfFree).expect("published");
        let start = Instant::now();
        assert_eq!(server("game", Claim::IfFree).err(), Some(EndpointError::NameInUse));
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    });
}

#[test]
fn a_stale_file_is_replaced() {
    apart("claim::a_stale_file_is_replaced", |_| {
        // As after a crash.
        mem::forget(publish("game", port(&listen()), Claim::IfFree).expect("published"));
        let stale = look("game").expect("still there");
        assert_eq!(dial(&stale, 1_000).err(), Some(EndpointError::Stale));
        let second = server("game", Claim::IfFree).expect("published");
        assert_eq!(bytes(&look("game").expect("there")), bytes(second.endpoint()));
    });
}

#[test]
fn a_stale_file_is_replaced_though_others_use_its_port() {
    apart("claim::a_stale_file_is_replaced_though_others_use_its_port", |_| {
        // Who closes with something unread resets the connection: on Windows nobody is greeted then.
        let greets = stranger(|mut stream| {
            let _ = stream.write_all(b"220 mail ready\r\n");
            let _ = stream.read_to_end(&mut Vec::new());
        });
        // Another server of ours, with another key.
        let ours = server("other", Claim::IfFree).expect("published").endpoint().port();
        for port in [greets, ours] {
            mem::forget(publish("game", port, Claim::TakeOver).expect("published"));
            drop(server("game", Claim::IfFree).expect("published"));
        }
    });
}

#[test]
fn a_server_that_turns_clients_away_keeps_its_name() {
    apart("claim::a_server_that_turns_clients_away_keeps_its_name", |_| {
        let full = stranger(drop);
        let _published = publish("game", full, Claim::IfFree).expect("published");
        assert_eq!(server("game", Claim::IfFree).err(), Some(EndpointError::NameInUse));
    });
}

#[test]
#[cfg(unix)]
fn who_sits_on_the_port_of_a_server_that_died_does_not_keep_its_name() {
    let test = "claim::who_sits_on_the_port_of_a_server_that_died_does_not_keep_its_name";
    apart(test, |folder| {
        let mut dead = std::process::Command::new("true").spawn().expect("it starts");
        dead.wait().expect("it ends");
        for squatter in [stranger(drop), stranger(mem::forget)] {
            let published = publish("game", squatter, Claim::TakeOver).expect("published");
            let mut old = bytes(published.endpoint());
            mem::forget(published);
            let path = folder.join("game.ipc");
            // One whose process cannot be known keeps it, and so does one that is there.
            for (flags, pid) in [(1, dead.id()), (0, 1), (0, 0), (0, u32::MAX)] {
                old[5] = flags;
                old[10..14].copy_from_slice(&pid.to_le_bytes());
                crate::harness::write(&path, &old);
                let refused = server("game", Claim::IfFree).err();
                assert_eq!(refused, Some(EndpointError::NameInUse), "{flags} {pid}");
            }
            old[5] = 0;
            old[10..14].copy_from_slice(&dead.id().to_le_bytes());
            crate::harness::write(&path, &old);
            drop(server("game", Claim::IfFree).expect("the dead do not keep it"));
        }
    });
}

#[test]
fn a_damaged_file_is_replaced() {
    apart("claim::a_damaged_file_is_replaced", |folder| {
        let path = folder.join("game.ipc");
        for damaged in [&b""[..], b"\xf5ipE\x01", &[0; 48]] {
            crate::harness::write(&path, damaged);
            drop(server("game", Claim::IfFree).expect("published"));
        }
    });
}

#[test]
fn a_server_that_was_killed_in_the_middle_is_no_obstacle() {
    apart("claim::a_server_that_was_killed_in_the_middle_is_no_obstacle", |folder| {
        let unfinished = folder.join(".game.ipc");
        fs::write(&unfinished, b"\xf5ip").expect("ours");
        let _published = server("game", Claim::IfFree).expect("published");
        assert!(!unfinished.exists());
    });
}

#[test]
fn who_was_taken_over_from_leaves_the_new_file_alone() {
    apart("claim::who_was_taken_over_from_leaves_the_new_file_alone", |_| {
        let first = server("game", Claim::IfFree).expect("published");
        let endpoint = first.endpoint().clone();
        let second = server("game", Claim::TakeOver).expect("taken over");
        dial(&endpoint, 1_000).expect("the first goes on with those who know it");
        drop(first);
        let found = look("game").expect("there");
        assert_eq!(bytes(&found), bytes(second.endpoint()));
        dial(&found, 1_000).expect("the second answers");
        drop(second);
        assert_eq!(look("game").err(), Some(EndpointError::NeverAppeared));
    });
}

#[test]
#[cfg(unix)]
fn of_servers_that_start_at_once_one_gets_the_name() {
    use std::sync::Barrier;
    use std::thread;

    apart("claim::of_servers_that_start_at_once_one_gets_the_name", |_| {
        const SERVERS: usize = 8;
        for round in 0..25 {
            let together = Barrier::new(SERVERS);
            let outcomes: Vec<_> = thread::scope(|scope| {
                let start = || {
                    together.wait();
                    server("game", Claim::IfFree)
                };
                let all: Vec<_> = (0..SERVERS).map(|_| scope.spawn(start)).collect();
                all.into_iter().map(|one| one.join().expect("no panic")).collect()
            });
            let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
            assert_eq!(won.len(), 1, "round {round}");
            for refused in lost {
                assert_eq!(refused.err(), Some(EndpointError::NameInUse));
            }
            let published = won.into_iter().next().and_then(Result::ok).expect("one");
            assert_eq!(bytes(&look("game").expect("there")), bytes(published.endpoint()));
        }
    });
}

#[test]
fn nothing_is_published_when_nothing_listens() {
    apart("claim::nothing_is_published_when_nothing_listens", |folder| {
        let taken = listen();
        let refused = ipc_runtime::Server::bind_trusting_all(port(&taken)).err();
        assert!(matches!(refused, Some(ipc_runtime::Error::Bind(_))), "{refused:?}");
        assert_eq!(fs::read_dir(folder).expect("ours").count(), 0);
    });
}
