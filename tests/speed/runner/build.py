"""What is built, and what must be installed for it."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
OUT = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target" / "speed")).resolve()
PEERS = HERE / "peers"
TOOLS = {"/usr/bin/strace": "strace", "/usr/bin/valgrind": "valgrind", "/usr/bin/cc": "gcc"}
# What writes the stubs of one of the rivals.
PEER_TOOLS = {"/usr/bin/capnp": "capnproto"}


def environment():
    """The caller's, without what would change the code that is made."""
    keep = {k: v for k, v in os.environ.items()
            if not k.startswith(("CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_ENCODED_RUSTFLAGS")) and k != "RUSTFLAGS"}
    return keep | {"CARGO_TARGET_DIR": str(OUT)}


def compiler():
    """What the instructions are keyed by."""
    return subprocess.run(["rustc", "-V"], check=True, stdout=subprocess.PIPE, text=True, cwd=HERE).stdout.strip()


def install(with_peers):
    tools = TOOLS | (PEER_TOOLS if with_peers else {})
    missing = [package for path, package in tools.items() if not Path(path).exists()]
    if missing:
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
        quiet = {"stdout": subprocess.DEVNULL, "check": True,
                 "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
        print("+ apt-get install", *missing, flush=True)
        subprocess.run([*apt, "update", "-qq"], **quiet)
        subprocess.run([*apt, "install", "-y", "-qq", "--no-install-recommends", *missing], **quiet)


def build(folder=HERE):
    """Whether all of it builds."""
    command = ["cargo", "build", "--quiet", "--release", "--locked"]
    return subprocess.run(command, cwd=folder, env=environment(), stdout=sys.stderr, check=False).returncode == 0


def binary(name):
    return OUT / "release" / name


def output(name, *arguments, seconds=60):
    command = [binary(name), *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=seconds).stdout
