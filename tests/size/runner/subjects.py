"""The subjects of ours, and how each is run."""

import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from . import recipe, watch

FLOORS = ["empty", "std_echo", "mio_echo"]
OURS = ["bare", "trusted"]
# Two programs that are run together.
PAIR = ["client", "server"]
NAMES = [*FLOORS, "by_hand", *OURS, *PAIR, "plus10", "plus40", "full"]
# Those with a server thread whose stack is looked at.
WATCHED = ["mio_echo", "by_hand", *OURS]


def present():
    """Those that are written."""
    written = {path.stem for path in recipe.SUBJECTS.glob("src/bin/*")}
    return [name for name in NAMES if name in written]


@contextmanager
def meeting_place():
    """A folder of its own, in which a server is published and found."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPC_DIR"] = folder
        yield Path(folder)


def trouble(folder, subject):
    """Runs it; None when it exits with 0, which it does only when every answer was right."""
    if subject in PAIR:
        return run_pair(folder)[0]
    with meeting_place():
        return verdict(subject, subprocess.Popen([folder / subject]))


def run_pair(folder):
    """(trouble or None, private bytes of the server before its first client)."""
    with meeting_place() as place:
        server = subprocess.Popen([folder / "server"])
        idle = None
        until = time.monotonic() + 10
        while not list(place.glob("*.ipc")) and server.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.1)  # published, it has yet to begin to wait
        if server.poll() is None:
            idle = watch.private_bytes(server.pid)
        client = verdict("client", subprocess.Popen([folder / "client"]))
        if client:
            server.kill()
        served = verdict("server", server)
    return client or served, idle


def verdict(name, process):
    try:
        code = process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return f"{name} does not end"
    return None if code == 0 else f"{name} exits with {code}"


def watched(folder, subject):
    with meeting_place():
        return watch.watch(folder / subject)


def by_hand_is_honest():
    """Whether the yardstick passes its own tests: partial reads, caps, faults, several clients."""
    tests = subprocess.run(["cargo", "test", "--quiet", "--locked", "--test", "by_hand"], cwd=recipe.SUBJECTS,
                           env=recipe.environment(CARGO_TARGET_DIR=str(recipe.OUT)), stdout=subprocess.DEVNULL)
    return tests.returncode == 0


def idle_memory(folder):
    """Private bytes of the server alone, before its first client; None if it cannot be run."""
    if not all((folder / name).exists() for name in PAIR):
        return None
    return run_pair(folder)[1]
