//! Names, and the folder that the environment names.

#[cfg(unix)]
use std::fs;
#[cfg(unix)]
use std::path::{Path, PathBuf};

use ipc_runtime::endpoint::{Claim, EndpointError, path_of};

use crate::harness::{apart, apart_with, create_private, look, server};

#[test]
fn names_are_those_that_mean_the_same_everywhere() {
    apart("place::names_are_those_that_mean_the_same_everywhere", |_| {
        let long = "x".repeat(64);
        for name in ["a", "Game_2.0-rc1", "0", "-", "_", "a.", "a..b", &long] {
            let _published = server(name, Claim::IfFree).expect(name);
            look(name).expect(name);
        }
        let too_long = "x".repeat(65);
        let bad = [
            "", ".", "..", ".hidden", "a/b", "a\\b", "../a", "a b", "a\0", "a\n", "C:", "ä", "a*",
            "~", "$A", "a;b", &too_long,
        ];
        for name in bad {
            assert_eq!(path_of(name).err(), Some(EndpointError::BadName), "{name:?}");
            assert_eq!(server(name, Claim::TakeOver).err(), Some(EndpointError::BadName));
        }
    });
}

// Windows, and Wine too, put the variables back.
#[test]
#[cfg(unix)]
fn without_a_folder_there_is_an_error_that_says_so() {
    let test = "place::without_a_folder_there_is_an_error_that_says_so";
    apart_with(
        test,
        |_| vec![],
        |_| {
            assert_eq!(path_of("game").err(), Some(EndpointError::NoFolder));
            assert_eq!(server("game", Claim::IfFree).err(), Some(EndpointError::NoFolder));
        },
    );
}

#[test]
fn only_the_last_folder_is_made() {
    let test = "place::only_the_last_folder_is_made";
    apart_with(
        test,
        |folder| vec![("IPC_DIR", folder.join("a").join("b"))],
        |folder| {
            assert_eq!(look("game").err(), Some(EndpointError::NeverAppeared));
            assert_eq!(server("game", Claim::IfFree).err(), Some(EndpointError::NoFolder));
            assert!(!folder.join("a").exists());
            create_private(&folder.join("a"));
            if is_wine() {
                // There it would be open to others.
                assert_eq!(server("game", Claim::IfFree).err(), Some(EndpointError::NoFolder));
                create_private(&folder.join("a").join("b"));
            }
            let _published = server("game", Claim::IfFree).expect("published");
            look("game").expect("found");
        },
    );
}

fn is_wine() -> bool {
    cfg!(windows) && std::env::var_os("WINEHOMEDIR").is_some()
}

/// Publishes, and expects the file there.
#[cfg(unix)]
fn publishes_at(path: &Path) {
    let published = server("game", Claim::IfFree).expect("published");
    assert_eq!(path_of("game").expect("a place"), path);
    assert!(path.is_file());
    drop(published);
    assert!(!path.exists());
}

#[test]
#[cfg(unix)]
fn the_first_folder_of_three_is_taken() {
    let all = |folder: &Path| {
        vec![
            ("IPC_DIR", folder.join("own")),
            ("XDG_RUNTIME_DIR", folder.to_owned()),
            ("HOME", folder.to_owned()),
        ]
    };
    apart_with("place::the_first_folder_of_three_is_taken", all, |folder| {
        publishes_at(&folder.join("own/game.ipc"));
        assert!(!folder.join("ipc").exists() && !folder.join(".ipc").exists());
    });
}

#[test]
#[cfg(unix)]
fn the_second_folder_is_taken_where_the_first_is_not_named() {
    let two = |folder: &Path| {
        let empty = PathBuf::new();
        vec![
            ("IPC_DIR", empty),
            ("XDG_RUNTIME_DIR", folder.to_owned()),
            ("HOME", folder.to_owned()),
        ]
    };
    apart_with("place::the_second_folder_is_taken_where_the_first_is_not_named", two, |folder| {
        publishes_at(&folder.join("ipc/game.ipc"));
        assert!(!folder.join(".ipc").exists());
    });
}

#[test]
#[cfg(unix)]
fn the_home_is_taken_where_nothing_else_is_named() {
    let home = |folder: &Path| vec![("HOME", folder.to_owned())];
    apart_with("place::the_home_is_taken_where_nothing_else_is_named", home, |folder| {
        publishes_at(&folder.join(".ipc/game.ipc"));
    });
}

#[test]
#[cfg(unix)]
fn a_path_that_there_is_no_room_for_is_no_folder() {
    let long = |folder: &Path| {
        vec![("IPC_DIR", folder.join("x/".repeat(2_000))), ("HOME", folder.to_owned())]
    };
    apart_with("place::a_path_that_there_is_no_room_for_is_no_folder", long, |folder| {
        assert_eq!(path_of("game").err(), Some(EndpointError::NoFolder));
        assert_eq!(fs::read_dir(folder).expect("ours").count(), 0);
    });
}
