"""Wine 8 of this system and Wine 10 beside it, each with a prefix and a server of its own."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from platforms import machine, peers

WIN64 = "x86_64-win7-windows-gnu"
WIN32 = "i686-win7-windows-gnu"
WINE64 = "/usr/lib/wine/wine64"
# A system of Debian 13, which has Wine 10 for both word sizes. It takes a minute and 2 GB.
TREE = Path(os.environ.get("WINE10_TREE", "/opt/wine10"))
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
# In mounts of its own, of which nothing is left: the tree could be removed and nothing with it.
WITHIN = """
mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && mkdir -p "$0$1" && mount --bind "$1" "$0$1" || exit 1
tree=$0; shift
exec chroot "$tree" "$@"
"""


class Wine:
    """A prefix that nobody else has, and its server, which this program has started."""

    def __init__(self, name, start):
        self.name, self.start = name, start
        self.prefix = machine.OUT / f"prefix-{name}"
        self.variables = {
            # Few of all cases that a test thinks of: they are no others here.
            "PROPTEST_CASES": "16",
            "WINEPREFIX": str(self.prefix), "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=d;explorer.exe=d"}
        self.server = None

    def place(self, bits=64):
        target = WIN64 if bits == 64 else WIN32
        name = self.name if bits == 64 else f"{self.name}-32"
        # Where there is a Wine for 32 bits too, `wine` is that one, and a program of 64 bits only its child.
        loader = WINE64 if bits == 64 else "wine"
        return peers.Place(name, target, [*self.start, loader], ".exe", self.variables)

    def __enter__(self):
        """Starts the server first: a program that starts it hands its own output on to it."""
        self.prefix.mkdir(mode=0o700, exist_ok=True)
        environment = self.place().environment()
        nothing = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen([*self.start, "wineserver", "-f", "-p"], env=environment, **nothing)
        for command in (["wineboot", "-i"], ["wine", "cmd", "/c", "exit"]):
            # Whether it worked is seen by what is run in it.
            subprocess.run([*self.start, "timeout", "-k", "5", "150", *command], env=environment, **nothing)
        return self

    def __exit__(self, *_):
        self.server.send_signal(signal.SIGCONT)
        # At any other signal it leaves the prefix's own services behind, for ever.
        self.server.send_signal(signal.SIGINT)
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            self.server.kill()

    def version(self):
        code, said = peers.run(peers.Place(self.name, "", self.start, variables=self.variables), "wine", "--version")
        return said.strip().splitlines()[-1] if code == 0 else None


def wine8():
    machine.install({"/usr/bin/wine": "wine", WINE64: "wine64",
                     "/usr/bin/x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64",
                     "/usr/bin/x86_64-w64-mingw32-objdump": "binutils-mingw-w64-x86-64"})
    return Wine("wine8", [])


def wine10():
    """It, or why there is none."""
    try:
        machine.install({"/usr/bin/i686-w64-mingw32-gcc": "gcc-mingw-w64-i686"})
        if not (TREE / "usr" / "bin" / "wine").exists():
            make_tree()
    except (subprocess.CalledProcessError, OSError, LookupError) as error:
        return None, f"no Debian 13 beside this system: {error}"
    wine = Wine("wine10", ["unshare", "--mount", "--propagation", "private", "sh", "-c", WITHIN, str(TREE),
                           str(machine.OUT)])
    version = wine.version()
    return (wine, "") if version else (None, "what is in the tree cannot be run: no mounts, no chroot")


def make_tree():
    machine.install({"/usr/bin/mmdebstrap": "mmdebstrap", KEYS: "debian-archive-keyring"})
    # From where this system itself is installed.
    sources = [path.read_text() for path in Path("/etc/apt").glob("sources.list*/**/*") if path.is_file()]
    found = re.search(r"^(?:URIs:|deb(?: \[.*?\])?)\s+(\S+/debian)/?(?:\s|$)", "\n".join(sources), re.MULTILINE)
    if not found:
        raise LookupError("this system is not installed from a Debian mirror")
    unfinished = TREE.with_name(f"{TREE.name}.{os.getpid()}")
    try:
        machine.say_and_run(
            "timeout", "-k", "10", "400", "mmdebstrap", "--quiet", "--mode=root", "--variant=apt",
            "--architectures=amd64,i386", "--aptopt=APT::Install-Recommends \"0\"",
            "--include=wine,wine64,wine32:i386", "trixie", str(unfinished),
            f"deb [signed-by={KEYS}] {found[1]} trixie main")
        unfinished.rename(TREE)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
