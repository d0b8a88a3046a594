"""Programs of one kind or another, as processes that are bounded in time."""

import atexit
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from . import machine

# Where all of them meet: as a login has it, in a folder that only its user can use.
MEETING = machine.OUT / f"run-{os.getpid()}"
# How long a single step of a program takes at most.
PATIENCE = 60


class Place:
    """A kind of program: the target it is built for, and what starts it."""

    profile = "debug"

    def __init__(self, name, target, start=(), suffix="", variables=None):
        self.name, self.target, self.start, self.suffix = name, target, list(start), suffix
        self.variables = variables or {}

    def program(self, name):
        return machine.OUT / self.target / self.profile / (name + self.suffix)

    def command(self, program, *arguments):
        return [*self.start, str(program), *[str(argument) for argument in arguments]]

    def environment(self):
        return machine.environment(XDG_RUNTIME_DIR=str(MEETING), RUST_BACKTRACE="0") | self.variables


NATIVE = Place("native", "")


def build_native():
    make_meeting()
    return machine.cargo("build", "-p", "tests", "--bin", "across", "-p", "examples", "--examples", web=False)


def make_meeting():
    """The native side makes the folder: Wine cannot keep others out of one."""
    atexit.register(shutil.rmtree, MEETING, ignore_errors=True)
    for folder in (MEETING, MEETING / "ipc"):
        folder.mkdir(mode=0o700)


class Peer:
    """The program `across` in a role, gone at the latest when the `with` ends."""

    def __init__(self, place, *role):
        self.errors = tempfile.TemporaryFile(mode="w+", errors="replace")
        self.process = subprocess.Popen(
            place.command(place.program("across"), *role), env=place.environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
        self.lines = queue.SimpleQueue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())
        self.lines.put(None)

    def line(self, seconds=PATIENCE):
        """Its next line; None when there is no more, or in time."""
        try:
            return self.lines.get(timeout=seconds)
        except queue.Empty:
            return None

    def waits_for(self, line):
        """Reads up to this line. Whether it came."""
        while (said := self.line()) is not None:
            if said == line:
                return True
        return False

    def tell(self):
        """A line, to who waits for one."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self):
        """So that it can do nothing about it."""
        self.process.kill()
        self.process.wait()

    def finish(self, seconds=PATIENCE):
        """Ends its input and waits for it: whether all went well."""
        self.process.stdin.close()
        try:
            return self.process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False

    def complaint(self):
        self.errors.seek(0)
        return self.errors.read()[-2000:].strip() or f"exit code {self.process.poll()}"

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


def run(place, program, *arguments, seconds=PATIENCE, cwd=None, environment=None):
    """Exit code and output of a program, errors included; None: it was not done in time."""
    command = place.command(program, *arguments)
    # A file and no pipe: whatever a program leaves running would keep a pipe open.
    with tempfile.TemporaryFile(mode="w+", errors="replace") as said:
        try:
            code = subprocess.run(command, env=environment or place.environment(), cwd=cwd,
                                  timeout=seconds, stdin=subprocess.DEVNULL, stdout=said, stderr=said).returncode
        except subprocess.TimeoutExpired:
            code = None
        said.seek(0)
        return code, said.read()


def act(place, *role, seconds=PATIENCE):
    return run(place, place.program("across"), *role, seconds=seconds)


def within(seconds, is_so):
    """How long it took until it was so; None: not in time."""
    start = time.monotonic()
    while not is_so():
        if time.monotonic() - start > seconds:
            return None
        time.sleep(0.001)
    return time.monotonic() - start
