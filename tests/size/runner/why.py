"""What the bytes of a subject are spent on, and what changed since the last bless.

cargo-bloat counts; a function inlined into another is counted with that one, so a handler that
runs on the server thread may stand under `std`, in the closure that the thread starts with.
"""

import json
import subprocess
from collections import Counter

from . import recipe

FOLDER = recipe.HERE / "why"
REST = ("", "padding, and code without a symbol")


def measure(subject):
    """({(crate, function): bytes}, .text) of the Linux build at opt-level 3."""
    text = recipe.output(
        "cargo", "+web", "bloat", *recipe.STD, "--target", recipe.TARGETS[recipe.LINUX],
        "--profile", recipe.LEVELS["3"], "--bin", subject, "-n", "0", "--message-format", "json",
        stderr=subprocess.DEVNULL, cwd=recipe.SUBJECTS, env=recipe.recipe_environment())
    report = json.loads(text)
    functions = Counter()
    for f in report["functions"]:
        functions[f.get("crate", ""), f["name"]] += f["size"]
    functions[REST] = report["text-section-size"] - functions.total()
    return functions, report["text-section-size"]


def read(subject):
    functions = Counter()
    path = FOLDER / f"{subject}.txt"
    for line in path.read_text().splitlines() if path.exists() else []:
        size, crate, name = line.split(maxsplit=2)
        functions["" if crate == "-" else crate, name] = int(size)
    return functions


def write(subject, functions):
    FOLDER.mkdir(exist_ok=True)
    rows = sorted(functions.items(), key=lambda row: (-row[1], row[0]))
    lines = [f"{size:6} {crate or '-'} {name}\n" for (crate, name), size in rows if size]
    (FOLDER / f"{subject}.txt").write_text("".join(lines))


def by_crate(functions):
    crates = Counter()
    for (crate, _), size in functions.items():
        crates[crate or "-"] += size
    return crates


def show(subject):
    now, text = measure(subject)
    blessed = read(subject)
    print(f"{subject}: {text:,} bytes of .text, opt-level 3; change is against the last bless\n")
    compare(by_crate(now), by_crate(blessed), str)
    print()
    compare(now, blessed, lambda row: f"{row[0] or '-':12} {row[1]}")


def compare(now, blessed, label):
    print(f"{'bytes':>7} {'change':>7}")
    for row in sorted(now | blessed, key=lambda row: (-now[row], -blessed[row], row)):
        change = now[row] - blessed[row]
        print(f"{now[row]:7,} {f'{change:+,}' if change else '':>7} {label(row)}")
