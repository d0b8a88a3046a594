//! Golden expansions: what the macros write for each file of `expand`, to be read and compared.
//!
//! `BLESS=1 cargo test -p tests --test expand` writes what there is now.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

#[test]
fn expansions_are_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("expand");
    let mut differ = Vec::new();
    for input in inputs(&folder) {
        let golden = input.with_extension("expanded.rs");
        let expansion = expansion_of(&input);
        if env::var_os("BLESS").is_some() {
            fs::write(&golden, &expansion).expect("the golden file can be written");
        } else if fs::read_to_string(&golden).unwrap_or_default() != expansion {
            eprintln!("{} is now:\n{expansion}", golden.display());
            differ.push(golden);
        }
    }
    assert!(differ.is_empty(), "if the change is meant, run again with BLESS=1: {differ:?}");
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("the folder of inputs is there");
    let mut inputs: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    inputs.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    inputs.retain(|path| !path.to_string_lossy().ends_with(".expanded.rs"));
    inputs.sort();
    assert!(!inputs.is_empty());
    inputs
}

/// Expands with the compiler, whose mistakes in types and names do not matter here.
fn expansion_of(input: &Path) -> String {
    let deps = env::current_exe().expect("a test is a file");
    let deps = deps.parent().expect("a test is in a folder, beside what it was linked with");
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let output = Command::new(rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["-Zunpretty=expanded", "--edition=2024", "--crate-type=lib"])
        .arg("-L")
        .arg(format!("dependency={}", deps.display()))
        .arg("--extern")
        .arg(format!("ipc_runtime={}", newest(deps, "libipc_runtime-", ".rlib").display()))
        .arg(input)
        .output()
        .expect("rustc runs");
    let expanded = String::from_utf8(output.stdout).expect("source is text");
    assert!(!expanded.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    formatted(&without_prelude(&expanded))
}

/// The library that was built last has the macros that this test was built with.
fn newest(folder: &Path, prefix: &str, suffix: &str) -> PathBuf {
    let files = fs::read_dir(folder).expect("the folder of libraries is there");
    let paths = files.map(|file| file.expect("a file").path());
    let libraries = paths.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(prefix) && name.ends_with(suffix)
    });
    let built = |path: &PathBuf| path.metadata().and_then(|file| file.modified()).ok();
    libraries.max_by_key(built).expect("the library has been built")
}

/// Without what the compiler puts into every crate.
fn without_prelude(expanded: &str) -> String {
    let ours = expanded.lines().filter(|line| {
        !line.starts_with("#![feature(prelude_import)]")
            && !line.starts_with("extern crate std;")
            && !line.starts_with("#[prelude_import]")
            && !line.starts_with("use std::prelude::")
    });
    ours.flat_map(|line| [line, "\n"]).collect()
}

fn formatted(source: &str) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition=2024", "--config=max_width=100,use_small_heuristics=Max"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt runs");
    let mut stdin = rustfmt.stdin.take().expect("its input is ours");
    std::io::Write::write_all(&mut stdin, source.as_bytes()).expect("it reads");
    drop(stdin);
    let output = rustfmt.wait_with_output().expect("it ends");
    assert!(output.status.success(), "rustfmt does not understand:\n{source}");
    String::from_utf8(output.stdout).expect("source is text")
}
