"""A server of one kind, a client of another: everything that two sides say to one another."""

import re
import time

from . import kinds, machine, peers

ROLES = ["calls", "one_way", "errors", "panics", "events", "deadlines", "limits", "half_close", "pieces",
         "leaves", "at_once"]


def talk(checks, server, client, roles=ROLES):
    name = f"{server.name}-{client.name}"
    what = f"{server.name} serves, {client.name} calls"
    # The client is there first, and waits.
    with peers.Peer(client, "calls", name) as early:
        time.sleep(0.2)
        with peers.Peer(server, "serve", name) as serving:
            if not checks.that(serving.line() == "serving", f"{what}: published", serving.complaint):
                return
            checks.that(early.finish(), f"{what}: waited for", early.complaint)
            for role in roles:
                start = time.monotonic()
                code, said = peers.act(client, role, name)
                took = f"{time.monotonic() - start:.2f} s"
                checks.that(code == 0, f"{what}: {role}", took if code == 0 else f"exit code {code}: {said[-2000:]}")
            checks.that(serving.finish(), f"{what}: ended", serving.complaint)
            left = peers.MEETING / "ipc" / f"{name}.ipc"
            checks.that(not left.exists(), f"{what}: the endpoint file is gone")
    code, said = peers.act(client, "nobody", name)
    checks.that(code == 0, f"{what}: nobody serves any more", lambda: said)
    kinds.talk(checks, server, client)


def loader(checks, server, client):
    """The examples, around a folder of mods that each side names in its own way."""
    commands = [" ".join(place.command(place.program(f"examples/loader_{side}")))
                for place, side in ((server, "server"), (client, "client"))]
    environment = server.environment() | client.environment()
    what = f"examples: {server.name} loader_server, {client.name} loader_client"
    code, said = peers.run(Script(environment), machine.ROOT / ".ci" / "loader", *commands, seconds=120)
    checks.that(code == 0, what, lambda: said)


class Script(peers.Place):
    def __init__(self, environment):
        super().__init__("script", "", ["bash"])
        self.all = environment

    def environment(self):
        return self.all


def tests(checks, place, programs, names, cwd=machine.ROOT / "tests", seconds=300, arguments=()):
    """Runs test programs; each is one check."""
    for name in names:
        if not checks.that(name in programs, f"{place.name}: tests of {name} built"):
            continue
        start = time.monotonic()
        code, said = peers.run(place, programs[name], *arguments, seconds=seconds, cwd=cwd)
        ran = re.search(r"test result: ok\. ([1-9]\d*) passed", said)
        checks.that(code == 0 and ran, f"{place.name}: tests of {name}",
                    f"{ran[1]} tests, {time.monotonic() - start:.1f} s" if ran else said[-3000:])
