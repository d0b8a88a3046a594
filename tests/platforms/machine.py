"""What this machine has, what it lacks, and what is built on it."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "target" / "platforms"
# As users have it.
WHOLE_STD = ["-Z", "build-std=std,panic_abort"]
# Without what gives a backtrace its names: nobody looks at one here, and it is a sixth of std.
LEAN = ["-Z", "build-std-features=panic-unwind,default"]
STD = [*WHOLE_STD, *LEAN]
# What tests are built on too, so that programs and tests are built on the same: cargo takes all else for another std.
TEST_STD = ["-Z", "build-std=std,panic_abort,test", *LEAN]
NO_STD = ["-Z", "build-std=core,alloc"]
# What is tested is optimised, so that an emulator gets through it; the tests are not, whose code is a lot.
PROFILE = ["--config", "profile.dev.package.tests.opt-level=0"]
# Debian's own Rust has the sources of std, from which it is built for targets that Debian has none for.
WEB = {"/usr/bin/cargo": "cargo-web", "/usr/bin/rustc": "rustc-web",
       "/usr/lib/rustlib/src/rust/library/std/Cargo.toml": "rust-web-src", "/usr/bin/cc": "gcc"}


def begin():
    """Ends in good order when told to: what was started is then ended too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    OUT.mkdir(parents=True, exist_ok=True)


def install(packages):
    """`packages`: by a file of each. Installs those whose file is missing, which needs root."""
    missing = sorted({name for path, name in packages.items() if not Path(path).exists()})
    if missing:
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
        say_and_run(*apt, "update", "-qq")
        say_and_run(*apt, "install", "-y", "-qq", "--no-install-recommends", *missing)


def install_web():
    install(WEB)
    if "web" not in output("rustup", "toolchain", "list").split():
        say_and_run("rustup", "toolchain", "link", "web", "/usr")


def environment(**more):
    """The caller's, without what would change what is built."""
    keep = {k: v for k, v in os.environ.items()
            if not k.startswith(("CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_TARGET_", "IPC_", "RUST_BACKTRACE"))
            and k not in ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTUP_TOOLCHAIN")}
    return keep | {"DEBIAN_FRONTEND": "noninteractive", "CARGO_TARGET_DIR": str(OUT),
                   "CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_DEV_OPT_LEVEL": "1"} | more


def cargo(*arguments, web=True, **variables):
    """Whether it worked."""
    return run_cargo(arguments, web, variables).returncode == 0


def run_cargo(arguments, web, variables, **options):
    toolchain = ["+web"] if web else []
    variables |= {"RUSTC_BOOTSTRAP": "1"} if web else {}
    command = ["cargo", *toolchain, *arguments[:1], "--quiet", "--locked", *PROFILE, *arguments[1:]]
    print(" ".join(["+", *command]), flush=True)
    # What runs meanwhile has deadlines; what is built has none.
    return subprocess.run(["nice", *command], cwd=ROOT, env=environment(**variables), **options)


@contextmanager
def beside():
    """Who is given builds to do one after the other, beside what waits for other things. Told to end, it begins no more."""
    with futures.ThreadPoolExecutor(1) as builder:
        try:
            yield builder
        except BaseException:
            builder.shutdown(wait=False, cancel_futures=True)
            raise


def each(targets):
    """Several targets in one call of cargo keep both cores busy."""
    return [argument for target in targets for argument in ("--target", target)]


def test_programs(names, target, **variables):
    """The built test programs by name; those that do not compile are missing."""
    arguments = ["test", "--no-run", "--message-format=json-render-diagnostics", *TEST_STD, "-p", "tests",
                 *[argument for name in names for argument in ("--test", name)], "--target", target]
    said = run_cargo(arguments, True, variables, stdout=subprocess.PIPE, text=True).stdout
    messages = [json.loads(line) for line in said.splitlines()]
    return {message["target"]["name"]: message["executable"] for message in messages
            if message.get("executable") and message["profile"]["test"]}


def output(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def say_and_run(*command, **options):
    print("+", *command, flush=True)
    subprocess.run(command, check=True, stdout=sys.stderr, env=environment(), **options)


class Checks:
    """What was found, said at once and counted; by several threads at a time."""

    def __init__(self):
        self.passed = 0
        self.failed = []
        self.lock = threading.Lock()

    def that(self, ok, what, why=""):
        """`why`: a figure, or what is to be called if it fails and says what there is to know."""
        why = why() if callable(why) and not ok else why
        with self.lock:
            if ok:
                self.passed += 1
                print(f"ok      {what}{'' if callable(why) or not why else f': {why}'}", flush=True)
            else:
                self.failed.append(what)
                print(f"FAILED  {what}: {why}", flush=True)
        return ok

    def end(self):
        print()
        for what in self.failed:
            print("FAILED", what)
        print(f"{self.passed} passed, {len(self.failed)} failed")
        return 1 if self.failed else 0
