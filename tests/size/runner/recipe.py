"""The recipe: which compiler, which flags, which targets, and what must be installed for them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
SUBJECTS = HERE / "subjects"
OUT = ROOT / "target" / "size"

FLAGS = "-Cpanic=immediate-abort -Zunstable-options -C lto=fat -C embed-bitcode=yes"
STD = ["-Z", "build-std=std,panic_abort"]
LINUX = "linux"
TARGETS = {
    LINUX: "x86_64-unknown-linux-gnu",
    "win64": "x86_64-win7-windows-gnu",
    "win32": "i686-win7-windows-gnu",
}
WINDOWS = ["win64", "win32"]
# opt-level to the profile of subjects/Cargo.toml
LEVELS = {"3": "profile", "z": "profile-z"}


def environment(**more):
    """The caller's, without what would change the code that is made."""
    keep = {k: v for k, v in os.environ.items()
            if not k.startswith(("CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_TARGET_"))
            and k not in ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTUP_TOOLCHAIN")}
    if "CARGO_BUILD_JOBS" in os.environ:
        keep["CARGO_BUILD_JOBS"] = os.environ["CARGO_BUILD_JOBS"]
    return keep | more


def recipe_environment(flags=FLAGS, out=OUT):
    return environment(RUSTC_BOOTSTRAP="1", RUSTFLAGS=flags, CARGO_TARGET_DIR=str(out),
                       RUSTC_WRAPPER=str(HERE / "runner" / "rustc.py"))


def output(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def compiler():
    """What the budgets are keyed by."""
    return output("rustc", "+web", "-V", env=environment()).strip()


def install(windows):
    """Whatever is missing; says so, and needs root only then."""
    apt = {"/usr/bin/cargo": "cargo-web", "/usr/bin/rustc": "rustc-web",
           "/usr/lib/rustlib/src/rust/library/std/Cargo.toml": "rust-web-src",
           "/usr/bin/ld": "binutils", "/usr/bin/cc": "gcc"}
    if windows:
        apt |= {"/usr/bin/x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64",
                "/usr/bin/i686-w64-mingw32-gcc": "gcc-mingw-w64-i686"}
    install_apt([package for path, package in apt.items() if not Path(path).exists()])
    if "web" not in output("rustup", "toolchain", "list").split():
        say_and_run("rustup", "toolchain", "link", "web", "/usr")
    if not shutil.which("cargo-bloat"):
        say_and_run("cargo", "install", "--locked", "cargo-bloat", env=environment())


def install_apt(packages):
    if packages:
        lock = ["-o", "DPkg::Lock::Timeout=600"]
        say_and_run("apt-get", *lock, "update", "-qq")
        say_and_run("apt-get", *lock, "install", "-y", "-qq", "--no-install-recommends", *packages)


def say_and_run(*command, **options):
    print("+", *command, flush=True)
    subprocess.run(command, check=True, stdout=sys.stderr, **options)


def lock_file_fits():
    """Whether subjects/Cargo.lock names what our crates' Cargo.toml ask for now."""
    metadata = subprocess.run(["cargo", "+web", "metadata", "--locked", "--format-version", "1"],
                              cwd=SUBJECTS, env=environment(), capture_output=True)
    return metadata.returncode == 0


def build(targets, level, locked=True):
    """Builds every subject; those that do not compile are missing afterwards.

    All targets by one cargo, as each begins with a chain of crates that keeps no more than a core busy.
    """
    for target in targets:
        for name in SUBJECTS.glob("src/bin/*"):
            binary(folder(target, level), target, name.stem).unlink(missing_ok=True)
    subprocess.run(
        ["cargo", "+web", "build", "--quiet", "--bins", "--keep-going", *STD,
         *(["--locked"] if locked else []),
         *[argument for target in targets for argument in ("--target", TARGETS[target])], "--profile", LEVELS[level]],
        cwd=SUBJECTS, env=recipe_environment(), check=False)


def folder(target, level):
    """Where the subjects are built."""
    return OUT / TARGETS[target] / LEVELS[level]


def binary(folder, target, name):
    return folder / (name if target == LINUX else name + ".exe")
