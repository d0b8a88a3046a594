//! The file itself: written whole, waited for, told apart when it is not whole, and removed.

use std::time::{Duration, Instant};
use std::{fs, thread};

use ipc_runtime::endpoint::{Claim, EndpointError, Search, dial, find, path_of, publish};

use crate::harness::{apart, bytes, listen, look, port, server, write};

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_published_server_is_found_and_gone_when_it_is_dropped() {
    apart("file::a_published_server_is_found_and_gone_when_it_is_dropped", |folder| {
        let published = server("game", Claim::IfFree).expect("published");
        let path = path_of("game").expect("a place");
        assert_eq!(path, folder.join("game.ipc"));
        assert_eq!(fs::read(&path).expect("it is there"), bytes(published.endpoint()));
        assert_eq!(fs::read_dir(folder).expect("ours").count(), 1, "nothing else is left");

        let found = find("game", LONG).expect("found");
        assert_eq!(bytes(&found), bytes(published.endpoint()));
        assert_eq!(found.pid(), std::process::id());
        dial(&found, 2_000).expect("both prove themselves");

        drop(published);
        assert!(!path.exists());
        assert_eq!(look("game").err(), Some(EndpointError::NeverAppeared));
    });
}

#[test]
fn a_server_that_never_appears_is_waited_for_in_vain_and_in_time() {
    apart("file::a_server_that_never_appears_is_waited_for_in_vain_and_in_time", |_| {
        let start = Instant::now();
        assert_eq!(find("game", SHORT).err(), Some(EndpointError::NeverAppeared));
        // The clock counts whole milliseconds.
        let took = start.elapsed() + Duration::from_millis(1);
        assert!((SHORT..SHORT * 10).contains(&took), "{took:?}");
    });
}

#[test]
fn a_server_that_comes_later_is_waited_for() {
    apart("file::a_server_that_comes_later_is_waited_for", |folder| {
        // Not even the folder is there, unless this is Wine, where the server does not make it.
        if cfg!(unix) {
            fs::remove_dir(folder).expect("ours");
        }
        let late = thread::spawn(|| {
            thread::sleep(SHORT);
            server("game", Claim::IfFree).expect("published")
        });
        find("game", LONG).expect("found");
        drop(late.join());
    });
}

#[test]
fn looks_come_at_growing_distances() {
    apart("file::looks_come_at_growing_distances", |_| {
        let mut search = Search::new("game", Duration::from_secs(1)).expect("a place");
        let start = Instant::now();
        let mut pauses = 0;
        while search.pause() {
            pauses += 1;
        }
        // 2, 4, 8 … 64 ms, and 100 ms each from then on; fewer where sleeping takes longer.
        assert!((5..=15).contains(&pauses), "{pauses}");
        assert!(start.elapsed() >= Duration::from_millis(995), "{:?}", start.elapsed());
        assert_eq!(search.left(), 0);
    });
}

#[test]
fn a_file_that_is_cut_short_anywhere_is_no_endpoint_until_it_is_whole() {
    apart("file::a_file_that_is_cut_short_anywhere_is_no_endpoint_until_it_is_whole", |folder| {
        let whole = bytes(server("game", Claim::IfFree).expect("published").endpoint());
        let path = folder.join("game.ipc");
        for len in 0..whole.len() {
            write(&path, &whole[..len]);
            assert_eq!(look("game").err(), Some(EndpointError::Malformed), "{len}");
        }
        // What a later version may add.
        for more in [&[][..], &[0], &[7; 100]] {
            write(&path, &[&whole, more].concat());
            assert_eq!(bytes(&look("game").expect("whole")), whole);
        }

        write(&path, b"");
        let finish = thread::spawn(move || {
            thread::sleep(SHORT);
            write(&path, &whole);
        });
        find("game", LONG).expect("it is waited for");
        finish.join().expect("written");
    });
}

#[test]
fn what_is_something_else_is_told_apart() {
    apart("file::what_is_something_else_is_told_apart", |folder| {
        let whole = bytes(server("game", Claim::IfFree).expect("published").endpoint());
        let path = folder.join("game.ipc");
        for at in 0..4 {
            let mut other = whole.clone();
            other[at] ^= 1;
            write(&path, &other);
            assert_eq!(look("game").err(), Some(EndpointError::Malformed), "{at}");
        }
        let mut later = whole;
        later[4] = 2;
        for later in [&later[..], &later[..20]] {
            write(&path, later);
            assert_eq!(look("game").err(), Some(EndpointError::OtherVersion));
            // No waiting makes it better, and no server of this version replaces it unasked.
            let start = Instant::now();
            assert_eq!(find("game", LONG).err(), Some(EndpointError::OtherVersion));
            assert!(start.elapsed() < LONG / 2);
            let refused = server("game", Claim::IfFree).err();
            assert_eq!(refused, Some(EndpointError::OtherVersion));
        }
        server("game", Claim::TakeOver).expect("where it is told to");
    });
}

#[test]
fn a_file_that_is_replaced_all_the_time_is_always_whole() {
    apart("file::a_file_that_is_replaced_all_the_time_is_always_whole", |_| {
        let listener = listen();
        let port = port(&listener);
        let first = publish("game", port, Claim::IfFree).expect("published");
        let writer = thread::spawn(move || {
            let (mut all, mut latest) = (vec![bytes(first.endpoint())], first);
            for _ in 0..2_000 {
                latest = publish("game", port, Claim::TakeOver).expect("taken over");
                all.push(bytes(latest.endpoint()));
            }
            drop(latest);
            all
        });
        let mut seen = Vec::new();
        while !writer.is_finished() {
            match look("game") {
                Ok(endpoint) => seen.push(bytes(&endpoint)),
                Err(error) => {
                    assert_eq!(error, EndpointError::NeverAppeared, "after the last");
                    break;
                }
            }
        }
        let all = writer.join().expect("written");
        seen.dedup();
        assert!(seen.len() > 10, "{} of them were seen", seen.len());
        // In order, and none that was not written.
        let mut written = all.iter();
        assert!(seen.iter().all(|seen| written.any(|written| written == seen)));
    });
}
