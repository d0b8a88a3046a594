"""Draws speed.svg from figures.txt: a call against raw TCP, ours, the floors and rivals."""

from . import build, figures, systems

FILE = build.HERE / "speed.svg"
ROWS = ["ours", "ours_sleep", "ours_unix", "mio", "unix", *systems.PEERS]
PANELS = [("add", "same", "one call, client and server on one core"),
          ("add", "cross", "one call, on two cores"),
          ("echo 1 MiB", "cross", "1 MiB there and back, on two cores"),
          ("64 in flight", "cross", "64 calls in flight, for each")]
ROW, LABELS, BARS, FIGURES = 20, 190, 380, 160
WIDEST = 3.0

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 } .note { fill: #57606a }
  .bar { fill: #afb8c1 } .floor { fill: #6e7781 } .ours { fill: #1f883d } .one { stroke: #57606a; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #8d96a0 } .bar { fill: #484f58 } .floor { fill: #8d96a0 } .ours { fill: #3fb950 }
    .one { stroke: #8d96a0 }
  }
"""


def draw():
    seen, y, body = figures.read(), 52, []
    for what, where, title in PANELS:
        body.append(f'<text class="title" x="8" y="{y + 16}">{title}</text>')
        top, y = y + 22, y + 24
        for name in ROWS:
            if (what, where, name) in seen:
                body += row(name, *seen[what, where, name], y)
                y += ROW
        one = LABELS + BARS / WIDEST
        body.append(f'<line class="one" x1="{one:.1f}" x2="{one:.1f}" y1="{top}" y2="{y}"/>')
        y += 12
    width = LABELS + BARS + FIGURES
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}">',
           f"<style>{STYLE}</style>",
           '<text class="title" x="8" y="20">What a call takes, against raw blocking TCP in the same round</text>',
           '<text class="note" x="8" y="40">1 is raw TCP, the dashed line; two processes, medians; microseconds behind it</text>',
           *body, "</svg>\n"]
    FILE.write_text("\n".join(svg))


def row(name, ratio, nanos, y):
    kind = "ours" if name in systems.OURS else "floor" if name in systems.FLOORS else "bar"
    bar = max(2, BARS * min(ratio, WIDEST) / WIDEST)
    beyond = " →" if ratio > WIDEST else ""
    return [f'<text x="{LABELS - 8}" y="{y + 14}" text-anchor="end">{figures.LABELS[name]}</text>',
            f'<rect class="{kind}" x="{LABELS}" y="{y + 2}" width="{bar:.1f}" height="{ROW - 4}" rx="2"/>',
            f'<text x="{LABELS + bar + 6:.1f}" y="{y + 14}">{ratio:.2f}{beyond}'
            f'<tspan class="note" dx="4">{nanos / 1000:.2f} µs</tspan></text>']
