"""Draws size.svg: .text of our subjects, of an RPC by hand, and of the rivals."""

from . import peers, recipe

FILE = recipe.HERE / "size.svg"
# Which of our subjects, and what a reader of the README calls them.
SUBJECTS = {
    "mio_echo": "mio echo: no RPC at all",
    "by_hand": "mio RPC by hand, two methods",
    "bare": "this library, no key",
    "trusted": "this library, the default path",
}
OURS = {"bare", "trusted"}
ROW, LABELS, BARS, FIGURES = 24, 300, 440, 120

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 } .note { fill: #57606a }
  .bar { fill: #afb8c1 } .floor { fill: #6e7781 } .ours { fill: #1f883d }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #8d96a0 } .bar { fill: #484f58 } .floor { fill: #8d96a0 } .ours { fill: #3fb950 }
  }
"""


def draw(budgets):
    rows = collect(budgets)
    widest = max(at_3 for _, at_3, _, _ in rows)
    width, height = LABELS + BARS + FIGURES, 60 + ROW * len(rows)
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
           f"<style>{STYLE}</style>",
           '<text class="title" x="8" y="20">Code of a client and a server with two methods, in one binary</text>',
           '<text class="note" x="8" y="40">KiB of .text, x86_64 Linux, fat LTO, std built in: at opt-level 3, and at z</text>']
    for i, (label, at_3, at_z, kind) in enumerate(rows):
        y = 52 + ROW * i
        bar = max(2, BARS * at_3 / widest)
        svg += [f'<text x="{LABELS - 8}" y="{y + 16}" text-anchor="end">{label}</text>',
                f'<rect class="{kind}" x="{LABELS}" y="{y + 3}" width="{bar:.1f}" height="{ROW - 6}" rx="2"/>',
                f'<text x="{LABELS + bar + 6:.1f}" y="{y + 16}">{at_3 / 1024:.1f}'
                f'<tspan class="note" dx="4">/ {at_z / 1024:.1f}</tspan></text>']
    svg.append("</svg>\n")
    FILE.write_text("\n".join(svg))


def collect(budgets):
    """(label, bytes at 3, bytes at z, kind of bar), slimmest first; of the last compiler blessed."""
    block = list(budgets.values())[-1]
    rows = []
    for subject, label in SUBJECTS.items():
        at_3, at_z = (block.get((subject, recipe.LINUX, level)) for level in recipe.LEVELS)
        if at_3 and at_z:
            rows.append((label, at_3, at_z, "ours" if subject in OURS else "floor"))
    rows += [(peer.what, peer.at_3, peer.at_z, "bar") for peer in peers.read()]
    return sorted(rows, key=lambda row: row[1])
