"""Plots as SVG text: dots on a logarithmic scale to compare, lines on two of them to show growth. Not a script.

Written by hand, without a library: the same numbers give the same bytes, text stays text, and a dark page is seen.
It knows nothing of what is plotted.
"""

import math
from xml.sax.saxutils import escape

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .dim { fill: #6e7781; font-size: 11px } .head { font-weight: 600 }
.grid { stroke: #d0d7de; stroke-width: 1 } .one { stroke: #6e7781; stroke-width: 1.5; stroke-dasharray: 4 3 }
.peer { fill: #8c959f; stroke: #8c959f } .ours { fill: #0969da; stroke: #0969da } .range { stroke-width: 3; stroke-opacity: .45; fill: none }
.c0 { fill: #0969da; stroke: #0969da } .c1 { fill: #cf222e; stroke: #cf222e } .c2 { fill: #1a7f37; stroke: #1a7f37 }
.c3 { fill: #9a6700; stroke: #9a6700 } .c4 { fill: #8250df; stroke: #8250df } .c5 { fill: #57606a; stroke: #57606a }
.line { fill: none; stroke-width: 2 } text.name { stroke: none; font-size: 11px }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .dim { fill: #8b949e } .grid { stroke: #30363d } .ours { fill: #58a6ff; stroke: #58a6ff } }
"""


def short(value):
    """A number as a label: 1/4, 250, 10k, 3M."""
    if 0 < value < 1 and (1 / value).is_integer() and 1 / value < 1000:
        return f"1/{1 / value:g}"
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            return f"{value / (1e3 if letter == 'k' else limit):g}{letter}"
    return f"{value:g}"


def page(width, height, title, note):
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<text class="head" x="12" y="22">{escape(title)}</text>',
        f'<text class="dim" x="12" y="40">{escape(note)}</text>',
    ]


def dots(title, note, rows, panels):
    """A row for each contender, a panel for each measure.

    rows: [(group, name, whether it is ours, tooltip)]; panels: [(title, [(value, low, high)], whether 1 is marked)],
    a place in the list for each row.
    """
    step, top, left, panel, gap = 24, 74, 250, 200, 36
    height = top + step * len(rows) + 20 * len({group for group, *_ in rows}) + 46
    width = left + len(panels) * (panel + gap)
    out = page(width, height, title, note)
    ys, y, last = [], top, None
    for group, name, ours, _ in rows:
        if group != last:
            y += 18
            out.append(f'<text class="dim" x="12" y="{y - 4}">{escape(group)}</text>')
            last = group
        mark = ' class="head"' if ours else ""
        out.append(f'<text{mark} x="{left - 10}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        ys.append(y + 10)
        y += step
    for k, (heading, values, one) in enumerate(panels):
        x0 = left + k * (panel + gap)
        flat = [v for triple in values for v in triple]
        low, high = math.floor(math.log2(min(flat) * 0.95)), math.ceil(math.log2(max(flat) * 1.05))
        span = max(1, high - low)

        def x(v, x0=x0, low=low, span=span):
            return x0 + panel * (math.log2(v) - low) / span

        out.append(f'<text class="head" x="{x0}" y="{top - 12}">{escape(heading)}</text>')
        for tick in range(low, high + 1, max(1, math.ceil(span / 6))):
            at = f"{x(2.0**tick):.1f}"
            out.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{top}" y2="{y}"/>')
            out.append(f'<text class="dim" x="{at}" y="{y + 16}" text-anchor="middle">{short(2.0**tick)}</text>')
        if one and low <= 0 <= high:
            out.append(f'<line class="one" x1="{x(1):.1f}" x2="{x(1):.1f}" y1="{top}" y2="{y}"/>')
        for (_, _, ours, tip), (value, least, most), cy in zip(rows, values, ys):
            kind = "ours" if ours else "peer"
            if most > least:
                out.append(f'<line class="range {kind}" x1="{x(least):.1f}" x2="{x(most):.1f}" y1="{cy}" y2="{cy}"/>')
            out.append(f'<circle class="{kind}" cx="{x(value):.1f}" cy="{cy}" r="4.5"><title>{escape(tip)}</title></circle>')
    return "\n".join([*out, "</svg>", ""])


def slope(points):
    """Of the last two points on logarithmic scales: 1 is a straight line through the origin, 2 is quadratic."""
    points = [p for p in sorted(points) if p[1] > 0][-2:]
    if len(points) < 2 or points[0][0] == points[1][0]:
        return None
    (x1, y1), (x2, y2) = points
    return math.log(y2 / y1) / math.log(x2 / x1)


def spread(labels, least=13):
    """Heights of labels moved apart, in their order."""
    out = []
    for y in labels:
        out.append(max(y, out[-1] + least) if out else y)
    return out


def lines(title, note, panels):
    """Growth: panels of [(title, label of x, {name: [(x, y)]})], both scales logarithmic; names carry their slope."""
    side, top, left, names, bottom = 250, 84, 62, 190, 54
    width, height = max(700, len(panels) * (left + side + names) + 12), top + side + bottom
    out = page(width, height, title, note)
    colours = {}
    for k, (heading, label, series) in enumerate(panels):
        x0 = left + k * (left + side + names)
        series = {name: sorted(p for p in points if p[0] > 0 and p[1] > 0) for name, points in series.items()}
        series = {name: points for name, points in series.items() if points}
        xs = [math.log10(x) for points in series.values() for x, _ in points] or [0]
        ys = [math.log10(y) for points in series.values() for _, y in points] or [0]
        x_low, x_high = math.floor(min(xs)), max(math.ceil(max(xs)), math.floor(min(xs)) + 1)
        y_low, y_high = math.floor(min(ys)), max(math.ceil(max(ys)), math.floor(min(ys)) + 1)

        def x(v, x0=x0, x_low=x_low, x_high=x_high):
            return x0 + side * (math.log10(v) - x_low) / (x_high - x_low)

        def y(v, y_low=y_low, y_high=y_high):
            return top + side * (1 - (math.log10(v) - y_low) / (y_high - y_low))

        out.append(f'<text class="head" x="{x0}" y="{top - 14}">{escape(heading)}</text>')
        for tick in range(x_low, x_high + 1):
            at = f"{x(10.0**tick):.1f}"
            out.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{top}" y2="{top + side}"/>')
            out.append(f'<text class="dim" x="{at}" y="{top + side + 16}" text-anchor="middle">{short(10.0**tick)}</text>')
        for tick in range(y_low, y_high + 1):
            at = f"{y(10.0**tick):.1f}"
            out.append(f'<line class="grid" x1="{x0}" x2="{x0 + side}" y1="{at}" y2="{at}"/>')
            out.append(f'<text class="dim" x="{x0 - 6}" y="{float(at) + 4:.1f}" text-anchor="end">{short(10.0**tick)}</text>')
        out.append(f'<text class="dim" x="{x0 + side / 2}" y="{top + side + 34}" text-anchor="middle">{escape(label)}</text>')
        ends = sorted(series.items(), key=lambda item: y(item[1][-1][1]))
        for (name, points), ly in zip(ends, spread([y(points[-1][1]) for _, points in ends])):
            colour = colours.setdefault(name, f"c{len(colours) % 6}")
            path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
            out.append(f'<polyline class="line" points="{path}" style="fill:none"><title>{escape(name)}</title></polyline>'.replace('"line"', f'"line {colour}"'))
            for a, b in points:
                out.append(f'<circle class="{colour}" cx="{x(a):.1f}" cy="{y(b):.1f}" r="3"><title>{escape(name)}: {a:g}, {b:.4g}</title></circle>')
            grade = slope(points)
            text = name if grade is None else f"{name} (slope {grade:.2f})"
            out.append(f'<text class="{colour} name" x="{x0 + side + 8}" y="{ly + 4:.1f}">{escape(text)}</text>')
    return "\n".join([*out, "</svg>", ""])
