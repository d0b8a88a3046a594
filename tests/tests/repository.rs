//! The repository itself: what lies where, what names what, and what a user's build pulls in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What lies at the top, beside prose and dotfiles. The lock file goes with Cargo.toml.
const TOP: [&str; 7] =
    ["Cargo.toml", "Cargo.lock", "ipc-core", "ipc-derive", "ipc-runtime", "examples", "tests"];

/// What a text may point to.
const HOSTS: [&str; 9] = [
    "github.com",
    "crates.io",
    "docs.rs",
    "doc.rust-lang.org",
    "keepachangelog.com",
    "semver.org",
    "www.apache.org",
    "www.w3.org",
    "localhost",
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every file that is tracked and there, by its path from the root.
fn tracked() -> Vec<String> {
    let listed = output("git", &["ls-files", "-z"]);
    let files = listed.split_terminator('\0').filter(|path| root().join(path).is_file());
    let files: Vec<String> = files.map(str::to_owned).collect();
    assert!(files.len() > 50, "this runs in a clone");
    files
}

/// Every tracked file that is text, and what it says.
fn texts() -> impl Iterator<Item = (String, String)> {
    tracked().into_iter().filter_map(|path| {
        let text = fs::read_to_string(root().join(&path)).ok()?;
        Some((path, text))
    })
}

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).current_dir(root()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_top_level_holds_the_rooms_and_prose() {
    let top: BTreeSet<String> = tracked()
        .iter()
        .map(|path| path.split('/').next().unwrap_or_default().to_owned())
        .filter(|name| {
            let is_prose = name.ends_with(".md") || name.starts_with("LICENSE-");
            !name.starts_with('.') && !is_prose
        })
        .collect();
    assert_eq!(top, TOP.map(str::to_owned).into());
}

#[test]
fn no_text_names_a_place_on_somebodys_machine() {
    // Put together, so that this file is none of them.
    let places =
        ["home", "root", "Users", "work", "mnt", "workspace"].map(|top| format!("/{top}/"));
    let windows = ["C:", "\\Users"].concat();
    let registry = ["/registry", "/src"].concat();
    for (path, text) in texts() {
        for (number, line) in (1..).zip(text.lines()) {
            let names = |place: &str| {
                // At the start of a path, and not within one.
                line.match_indices(place).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|before| {
                        before.is_alphanumeric() || "._-~}$/".contains(before)
                    })
                })
            };
            let found = places.iter().any(|place| names(place))
                || line.contains(&windows)
                || line.contains(&registry);
            assert!(!found, "{path}:{number}: {line}");
        }
    }
}

#[test]
fn texts_point_to_public_places_only() {
    for (path, text) in texts() {
        for (number, line) in (1..).zip(text.lines()) {
            for rest in line.split("://").skip(1) {
                let scheme = line.split("://").next().unwrap_or_default();
                let host = rest.split(|c: char| !c.is_ascii_alphanumeric() && !".-".contains(c));
                let host = host.into_iter().next().unwrap_or_default().trim_end_matches('.');
                let is_url = scheme.ends_with("http") || scheme.ends_with("https");
                assert!(
                    !is_url || HOSTS.contains(&host),
                    "{path}:{number}: add {host:?} to HOSTS if everybody can reach it",
                );
            }
        }
    }
}

#[test]
fn crates_come_from_the_public_registry() {
    let public = "registry+https://github.com/rust-lang/crates.io-index";
    for (path, text) in texts().filter(|(path, _)| path.ends_with("Cargo.lock")) {
        for line in text.lines() {
            if let Some(source) = line.strip_prefix("source = ") {
                assert_eq!(source.trim_matches('"'), public, "{path}");
            }
        }
    }
    let configured: Vec<_> =
        tracked().into_iter().filter(|path| path.contains(".cargo/")).collect();
    assert_eq!(configured, [""; 0], "a user's machine says where crates come from");
}

