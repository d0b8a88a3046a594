"""The rivals: built by the same recipe, run, and written down in peers.txt.

Slow, and no part of the gate: the chart is drawn from the file.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import recipe, sections

FOLDER = recipe.HERE / "peers"
FILE = recipe.HERE / "peers.txt"
OUT = Path(os.environ.get("PEERS_TARGET_DIR", recipe.OUT / "peers"))
APT = {"/usr/bin/cmake": "cmake", "/usr/bin/g++": "g++", "/usr/bin/capnp": "capnproto"}
HEAD = """\
# Bytes of .text of the slimmest honest client and server of each rival, by the same recipe:
# add(u32, u32) and hello(&str), both called. Written by `tests/size/run --peers`.
# crates: compiled for it, build and macros included; linked: those in the binary.
"""
COLUMNS = f"{'package':22}{'at 3':>9}{'at z':>9}{'crates':>8}{'linked':>8}  what"


@dataclass
class Peer:
    package: str
    at_3: int
    at_z: int
    crates: int
    linked: int
    what: str

    def row(self):
        return f"{self.package:22}{self.at_3:9}{self.at_z:9}{self.crates:8}{self.linked:8}  {self.what}"


# package to the name of the rival's crate and what else is to be said of the program
PEERS = {
    "postcard_std": ("postcard", "over std, by hand"),
    "interprocess_bincode": ("interprocess", "and bincode"),
    "rust_tcp_ipc_minimal": ("rust_tcp_ipc", ""),
    "essrpc_two": ("essrpc", ""),
    "rust_tcp_ipc_example": ("rust_tcp_ipc", "as its own example"),
    "message_io_minimal": ("message-io", ""),
    "nanomsg_bundled": ("nanomsg", "bundled"),
    "tarpc_two": ("tarpc", ""),
    "ttrpc_sync": ("ttrpc", "sync"),
    "capnp_two": ("capnp-rpc", ""),
    "zmq_static": ("zmq", "static"),
    "zeromq_tcp": ("zeromq", "TCP only"),
}


def read():
    """The peers of the file, slimmest first."""
    peers = []
    for line in FILE.read_text().splitlines() if FILE.exists() else []:
        if line and not line.startswith(("#", "[", "package")):
            package, *figures, what = line.split(maxsplit=5)
            peers.append(Peer(package, *map(int, figures), what))
    return sorted(peers, key=lambda peer: peer.at_3)


def measure(checks):
    """Each that builds and answers rightly; one that does not keeps its line of the file."""
    recipe.install_apt([package for path, package in APT.items() if not Path(path).exists()])
    peers = {peer.package: peer for peer in read()}
    print("\n" + COLUMNS, flush=True)
    for package, (crate, note) in PEERS.items():
        sizes = [text_bytes(package, profile) for profile in recipe.LEVELS.values()]
        checks.that(None not in sizes, f"the rival {package} does not build, or answers wrongly")
        if None not in sizes:
            what = f"{crate} {version(crate)} {note}".strip()
            peers[package] = Peer(package, *sizes, crates(package), linked(package), what)
            print(peers[package].row(), flush=True)
    rows = [peer.row() for peer in sorted(peers.values(), key=lambda peer: peer.at_3)]
    FILE.write_text("\n".join([HEAD + f"[{recipe.compiler()}]", COLUMNS, *rows, ""]))


def text_bytes(package, profile):
    target = recipe.TARGETS[recipe.LINUX]
    build = subprocess.run(
        ["cargo", "+web", "build", "--quiet", "--locked", *recipe.STD, "--target", target,
         "--profile", profile, "-p", package],
        cwd=FOLDER, env=recipe.recipe_environment(out=OUT))
    if build.returncode != 0:
        return None
    path = OUT / target / profile / package
    try:
        code = subprocess.run([path], timeout=30, stdout=subprocess.DEVNULL).returncode
    except subprocess.TimeoutExpired:
        return None
    return sections.text_bytes(path) if code == 0 else None


def version(crate):
    lock = (FOLDER / "Cargo.lock").read_text()
    return re.search(rf'name = "{crate}"\nversion = "([^"]+)"', lock)[1]


def crates(package):
    return count(package, "normal,build")


def linked(package):
    return count(package, "normal,no-proc-macro")


def count(package, edges):
    """Without the program itself."""
    tree = recipe.output("cargo", "tree", "--locked", "-e", edges, "-p", package, "--prefix", "none",
                         cwd=FOLDER, env=recipe.environment())
    return len({line.removesuffix(" (*)") for line in tree.splitlines() if line}) - 1
