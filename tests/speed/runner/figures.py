"""The tables, and figures.txt, from which the plot is drawn and the README is written."""

from . import build, rounds, systems

FILE = build.HERE / "figures.txt"
HEAD = """\
# Medians of rounds in which every system had its turn: what it took against raw TCP in the same round, and
# nanoseconds, of one call. Written by `tests/speed/run`; the lines of rivals by `tests/speed/run --peers`.
"""
LABELS = systems.OURS | systems.FLOORS | systems.PEERS
PLACES = {"same": "same core", "cross": "two cores", "free": "unpinned"}


def show(seen):
    names = list(dict.fromkeys(system for _, system in seen))
    print("\nratio to raw TCP in the same round, by medians; below it microseconds of a call, at the median and the 99th of 100")
    print(f"{'':27}{'goal':>6}" + "".join(f"{LABELS[name].replace('this library', 'ours'):>19}" for name in names))
    for one in rounds.MEASURES:
        rows = [seen.get((one, name)) for name in names]
        goal = f"≤ {one.goal:g}" if one.goal else ""
        print(f"{one.name + ', ' + PLACES[one.placement]:27}{goal:>6}"
              + "".join(f"{f'{row.ratio:.2f}' if row else '-':>19}" for row in rows))
        print(" " * 33 + "".join(
            f"{f'{row.nanos / 1000:.2f} / {row.slowest / 1000:.2f}' if row else '':>19}" for row in rows))
    for one in rounds.MEASURES:
        if one.name in rounds.RATE_GOALS:
            print(f"calls a second, {one.name}, {PLACES[one.placement]}: " + ", ".join(
                f"{LABELS[name]} {1e3 / seen[one, name].nanos:.2f} M" for name in names if (one, name) in seen)
                + f"; the goal is {rounds.RATE_GOALS[one.name] / 1e6:g} M")


def show_growth(grown, fair):
    print("\na call beside idle connections, same core, ratio to raw TCP with none: "
          + ", ".join(f"{there:,}: {ratio:.2f}" for there, ratio in grown))
    for system, (alone, beside) in fair.items():
        print(f"{LABELS[system]}: the 99th of 100 calls {alone / 1000:.0f} µs alone, {beside / 1000:.0f} µs beside a client "
              "with 256 calls in flight that never pauses")


def show_codecs(text):
    rows = [line.split("\t") for line in text.splitlines()]
    best = [min(float(row[i]) for row in rows if row[0] in ("speedy", "wincode")) for i in (1, 2)]
    hand = next(float(row[3]) for row in rows if row[0] == "by hand")
    print(f"\n{'50 mods, nanoseconds':22}{'encode':>8}{'decode':>8}{'borrow':>8}{'bytes':>8}")
    for name, *figures in rows:
        print(f"{name:22}" + "".join(f"{figure if figure != '0' else '-':>8}" for figure in figures))
    ours = [float(figure) for figure in rows[0][1:]]
    print(f"ours: encode {ours[0] / best[0]:.2f} and decode {ours[1] / best[1]:.2f} of the better of speedy and wincode (goal 1.1), "
          f"borrow {ours[2] / hand:.2f} of by hand (goal 1.2)")


def write(seen, grown, codecs):
    """The rivals keep their lines when they were not measured."""
    lines = {key: value for key, value in read().items()}
    for (one, name), row in seen.items():
        lines[one.name, one.placement, name] = row.ratio, row.nanos
    for there, ratio in grown:
        lines[f"{there} idle", "same", "ours"] = ratio, 0
    for line in codecs.splitlines():
        name, *figures = line.split("\t")
        for what, figure in zip(["encode", "decode", "borrow", "bytes"], figures):
            lines[what, "codec", name.replace(" ", "_")] = float(figure), 0
    text = HEAD + f"\n{'measure':18}{'where':8}{'system':20}{'ratio':>10}{'nanos':>12}\n"
    for (what, where, name), (ratio, nanos) in lines.items():
        text += f"{what:18}{where:8}{name:20}{ratio:>10.2f}{nanos:>12.1f}\n"
    FILE.write_text(text)


def read():
    """{(measure, placement, system): (ratio, nanoseconds)}"""
    rows = {}
    for line in FILE.read_text().splitlines() if FILE.exists() else []:
        if line and not line.startswith(("#", "measure")):
            what, where, name, ratio, nanos = line[:18].strip(), *line[18:].split()
            rows[what, where, name] = float(ratio), float(nanos)
    return rows