/// The text of a crate's sources without comments, by file.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let within = format!("{folder}/src/");
    let is_source = |path: &str| path.starts_with(&within) && path.ends_with(".rs");
    let sources: Vec<_> = texts()
        .filter(|(path, _)| is_source(path))
        .map(|(path, text)| {
            let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
            (path.into(), code.collect::<Vec<_>>().join("\n"))
        })
        .collect();
    assert!(!sources.is_empty(), "{folder} has sources");
    sources
}

#[test]
fn core_knows_no_socket_no_clock_no_thread_and_no_file() {
    let barred = [
        "std::net",
        "std::time",
        "std::thread",
        "std::io",
        "std::fs",
        "std::env",
        "std::process",
        "mio",
        "Instant",
        "SystemTime",
        "ipc_runtime",
    ];
    for (path, code) in sources("ipc-core") {
        for name in barred {
            assert!(!has_word(&code, name), "{}: {name}", path.display());
        }
    }
}

#[test]
fn unsafe_code_has_one_room() {
    for folder in ["ipc-core", "ipc-derive"] {
        let lib = fs::read_to_string(root().join(folder).join("src/lib.rs")).expect("a crate");
        assert!(lib.contains("#![forbid(unsafe_code)]"), "{folder} forbids it");
    }
    for (path, code) in sources("ipc-runtime") {
        let is_used = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"]
            .iter()
            .any(|form| code.contains(form));
        assert!(!is_used || path.starts_with("ipc-runtime/src/sys"), "{}", path.display());
    }
}

#[test]
fn mio_is_named_where_sockets_are_handled_and_nowhere_else() {
    let rooms = ["server/", "sys/", "local.rs", "transport.rs"];
    for (path, code) in sources("ipc-runtime") {
        let within = path.strip_prefix("ipc-runtime/src").expect("a source").to_string_lossy();
        let is_room = rooms.iter().any(|room| within.starts_with(room));
        assert!(!has_word(&code, "mio") || is_room, "{}", path.display());
    }
}

/// Whether `name` stands in `code` and is no part of a longer name.
fn has_word(code: &str, name: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(name).any(|(at, _)| {
        !is_part(code[..at].chars().next_back()) && !is_part(code[at + name.len()..].chars().next())
    })
}

/// The crates that a user of a package compiles on a machine like this, beside the project's own.
fn crates(package: &str, features: &[&str]) -> BTreeSet<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let args = ["tree", "--locked", "--edges", "normal,build", "--prefix", "none", "-p", package];
    let tree = output(&cargo, &[&args[..], features].concat());
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| !name.is_empty() && !name.starts_with("ipc-")).map(str::to_owned).collect()
}

fn named(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn an_interface_alone_pulls_in_the_hash_of_the_handshake_only() {
    assert_eq!(crates("ipc-runtime", &["--no-default-features"]), named(&["siphasher"]));
    assert_eq!(crates("ipc-core", &["--all-features"]), named(&["siphasher"]));
    assert_eq!(crates("ipc-derive", &[]), named(&[]));
}

#[test]
fn a_program_pulls_in_mio_libc_and_the_hash() {
    assert_eq!(crates("ipc-runtime", &[]), named(&["libc", "mio", "siphasher"]));
    let client = crates("ipc-runtime", &["--no-default-features", "--features", "client"]);
    assert_eq!(client, named(&["libc", "siphasher"]));
}

#[test]
fn every_suite_can_be_run_and_is_run() {
    let ci = fs::read_to_string(root().join(".ci/run")).expect("there is a .ci/run");
    let is_run = |path: &&String| path.starts_with("tests/") && path.ends_with("/run");
    for path in tracked().iter().filter(is_run) {
        let name = path.split('/').nth(1).expect("tests/NAME/run");
        assert!(ci.contains(&format!(" {name}")), ".ci/run runs {path}");
    }
    let listed = output("git", &["ls-files", "--stage"]);
    for line in listed.lines().filter(|line| line.ends_with("/run")) {
        assert!(line.starts_with("100755"), "{line}: it is executable");
    }
}
