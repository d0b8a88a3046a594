"""What a call asks of the system in Wine: what the Windows side sends, reads and waits for, by Wine's own trace.

Counts, not times. Each is that of many calls without that of few, so that what is done once is not in it, but for one
or two more or less that the start of a program takes: a tenth of a call is what is told apart.
"""

import re

from platforms import peers

# Reads, writes and what asks for events are the first of these; the others are what a loop waits with. That a read
# which blocks has to wait is no call of ours.
CALLS = re.compile(r"Call ntdll\.(NtDeviceIoControlFile|NtRemoveIoCompletion|NtSetIoCompletion|NtCancelIo)")
# A read and a write.
BLOCKING = 2
# Besides: the read that finds nothing more, to ask what comes next, and to wait for it.
LOOP = 5
SERVERS = {"Server": (["serve"], LOOP), "ThreadedServer": (["serve_by", "threads"], BLOCKING)}


def gate(checks, place):
    """No call takes more than it has to, and nothing is done between calls."""
    count = of_client(place, "speed")
    checks.that(count == BLOCKING, f"{place.name}: socket calls of a call, Connection", f"{count} of {BLOCKING}")
    for name, (role, most) in SERVERS.items():
        count = of_server(place, role, paced)
        # A server that comes late finds the next call there, and is spared the wait.
        checks.that(0 < count <= most, f"{place.name}: socket calls of a call, {name}", f"{count} of {most}")


def of_client(place, role, times=(40, 440)):
    """A call's, made in this role to a native server."""
    few, many = (traced_client(place, role, n) for n in times)
    return round((many - few) / (times[1] - times[0]), 1)


def traced_client(place, role, n):
    name = f"counts-{place.name}"
    with peers.Peer(peers.NATIVE, "serve", name) as serving:
        serving.waits_for("serving")
        code, said = peers.act(traced(place), role, name, n)
        serving.finish()
    return len(CALLS.findall(said)) if code == 0 else float("nan")


def of_server(place, role, client):
    """A call's, made by this native client: `client(name, long)` makes calls and returns how many."""
    (few, a), (many, b) = (traced_server(place, role, client, long) for long in (False, True))
    return round((many - few) / (b - a), 1)


def traced_server(place, role, client, long):
    name = f"counts-{place.name}"
    with peers.Peer(traced(place), *role, name) as serving:
        serving.waits_for("serving")
        calls = client(name, long)
        serving.finish()
        serving.errors.seek(0)
        return len(CALLS.findall(serving.errors.read())), calls


def paced(name, long):
    """A call a millisecond."""
    with peers.Peer(peers.NATIVE, "honest", name) as calling:
        calling.waits_for("calling")
        calling.line(1.2 if long else 0.2)
        calling.process.stdin.close()
        return int(calling.line().split()[0])


def at_once(name, long):
    """The next call as soon as the last one is answered."""
    calls = 1600 if long else 160
    code, _ = peers.act(peers.NATIVE, "speed", name, calls)
    return calls if code == 0 else float("nan")


def traced(place):
    variables = place.variables | {"WINEDEBUG": "+relay"}
    return peers.Place(place.name, place.target, place.start, place.suffix, variables)
