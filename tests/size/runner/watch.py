"""Runs a program to its exit and looks at its memory there, before the kernel takes it back.

The program is the very one that is budgeted, with no measuring code in it: it is traced, and stops
at its exit event. No page that it touched has left its stack mapping by then.
"""

import ctypes
import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path

TRACEME, CONT, SETOPTIONS = 0, 7, 0x4200
OPTION_TRACEEXIT, EVENT_EXIT = 0x40, 6
PAGE = os.sysconf("SC_PAGE_SIZE")

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] * 4
libc.ptrace.restype = ctypes.c_long


@dataclass
class Watched:
    code: int
    """What it exited with."""
    stack: int
    """Bytes of the pages that its one thread's stack touched, thread-local data included; 0 without a thread."""
    depth: int
    """Bytes from the top of that stack to the lowest that is not zero."""
    private: int
    """Bytes that it alone keeps in memory, see `private_bytes`."""


def ptrace(request, pid, data):
    if libc.ptrace(request, pid, 0, data) == -1:
        raise OSError(ctypes.get_errno(), f"ptrace({request:#x}) is refused here")


def watch(path, timeout=20):
    pid = os.fork()
    if pid == 0:
        try:
            ptrace(TRACEME, 0, 0)
            os.execv(path, [str(path)])
        finally:
            os._exit(127)
    os.waitpid(pid, 0)  # stopped by its exec
    ptrace(SETOPTIONS, pid, OPTION_TRACEEXIT)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.alarm(timeout)
    try:
        ptrace(CONT, pid, 0)
        while True:
            _, status = os.waitpid(pid, 0)
            if not os.WIFSTOPPED(status):
                return Watched(os.waitstatus_to_exitcode(status), 0, 0, 0)  # killed
            if status >> 16 == EVENT_EXIT:
                break
            ptrace(CONT, pid, os.WSTOPSIG(status))
        stack, depth = thread_stack(pid)
        private = private_bytes(pid)
        ptrace(CONT, pid, 0)
        _, status = os.waitpid(pid, 0)
    finally:
        signal.alarm(0)
    return Watched(os.waitstatus_to_exitcode(status), stack, depth, private)


@dataclass
class Mapping:
    low: int
    high: int
    rights: str
    path: str
    bytes: dict
    """Resident, Private_Clean and so on, in bytes."""


def mappings(pid):
    found = []
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if head := re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", line):
            low, high, rights, path = head.groups()
            found.append(Mapping(int(low, 16), int(high, 16), rights, path, {}))
        elif figure := re.match(r"(\w+): +(\d+) kB", line):
            found[-1].bytes[figure[1]] = int(figure[2]) * 1024
    return found


def private_bytes(pid):
    """What the process alone keeps in memory: all that it wrote, and the unwritten pages of its own
    file. Those of libraries are left out: whether they are shared depends on what else runs."""
    program = os.readlink(f"/proc/{pid}/exe")
    return sum(m.bytes["Private_Dirty"] + (m.bytes["Private_Clean"] if m.path == program else 0)
               for m in mappings(pid))


def thread_stack(pid):
    """The mapping right above a guard page is the stack of a thread: bytes touched, and depth."""
    found = mappings(pid)
    for guard, stack in zip(found, found[1:]):
        if (guard.rights, guard.high - guard.low, guard.high, stack.rights) == ("---p", PAGE, stack.low, "rw-p"):
            with open(f"/proc/{pid}/mem", "rb") as memory:
                memory.seek(stack.low)
                content = memory.read(stack.high - stack.low)
            return stack.bytes["Rss"], len(content.lstrip(b"\0"))
    return 0, 0
