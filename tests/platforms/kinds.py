"""Servers of every kind, and every kind of call that is not answered at once, between two sides of two kinds."""

import time
from concurrent import futures

from . import peers

# By the kind of server: what a client does with one of them, in this order.
KINDS = {
    "serve_all": ["deferred", "started", "cancels", "gone", "late", "late_raw", "callbacks", "kept", "subscribers",
                  "full", "missing", "own", "open_local HOW"],
    "serve_threads": ["calls", "errors", "events", "deferred", "started", "cancels", "kept", "threads"],
    "serve_spinning": ["spinning", "deferred"],
    "serve_host": ["frames", "slow_callback", "services", "goodbye"],
}
# Most of it is waiting, so that two at a time take half of it, and disturb each other little.
AT_ONCE = 2


def talk(checks, server, client):
    what = f"{server.name} serves, {client.name} calls"
    with futures.ThreadPoolExecutor(AT_ONCE) as pool:
        begun = [pool.submit(each, checks, server, client, f"{what}: {kind}", kind) for kind in KINDS]
        begun += [pool.submit(task, checks, server, client, what) for task in (until_alone, comes_back, handed_over)]
        for task in begun:
            task.result()


def each(checks, server, client, what, kind):
    name = f"{kind}-{server.name}-{client.name}"
    with peers.Peer(server, kind, name) as serving:
        if not checks.that(serving.line() == "serving", what, serving.complaint):
            return
        for role in KINDS[kind]:
            act(checks, client, role.replace("HOW", how(server, client)), name, f"{what}: {role.split()[0]}")
        checks.that(serving.finish(), f"{what}: ended", serving.complaint)
    checks.that(not (peers.MEETING / "ipc" / f"{name}.ipc").exists(), f"{what}: its file is gone")


def act(checks, client, role, name, what):
    start = time.monotonic()
    code, said = peers.act(client, *role.split(), name)
    took = f"{time.monotonic() - start:.2f} s"
    return checks.that(code == 0, what, took if code == 0 else f"exit code {code}: {said[-2000:]}")


def how(server, client):
    """Both sides ask for a Unix-domain socket. Windows programs have none, and TCP is what they get."""
    return "tcp" if ".exe" in (server.suffix, client.suffix) else "local"


def until_alone(checks, server, client, what):
    name = f"alone-{server.name}-{client.name}"
    # The client is there first: half a second without one is the end.
    with peers.Peer(client, "there", name) as there:
        time.sleep(0.2)
        with peers.Peer(server, "serve_until_alone", name) as serving:
            stayed = serving.line() == "serving" and there.finish()
            checks.that(stayed, f"{what}: a server stays while it is not alone", there.complaint)
            ended = serving.line(10) == "alone" and serving.finish()
            checks.that(ended, f"{what}: and ends when it is", serving.complaint)


def comes_back(checks, server, client, what):
    name = f"back-{server.name}-{client.name}"
    what = f"{what}: Reconnecting"

    def serve():
        return peers.Peer(server, "serve_all", name)

    with peers.Peer(client, "comes_back", name) as calling:
        with serve() as first:
            called = first.line() == "serving" and calling.line() == "called" and first.finish()
            checks.that(called, f"{what}: called, and the server ended", calling.complaint)
        calling.tell()
        with serve() as second:
            found = calling.line() == "calling" and second.waits_for("waiting")
            checks.that(found, f"{what}: the one that came for it was found", calling.complaint)
            second.kill()
        with serve() as third:
            repeated = calling.line() == "calling" and third.waits_for("waiting")
            checks.that(repeated and third.waits_for("waiting"), f"{what}: what may be repeated was", calling.complaint)
            third.kill()
            checks.that(calling.finish(), f"{what}: what may not was not", calling.complaint)


def handed_over(checks, server, client, what):
    """The server is its client's parent, and hands it the endpoint in a variable."""
    program = client.program("across")
    within_wine = server.suffix == ".exe"
    if within_wine and client.start not in ([], server.start):
        # One Wine starts no program of another, nor of an emulator.
        return
    command = [f"Z:{program}"] if within_wine else client.command(program)
    environment = client.environment() | server.environment()
    code, said = peers.run(server, server.program("across"), "launch", *command, "launched", environment=environment)
    called = code == 0 and "the child has called" in said
    checks.that(called, f"{what}: a child, by an endpoint in its environment", lambda: said)
