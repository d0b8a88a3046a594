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
    """Bytes of memory that no other process shares."""


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


def private_bytes(pid):
    """Of a process that is alive: its idle memory, when it idles."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * sum(int(n) for n in re.findall(r"^Private_(?:Clean|Dirty): +(\d+) kB", text, re.M))


def thread_stack(pid):
    """The mapping right above a guard page is the stack of a thread."""
    text = Path(f"/proc/{pid}/smaps").read_text()
    mappings = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) .*\n(?:[A-Z].*\n)*?Rss: +(\d+) kB", text, re.M)
    below = (0, 0, "")
    for low, high, rights, resident in mappings:
        low, high = int(low, 16), int(high, 16)
        if rights == "rw-p" and below[1] - below[0] == PAGE and below[1:] == (low, "---p"):
            with open(f"/proc/{pid}/mem", "rb") as memory:
                memory.seek(low)
                content = memory.read(high - low)
            return int(resident) * 1024, len(content.lstrip(b"\0"))
        below = (low, high, rights)
    return 0, 0
