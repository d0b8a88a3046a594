"""A server under Wine whose process is told to end, and cleans up first."""

import os
import pty
import select
import signal
import subprocess

from platforms import peers


def by_signal(checks, place, client=peers.NATIVE):
    """Wine makes ctrl-c of SIGINT."""
    name = f"told-{place.name}"
    what = f"{place.name}: a server that is told to end by SIGINT"
    file = peers.MEETING / "ipc" / f"{name}.ipc"
    with peers.Peer(place, "serve_until_told", name) as serving:
        code, said = None, "it does not serve"
        if serving.line() == "serving":
            code, said = peers.act(client, "calls", name)
        checks.that(code == 0 and file.exists(), f"{what}: serves", lambda: said + serving.complaint())
        serving.process.send_signal(signal.SIGINT)
        stopped = serving.line(10) == "stopped" and serving.finish()
        checks.that(stopped and not file.exists(), f"{what}: ends in good order", serving.complaint)


def by_console(checks, place):
    """Ctrl-c as Windows programs have it. Wine makes a console of a terminal."""
    name = f"console-{place.name}"
    ours, theirs = pty.openpty()
    command = place.command(place.program("across"), "tell_to_end", name)
    with subprocess.Popen(command, env=place.environment() | {"TERM": "xterm"}, stdin=theirs, stdout=theirs,
                          stderr=theirs, start_new_session=True) as serving:
        os.close(theirs)
        said = until_closed(ours)
        if peers.within(10, lambda: serving.poll() is not None) is None:
            serving.kill()
        code = serving.wait()
    gone = not (peers.MEETING / "ipc" / f"{name}.ipc").exists()
    checks.that(code == 0 and "stopped" in said and gone, f"{place.name}: a server that its console tells to end",
                lambda: said)


def until_closed(terminal):
    """All that is written to it, until nobody has it open any more, or says anything."""
    said = b""
    try:
        while select.select([terminal], [], [], peers.PATIENCE)[0]:
            said += os.read(terminal, 4096)
    except OSError:
        pass
    os.close(terminal)
    return said.decode(errors="replace")
