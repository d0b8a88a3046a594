//! Owners, modes and links: on Unix, where there are such things.

use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, mem};

use ipc_runtime::endpoint::{Claim, EndpointError, find};

use crate::harness::{apart, apart_with, bytes, create_private, look, server, set_mode, write};

/// What `find` says at once, that is without waiting for it to pass.
fn found_at_once(name: &str) -> Option<EndpointError> {
    let start = Instant::now();
    let error = find(name, Duration::from_secs(20)).err();
    assert!(start.elapsed() < Duration::from_secs(10));
    error
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").mode() & 0o7777
}

/// A user who is not this one, if this one may give files away.
fn give_away(path: &Path) -> bool {
    let given = chown(path, Some(65_534), None).is_ok();
    if !given {
        eprintln!("not tried: only root can give a file away");
    }
    given
}

#[test]
fn folder_and_file_are_made_for_this_user_alone() {
    let test = "private::folder_and_file_are_made_for_this_user_alone";
    apart_with(
        test,
        |folder| vec![("IPC_DIR", folder.join("new"))],
        |folder| {
            let _published = server("game", Claim::IfFree).expect("published");
            assert_eq!(mode(&folder.join("new")), 0o700);
            assert_eq!(mode(&folder.join("new/game.ipc")), 0o600);
        },
    );
}

#[test]
fn a_folder_that_others_may_use_is_refused() {
    apart("private::a_folder_that_others_may_use_is_refused", |folder| {
        let _published = server("game", Claim::IfFree).expect("published");
        for mode in [0o755, 0o710, 0o701, 0o720, 0o777, 0o1777] {
            set_mode(folder, mode);
            assert_eq!(found_at_once("game"), Some(EndpointError::FolderNotPrivate), "{mode:o}");
            for claim in [Claim::IfFree, Claim::TakeOver] {
                let refused = server("game", claim).err();
                assert_eq!(refused, Some(EndpointError::FolderNotPrivate), "{mode:o}");
            }
        }
        set_mode(folder, 0o700);
        look("game").expect("private again");
    });
}

#[test]
fn a_file_that_others_may_use_is_refused() {
    apart("private::a_file_that_others_may_use_is_refused", |folder| {
        let _published = server("game", Claim::IfFree).expect("published");
        let path = folder.join("game.ipc");
        for mode in [0o644, 0o640, 0o604, 0o602, 0o620] {
            set_mode(&path, mode);
            assert_eq!(found_at_once("game"), Some(EndpointError::FileNotPrivate), "{mode:o}");
        }
        set_mode(&path, 0o600);
        look("game").expect("private again");
    });
}

#[test]
fn a_file_from_where_there_are_no_modes_is_protected_by_its_folder() {
    apart("private::a_file_from_where_there_are_no_modes_is_protected_by_its_folder", |folder| {
        let published = server("game", Claim::IfFree).expect("published");
        let path = folder.join("game.ipc");
        let mut modeless = bytes(published.endpoint());
        modeless[5] |= 1;
        write(&path, &modeless);
        set_mode(&path, 0o644);
        look("game").expect("as Wine writes it");
        set_mode(folder, 0o755);
        assert_eq!(look("game").err(), Some(EndpointError::FolderNotPrivate));
    });
}

#[test]
fn what_another_user_owns_is_refused() {
    apart("private::what_another_user_owns_is_refused", |folder| {
        let published = server("game", Claim::IfFree).expect("published");
        let path = folder.join("game.ipc");
        if !give_away(&path) {
            return;
        }
        assert_eq!(found_at_once("game"), Some(EndpointError::FileNotPrivate));
        // Not even where modes say nothing.
        let mut modeless = bytes(published.endpoint());
        modeless[5] |= 1;
        fs::write(&path, modeless).expect("root may");
        assert_eq!(found_at_once("game"), Some(EndpointError::FileNotPrivate));
        assert!(give_away(folder));
        assert_eq!(found_at_once("game"), Some(EndpointError::FolderNotPrivate));
        let refused = server("game", Claim::TakeOver).err();
        assert_eq!(refused, Some(EndpointError::FolderNotPrivate));
        mem::forget(published);
    });
}

#[test]
fn a_link_in_place_of_the_file_is_not_followed() {
    apart("private::a_link_in_place_of_the_file_is_not_followed", |folder| {
        let published = server("game", Claim::IfFree).expect("published");
        let path = folder.join("game.ipc");
        fs::rename(&path, folder.join("elsewhere")).expect("ours");
        symlink("elsewhere", &path).expect("ours");
        assert!(matches!(found_at_once("game"), Some(EndpointError::NotRead(_))));
        // Told to, a server replaces the link and not what it points to.
        let second = server("game", Claim::TakeOver).expect("taken over");
        assert!(!fs::symlink_metadata(&path).expect("there").is_symlink());
        assert_eq!(fs::read(folder.join("elsewhere")).expect("there"), bytes(published.endpoint()));
        assert_eq!(bytes(&look("game").expect("there")), bytes(second.endpoint()));
    });
}

#[test]
fn a_link_in_place_of_the_folder_is_not_followed() {
    let test = "private::a_link_in_place_of_the_folder_is_not_followed";
    apart_with(
        test,
        |folder| vec![("IPC_DIR", folder.join("link"))],
        |folder| {
            create_private(&folder.join("real"));
            symlink("real", folder.join("link")).expect("ours");
            assert_eq!(found_at_once("game"), Some(EndpointError::FolderNotPrivate));
            assert_eq!(server("game", Claim::IfFree).err(), Some(EndpointError::FolderNotPrivate));
            assert_eq!(fs::read_dir(folder.join("real")).expect("ours").count(), 0);
        },
    );
}

#[test]
fn a_file_in_place_of_the_folder_is_refused() {
    let test = "private::a_file_in_place_of_the_folder_is_refused";
    apart_with(
        test,
        |folder| vec![("IPC_DIR", folder.join("file"))],
        |folder| {
            write(&folder.join("file"), b"");
            assert_eq!(found_at_once("game"), Some(EndpointError::FolderNotPrivate));
            assert_eq!(server("game", Claim::IfFree).err(), Some(EndpointError::FolderNotPrivate));
        },
    );
}

#[test]
fn what_is_no_file_is_neither_waited_for_nor_read() {
    apart("private::what_is_no_file_is_neither_waited_for_nor_read", |folder| {
        let pipe = Command::new("mkfifo").arg(folder.join("pipe.ipc")).status().expect("mkfifo");
        assert!(pipe.success());
        set_mode(&folder.join("pipe.ipc"), 0o600);
        assert_eq!(look("pipe").err(), Some(EndpointError::Malformed));
        create_private(&folder.join("folder.ipc"));
        assert!(matches!(look("folder").err(), Some(EndpointError::NotRead(_))));
        let refused = server("folder", Claim::TakeOver).err();
        assert!(matches!(refused, Some(EndpointError::NotWritten(_))), "{refused:?}");
    });
}
