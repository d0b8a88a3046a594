"""What is counted, and fails a run when it grows: system calls, allocations, bytes, instructions."""

import re
import subprocess
import tempfile
from pathlib import Path

from . import build

FILE = build.HERE / "budget.txt"
HEAD = """\
# What a call may cost, exactly. Written by `tests/speed/run --bless`, kept by `tests/speed/run`.
# System calls of both sides; heap allocations of both sides; bytes; instructions that callgrind counts,
# which belong to the compiler that is named above them.
"""
# Whatever is blessed: goals that are reached and stay so.
LIMITS = {"syscalls of a call": 5, "syscalls of 64 calls in flight": 5, "allocations of a call": 0,
          "bytes of an idle connection": 300}
# The C library picks its way of copying by the processor, so that instructions differ a little.
SLACK = 1.01
ANY = "any compiler"


def count():
    """{section: {what: figure}}"""
    return {ANY: syscalls() | heap() | encoded(), build.compiler(): instructions()}


def heap():
    lines = (build.output("exact", "heap") + build.output("exact", "idle")).split()
    seen = dict(zip(lines[::2], map(int, lines[1::2])))
    # Two methods each time, a thousand times.
    return {"allocations of a call": seen["call"] / 2000, "allocations of 64 calls in flight": seen["batch"],
            "bytes of an idle connection": seen["idle"]}


def encoded():
    for line in build.output("codec", "time", 1).splitlines():
        name, *figures = line.split("\t")
        if name == "ours":
            return {"bytes of 50 mods": int(figures[-1])}
    return {}


def instructions():
    runs = {"a call, in memory": ("exact", "path", 200), "encode 50 mods": ("codec", "count", "encode", 20),
            "decode 50 mods": ("codec", "count", "decode", 20), "borrow 50 mods": ("codec", "count", "view", 20)}
    return {f"instructions: {what}": round(callgrind(*run) / run[-1]) for what, run in runs.items()}


def callgrind(name, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--toggle-collect=*counted*",
             build.binary(name), *map(str, arguments)], capture_output=True, text=True, timeout=120)
    collected = re.search(r"Collected : (\d+)", ran.stderr)
    assert ran.returncode == 0 and collected, ran.stderr
    return int(collected[1])


def syscalls():
    return {"syscalls of a call": per_time("add"), "syscalls of 64 calls in flight": per_time("batch 64")}


def per_time(command):
    """How many on both sides together, each time that the command does what it does."""
    few, many = 80, 480
    counted = [traced(f"{command} {times}") for times in (few, many)]
    # One in eight more warms up.
    return round((sum(counted[1].values()) - sum(counted[0].values())) / ((many - few) * 9 / 8), 2)


def traced(command):
    """{system call: how often}, of a client that is given one command and of its server. Who waits awake
    looks as often as there is time to."""
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        def trace(side, *arguments):
            return subprocess.Popen(
                ["strace", "-f", "-c", "-o", f"{folder}/{side}", build.binary("bench"), *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        server = trace("server", "serve", "ours_sleep")
        address = server.stdout.readline().strip()
        client = trace("client", "call", "ours_sleep", address)
        client.communicate(command + "\n", timeout=60)
        server.communicate(timeout=60)
        for side in ("server", "client"):
            for line in Path(folder, side).read_text().splitlines():
                words = line.split()
                if len(words) >= 5 and words[3].isdigit() and words[-1] != "total":
                    counts[words[-1]] = counts.get(words[-1], 0) + int(words[3])
    return counts


def read():
    sections, section = {}, None
    for line in FILE.read_text().splitlines() if FILE.exists() else []:
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            what, figure = line.rsplit(maxsplit=1)
            section[what] = float(figure)
    return sections


def write(sections):
    text = HEAD
    for name, figures in sections.items():
        text += f"\n[{name}]\n" + "".join(f"{what:44}{figure:>10g}\n" for what, figure in figures.items())
    FILE.write_text(text)


def hold(counted, checks, bless):
    """One check for each figure; prints them."""
    budgets = read()
    if bless:
        budgets |= counted
        write(budgets)
    print(f"\n{'counted':44}{'now':>10}{'budget':>10}{'limit':>8}")
    for section, figures in counted.items():
        for what, figure in figures.items():
            budget, limit = budgets.get(section, {}).get(what), LIMITS.get(what)
            print(f"{what:44}{figure:>10g}{'none' if budget is None else f'{budget:g}':>10}"
                  f"{'' if limit is None else f'{limit:g}':>8}")
            if budget is None:
                checks.that(False, f"{what}: {figure:g}, and no budget for it with {section}: run --bless")
                continue
            slack = SLACK if what.startswith("instructions") else 1
            checks.that(figure <= budget * slack, f"{what}: {figure:g}, the budget is {budget:g}")
            if limit is not None:
                checks.that(figure <= limit, f"{what}: {figure:g}, the limit is {limit:g}")
