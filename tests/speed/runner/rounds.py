"""What is timed: every system in every round, and what came of it as ratios within a round.

The machine may be busy with other things, so that a time by itself says little; what the systems took in
the same round, one after the other, says how they compare.
"""

import contextlib
import statistics
import tempfile
from dataclasses import dataclass

from .systems import BASE, FLOORS, ONE_CALL, OURS, PEERS, Pair

KIB = 1024


@dataclass(frozen=True)
class Measure:
    name: str
    placement: str
    # What the client is asked.
    command: tuple
    goal: float | None = None
    # What may be asked of rivals too.
    peers: bool = True


MEASURES = [
    Measure("add", "same", ("add", 600), 1.05),
    Measure("add", "cross", ("add", 300), 0.35),
    # A burst stays on the core where it began; of calls that go on the system moves one side away.
    Measure("add", "free", ("add", 300), 0.35),
    Measure("add that goes on", "free", ("add", 3000), 0.35),
    Measure("echo 1 KiB", "same", ("echo", KIB, 300), 1.06),
    Measure("echo 64 KiB", "same", ("echo", 64 * KIB, 100), 1.10),
    Measure("echo 1 MiB", "same", ("echo", KIB * KIB, 16), 1.15),
    Measure("echo 1 KiB", "cross", ("echo", KIB, 200), 1.06),
    Measure("echo 64 KiB", "cross", ("echo", 64 * KIB, 100), 1.10),
    Measure("echo 1 MiB", "cross", ("echo", KIB * KIB, 16), 1.15),
    Measure("64 in flight", "same", ("batch", 64, 48)),
    Measure("1024 in flight", "same", ("batch", 1024, 8)),
    Measure("64 in flight", "cross", ("batch", 64, 48)),
    Measure("1024 in flight", "cross", ("batch", 1024, 8)),
    Measure("32 clients", "free", ("crowd", 32, 60), 1.0, peers=False),
]
# Calls a second that many calls in flight are to reach.
RATE_GOALS = {"64 in flight": 2.5e6, "1024 in flight": 10e6}


@dataclass
class Figure:
    """The medians of all rounds, in nanoseconds; ratio is to the base in the same round."""
    nanos: float
    slowest: float
    ratio: float


def measure(rounds, with_peers):
    """{(measure, system): Figure}"""
    systems = [*OURS, *FLOORS] + (list(PEERS) if with_peers else [])
    figures = {}
    for placement in dict.fromkeys(measure.placement for measure in MEASURES):
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            pairs = {}
            for system in systems:
                pairs[system] = Pair(system, placement, folder)
                stack.callback(pairs[system].close)
            for one in MEASURES:
                if one.placement == placement:
                    figures |= rounds_of(one, pairs, rounds)
    return figures


def rounds_of(one, pairs, rounds):
    left_out = [] if one.peers else list(PEERS)
    left_out += ONE_CALL if one.command[0] == "batch" else []
    asked = {system: pair for system, pair in pairs.items() if system not in left_out}
    seen = {system: [] for system in asked}
    for number in range(rounds):
        # Nobody is always the first.
        order = list(asked)
        for system in order[number % len(order):] + order[:number % len(order)]:
            seen[system].append(asked[system].ask(*one.command))
    base = [half for half, _ in seen[BASE]]
    return {(one, system): Figure(
        statistics.median(half for half, _ in times),
        statistics.median(slow for _, slow in times),
        statistics.median(half / floor for (half, _), floor in zip(times, base)),
    ) for system, times in seen.items()}


def growth(quick):
    """[(idle connections, ratio of a call to one of raw TCP with none)]"""
    steps = [0, 100, 1000] if quick else [0, 100, 1000, 5000, 10_000]
    rounds = 5 if quick else 15
    rows, there = [], 0
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        pairs = [Pair(system, "same", folder) for system in ("ours", BASE)]
        for pair in pairs:
            stack.callback(pair.close)
        ours, base = pairs
        for step in steps:
            ours.ask("idle", step - there)
            there = step
            ratios = [ours.ask("add", 300)[0] / base.ask("add", 300)[0] for _ in range(rounds)]
            rows.append((step, statistics.median(ratios)))
    return rows


def fairness(quick):
    """{system: (99th of 100 calls alone, and beside a client that never pauses)}, in nanoseconds."""
    rounds = 3 if quick else 9
    seen = {}
    for system in ("ours", "mio"):
        with tempfile.TemporaryDirectory() as folder:
            pair = Pair(system, "free", folder)
            alone = statistics.median(pair.ask("add", 300)[1] for _ in range(rounds))
            pair.ask("noise")
            beside = statistics.median(pair.ask("add", 300)[1] for _ in range(rounds))
            pair.ask("quiet")
            pair.close()
            seen[system] = alone, beside
    return seen

