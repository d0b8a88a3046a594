"""Two processes of each system, and where they run."""

import subprocess

from . import build

# Ours first, then what a call cannot be faster than.
OURS = {"ours": "this library", "ours_sleep": "this library, no spin", "ours_unix": "this library, Unix socket"}
FLOORS = {"tcp": "raw TCP", "mio": "mio echo", "unix": "raw Unix socket"}
PEERS = {"tarpc": "tarpc", "capnp": "capnp-rpc", "tonic": "tonic", "message_io": "message-io", "zeromq": "zeromq",
         "ttrpc": "ttrpc (Unix)", "ipc_channel": "ipc-channel (Unix)"}
# A REQ socket has one call in flight, and a call of ttrpc's blocks its thread: nothing to ask of many at once.
ONE_CALL = ["zeromq", "ttrpc"]
BASE = "tcp"

# The cores of the client and of the server.
PLACEMENTS = {"same": (0, 0), "cross": (0, 1), "free": (None, None)}


class Pair:
    """A server and a client of one system, and the client's answers to commands."""

    def __init__(self, system, placement, folder):
        client, server = ([] if core is None else [str(core)] for core in PLACEMENTS[placement])
        program = build.binary("peers" if system in PEERS else "bench")
        environment = build.environment() | {"IPC_DIR": str(folder), "TMPDIR": str(folder)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1,
                 "env": environment}
        self.server = subprocess.Popen([program, "serve", system, *server], **pipes)
        address = self.server.stdout.readline().strip()
        self.client = subprocess.Popen([program, "call", system, address, *client], **pipes)
        assert self.client.stdout.readline().strip() == "ready", system

    def ask(self, *command):
        """The figures that a command gives: nanoseconds, the half's and the 99th's."""
        self.client.stdin.write(" ".join(map(str, command)) + "\n")
        answer = self.client.stdout.readline()
        assert answer, f"{command}: the client is gone"
        return [float(word) for word in answer.split()]

    def close(self):
        for process in (self.client, self.server):
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
