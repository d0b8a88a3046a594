"""The subjects of ours, and how each is run."""

import subprocess

from . import recipe

FLOORS = ["empty", "std_echo", "mio_echo"]
OURS = ["bare", "trusted"]
NAMES = [*FLOORS, "by_hand", *OURS, "client", "server", "plus10", "full"]
# Those with a server thread whose stack is looked at.
WATCHED = ["mio_echo", "by_hand", *OURS]


def present():
    """Those that are written."""
    written = {path.stem for path in recipe.SUBJECTS.glob("src/bin/*")}
    return [name for name in NAMES if name in written]


def trouble(folder, subject):
    """Runs it; None when it exits with 0, which it does only when every answer was right."""
    try:
        code = subprocess.run([folder / subject], timeout=20, check=False).returncode
    except subprocess.TimeoutExpired:
        return "it does not end"
    return None if code == 0 else f"it exits with {code}"


def by_hand_is_honest():
    """Whether the yardstick passes its own tests: partial reads, caps, faults, several clients."""
    tests = subprocess.run(["cargo", "test", "--quiet", "--locked", "--test", "by_hand"], cwd=recipe.SUBJECTS,
                           env=recipe.environment(CARGO_TARGET_DIR=str(recipe.OUT)), stdout=subprocess.DEVNULL)
    return tests.returncode == 0


def idle_memory(folder):
    """Private bytes of the server alone, before its first client; None while it is not written."""
    return None
