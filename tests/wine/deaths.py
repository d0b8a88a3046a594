"""One side dies, or behaves as if it had, and the other is of another kind."""

import signal
import time

from platforms import peers

# Milliseconds after which a server gives up on half a frame, in place of its 10 seconds.
STALL = 1000


def cut(checks, wine, server=peers.NATIVE):
    """R1: a client under Wine is killed after each byte of a handshake and three calls."""
    name, what = "cut", "R1: a client under Wine killed after every byte"
    times, lost = [], []
    with peers.Peer(server, "serve", name) as serving, peers.Peer(peers.NATIVE, "honest", name) as honest:
        if not checks.that(serving.waits_for("serving") and honest.waits_for("calling"), f"{what}: begun"):
            return
        before = serving.descriptors()
        said = None
        while said != "all" and len(times) < 1000:
            with peers.Peer(wine, "cut", name, len(times)) as client:
                said = client.line()
                if said not in ("all", "sent"):
                    checks.that(False, f"{what}: {len(times)} bytes", client.complaint)
                    return
                if peers.within(5, lambda: serving.descriptors() > before) is None:
                    lost.append(len(times))
                client.kill()
                times.append(peers.within(5, lambda: serving.descriptors() <= before))
            if times[-1] is None:
                checks.that(False, f"{what}: freed", f"not after {len(times) - 1} bytes")
                return
        checks.that(not lost, f"{what}: each was let in", lambda: f"not after {lost} bytes")
        taken = sorted(times)
        figures = f"{len(times)} times, median {taken[len(times) // 2] * 1000:.1f} ms, worst {taken[-1] * 1000:.1f} ms"
        # A second is more than the catalogue's 100 ms because a busy machine may pause either side.
        checks.that(taken[len(times) // 2] < 0.1 and taken[-1] < 1, f"{what}: freed in time", figures)
        ended = honest.finish()
        checks.that(ended, f"{what}: honest calls go on", honest.line() if ended else honest.complaint())
        checks.that(serving.finish(), f"{what}: the server ends well", serving.complaint)


def killed_server(checks, server, client):
    """A server is killed in mid call: the caller is told at once, and the name is free again."""
    name = f"killed-{server.name}-{client.name}"
    what = f"{server.name} server killed in mid call of {client.name}"
    with peers.Peer(server, "serve", name) as serving, peers.Peer(client, "wait", name, 30_000) as calling:
        ready = calling.waits_for("calling") and serving.waits_for("waiting")
        killed = time.monotonic()
        serving.kill()
        said = calling.line()
        took = (time.monotonic() - killed) * 1000
        checks.that(ready and calling.finish() and (said or "").startswith("Disconnected") and took < 2_000,
                    f"{what}: told", f"{said} ms, {took:.1f} ms after the kill")
    code, said = peers.act(client, "nobody", name)
    checks.that(code == 0, f"{what}: stale name, closed port (R37)", lambda: said)
    with peers.Peer(server, "serve", name) as serving:
        started = serving.line() == "serving"
        code, said = peers.act(client, "calls", name)
        checks.that(started and code == 0, f"{what}: another takes its name", lambda: said + serving.complaint())


def ends(checks, server, client):
    """R7: the connection is closed, or reset, under a call."""
    for end in ("closes", "resets"):
        name = f"{end}-{server.name}-{client.name}"
        with peers.Peer(server, "serve_and", end, name) as serving:
            started = serving.line() == "serving"
            code, said = peers.act(client, "wait", name, 5_000)
            checks.that(started and code == 0 and "Disconnected" in said,
                        f"R7: {server.name} {end} on {client.name}", lambda: said + serving.complaint())


def stopped_wineserver(checks, wine):
    """R4: who is killed while the wineserver is stopped leaves its sockets open: no end comes."""
    place, name = wine.place(), "stopped"
    with peers.Peer(peers.NATIVE, "serve", name, STALL) as serving, peers.Peer(peers.NATIVE, "honest", name) as honest:
        begun = serving.waits_for("serving") and honest.waits_for("calling")
        before = serving.descriptors()
        # In the middle of its second call.
        with peers.Peer(place, "cut", name, 32 + 16 + 33 + 10) as client:
            begun = begun and client.line() == "sent" and serving.descriptors() == before + 1
            wine.server.send_signal(peers.signal.SIGSTOP)
            try:
                client.kill()
                freed = peers.within(10, lambda: serving.descriptors() == before)
            finally:
                wine.server.send_signal(peers.signal.SIGCONT)
        ended = honest.finish()
        checks.that(begun and freed is not None and 0.3 < freed < 4, "R4: a client is freed by the stall time",
                    f"{freed and round(freed, 2)} s" if begun else "not even begun")
        checks.that(ended, "R4: honest calls go on", honest.line() if ended else honest.complaint())

    name = "stopped-server"
    with peers.Peer(place, "serve", name) as serving, peers.Peer(peers.NATIVE, "wait", name, 1_000) as calling:
        begun = calling.waits_for("calling") and serving.waits_for("waiting")
        wine.server.send_signal(peers.signal.SIGSTOP)
        try:
            serving.kill()
            said = calling.line(10)
        finally:
            wine.server.send_signal(peers.signal.SIGCONT)
        checks.that(begun and calling.finish() and (said or "").startswith("Deadline"),
                    "R4: a caller is freed by its deadline of 1 s", f"{said} ms")


def at_once(checks, wine, server, times):
    """R36: sixteen threads make the first sockets of a process, in many processes.

    Of some thousand processes Wine 8 does not start one, and ends another by SIGSEGV, whether it is of this library or
    not (PLATFORMS.md, "Traps"). Another takes its place, once in a run, and never in a run of fewer than a hundred.
    Whatever a program says is a failure, and so is one that does not end.
    """
    name = f"at-once-{server.name}"
    with peers.Peer(server, "serve", name) as serving:
        started = serving.line() == "serving"
        failures, begun, lost = [], 0, 0
        while begun < times and lost <= min(1, times // 100):
            code, said = peers.act(wine, "at_once", name)
            if is_lost(code, said.strip()):
                lost += 1
                print(f"KNOWN   R36: {wine.name} lost a process: exit code {code}: {said}")
                continue
            begun += 1
            if code != 0:
                failures.append(f"exit code {code}: {said}")
        checks.that(started and begun == times and not failures, f"R36: 16 first sockets at once, {server.name} serves",
                    f"{len(failures)} of {begun}: {failures[0][-1000:]}" if failures else f"{begun} processes")


def is_lost(code, said):
    """Whether Wine ended a process, or did not start it. The first that a program does is to say that it begins."""
    if code == -signal.SIGSEGV:
        return said in ("", "begins")
    return code == 1 and (said == "" or said.startswith("wine client error"))


def no_folder(checks, wine):
    """Who is served under Wine cannot be kept private by Wine: the folder is not made there."""
    private = peers.MEETING / "empty"
    private.mkdir(mode=0o700)
    place = wine.place()
    place.variables = place.variables | {"XDG_RUNTIME_DIR": str(private)}
    code, said = peers.act(place, "serve", "alone")
    refused = code not in (0, None) and "no folder for endpoints" in said and not list(private.iterdir())
    checks.that(refused, "a server under Wine makes no folder of its own", lambda: said)
