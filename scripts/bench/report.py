#!/usr/bin/env python3
"""Write what bench.py measured for people: a table and a plot for each results file, and the section of README.md.

    report.py [RESULTS]      default: results beside this file, and README.md

RESULTS/bench-DATA-{warm,cold}.json become .md and .svg. What stands between the comments bench:begin and bench:end is
replaced: in README.md beside this file by the table of all, in that of the repository by those that a reader in a hurry
compares. Nothing is measured here, and the same numbers give the same bytes.
"""

import json
import pathlib
import sys
import textwrap

import contenders
import plot
import rounds

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE / "results"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
SETS = [("realistic", "warm"), ("realistic", "cold"), ("jpegs", "warm"), ("jpegs", "cold")]
LETTERS = {"realistic": "A", "jpegs": "B"}
# Who stands in the repository's README: the limits, and for each format its best known writers.
HEADLINE = [
    "tar", "bare loop", "pickshard webdataset", "webdataset ShardWriter", "pickshard parquet", "pyarrow parquet",
    "datasets to_parquet", "pickshard arrow", "datasets save_to_disk", "pickshard all three, synced",
]  # fmt: skip


def summary(results):
    """{name: numbers} of those that gave a result, by format, fastest first."""
    runs, found = results["runs"], {}
    for name, (kind, *_) in contenders.CONTENDERS.items():
        got = rounds.good(runs, name)
        if not got:
            continue
        row = {"kind": kind, "rounds": len(got), "failures": sum(1 for r in runs if r["name"] == name and "error" in r)}
        for field in ("wall", "cpu", "memory", "sync"):
            values = [r[field] for r in got.values()]
            row |= {field: rounds.median(got, field), f"{field} least": min(values), f"{field} most": max(values)}
        base = rounds.good(runs, "tar")
        for field in ("wall", "cpu"):
            if not base:
                continue
            pairs = rounds.ratios(runs, name, "tar", field) or [1]
            row[f"{field} ratio"] = row[field] / rounds.median(base, field)
            row |= {f"{field} low": min(pairs), f"{field} high": max(pairs)}
        found[name] = row
    return dict(sorted(found.items(), key=lambda item: (contenders.FORMATS.index(item[1]["kind"]), item[1]["wall"])))


def failures(results):
    """{name: what went wrong} of those that gave no result in any round."""
    out = {}
    for run in results["runs"]:
        if "error" in run and not rounds.good(results["runs"], run["name"]):
            out[run["name"]] = run["error"]
    return out


def data(about):
    return f"{about['records']:,} records, {about['files']:,} files, {about['bytes'] / 1e9:.2f} GB"


def heading(results):
    about, runs = results["about"], results["runs"]
    cold = sorted({r["chilled"] for r in runs if "chilled" in r})
    cache = f"cold ({', '.join(cold)})" if about["cold"] else "warm"
    return f"{data(about)}, page cache {cache}, {1 + max((r['round'] for r in runs), default=-1)} interleaved rounds"


def versions(about):
    return ", ".join(f"{name} {v}" for name, v in sorted(about["versions"].items())) + f", Python {about['python']}"


def bold(name):
    return f"**{name}**" if contenders.ours(name) else name


def table(results):
    about = results["about"]
    loads = [r["load"] for r in results["runs"] if "load" in r]
    lines = [
        f"{heading(results)}. {about['machine']}, {about['date']}. Median, (least) and × tar; memory is the most of all rounds."
        + (f" Load of the machine before the runs: {min(loads):.1f} to {max(loads):.1f}." if loads else ""),
        "",
        "| format | writer | wall s | × tar | CPU s | × tar | peak memory | then sync s | rounds |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, r in summary(results).items():
        failed = f", {r['failures']} failed" if r["failures"] else ""
        lines.append(
            f"| {r['kind']} | {bold(name)} | {r['wall']:.2f} ({r['wall least']:.2f}) | {r.get('wall ratio', 0):.2f} | {r['cpu']:.2f} ({r['cpu least']:.2f}) "
            f"| {r.get('cpu ratio', 0):.2f} | {r['memory most'] / 1e6:,.0f} MB | {r['sync']:.1f} | {r['rounds']}{failed} |"
        )
    for name, reason in failures(results).items():
        lines.append(f"| {contenders.CONTENDERS[name][0]} | {bold(name)} | failed: {reason} | | | | | | 0 |")
    return "\n".join([*lines, "", f"Versions: {versions(about)}.", ""])


def picture(results):
    """Three panels: wall and CPU against tar, peak memory in MB."""
    found = {n: r for n, r in summary(results).items() if "wall ratio" in r}
    rows = [
        (r["kind"], n, contenders.ours(n), f"{n}: {r['wall']:.2f} s wall, {r['cpu']:.2f} s CPU, {r['memory most'] / 1e6:.0f} MB") for n, r in found.items()
    ]
    panels = [
        ("wall time × tar", [(r["wall ratio"], r["wall low"], r["wall high"]) for r in found.values()], True),
        ("CPU time × tar", [(r["cpu ratio"], r["cpu low"], r["cpu high"]) for r in found.values()], True),
        ("peak memory, MB", [(r["memory"] / 1e6, r["memory least"] / 1e6, r["memory most"] / 1e6) for r in found.values()], False),
    ]
    note = f"{results['about']['machine']}, {results['about']['date']}; dot: median, bar: least to most; left is better"
    return plot.dots(heading(results), note, rows, panels)


def load(folder):
    """{(data, cache): results} of a folder, in the order they are shown in."""
    paths = {s: folder / f"bench-{s[0]}-{s[1]}.json" for s in SETS}
    return {s: json.loads(p.read_text()) for s, p in paths.items() if p.exists()}


def sentences(words):
    return textwrap.wrap(words, 88, break_long_words=False, break_on_hyphens=False)


def setting(found, only_warm):
    """Where and how it was measured."""
    abouts = {s: results["about"] for s, results in found.items()}
    last = max(abouts.values(), key=lambda about: about["date"])
    sets = {LETTERS[s[0]]: data(about) for s, about in abouts.items()}
    counts = {1 + max((r["round"] for r in results["runs"]), default=-1) for results in found.values()}
    cache = "warm" if only_warm else "warm or cold; CPU time with it warm"
    return (
        f"{last['machine']}, {last['date']}. {' '.join(f'{k}: {v}.' for k, v in sorted(sets.items()))} Wall time in seconds · as a ratio to GNU "
        f"`tar --sort=name --format=ustar` of the same folders into one file; median of {' or '.join(map(str, sorted(counts)))} interleaved rounds, page cache "
        f"{cache}; peak memory without page cache, of all processes. *synced*: files made durable, as pickshard does by default."
    )


def comparison(found, names):
    """One table of all sets, with a row for each of the names that took part."""
    sums = {s: summary(results) for s, results in found.items()}
    lines = [
        "| writer | " + " | ".join(f"{LETTERS[d]} {c}" for d, c in found) + " | CPU × tar | memory, MB |",
        "|---|" + "---:|" * (len(found) + 2),
    ]
    letters = dict.fromkeys(LETTERS[d] for d, _ in found)
    for name in names:
        kind = contenders.CONTENDERS[name][0]
        if not any(name in s or name in failures(found[k]) for k, s in sums.items()):
            continue
        cells, cpu, memory = [], [], []
        for key, rows in sums.items():
            r = rows.get(name)
            reason = failures(found[key]).get(name)
            cells.append(f"{r['wall']:.1f} · {r.get('wall ratio', 0):.2f}" if r else ("failed" if reason else ""))
        for letter in letters:
            warmest = next((s[name] for k, s in sums.items() if LETTERS[k[0]] == letter and name in s), None)
            cpu.append(f"{warmest.get('cpu ratio', 0):.2f}" if warmest else "–")
            memory.append(f"{warmest['memory most'] / 1e6:,.0f}" if warmest else "–")
        label = name if kind in ("yardstick", "all three") or kind.lower() in name.lower() else f"{name} ({kind})"
        lines.append(f"| {bold(label)} | " + " | ".join(cells) + f" | {' / '.join(cpu)} | {' / '.join(memory)} |")
    return lines


def section(found):
    """Of the README beside this file: everybody, pictures, versions."""
    last = max((results["about"] for results in found.values()), key=lambda about: about["date"])
    lines = [*sentences(setting(found, only_warm=False)), "", *comparison(found, list(contenders.CONTENDERS)), ""]
    lines += [f"![{heading(r)}](results/bench-{d}-{c}.svg)" for (d, c), r in found.items() if c == "warm"]
    return "\n".join([*lines, "", *sentences(f"{versions(last)}. Least, most and more: [results](results).")])


def summit(found):
    """Of the repository's README: warm, and those of HEADLINE alone."""
    found = {key: results for key, results in found.items() if key[1] == "warm"}
    return "\n".join([*sentences(setting(found, only_warm=True)), "", *comparison(found, HEADLINE)])


def replace(readme, text):
    """Put text between the comments of a file."""
    old = readme.read_text()
    if old.count(BEGIN) != 1 or old.count(END) != 1:
        sys.exit(f"report: {readme} needs one comment {BEGIN} and one {END}")
    before, rest = old.split(BEGIN)
    readme.write_text(before + BEGIN + "\n" + text + "\n" + END + rest.split(END)[1])


def write(folder, readmes):
    found = load(folder)
    for (kind, cache), results in found.items():
        path = folder / f"bench-{kind}-{cache}"
        path.with_suffix(".md").write_text(table(results))
        if rounds.good(results["runs"], "tar"):
            path.with_suffix(".svg").write_text(picture(results))
    if not found:
        return
    if not readmes:
        print(section(found))
        return
    replace(HERE / "README.md", section(found))
    if any(cache == "warm" for _, cache in found):
        replace(HERE.parent.parent / "README.md", summit(found))


def main():
    if len(sys.argv) > 2 or "-h" in sys.argv or "--help" in sys.argv:
        sys.exit(__doc__)
    if len(sys.argv) == 2:
        write(pathlib.Path(sys.argv[1]), readmes=False)
    else:
        write(RESULTS, readmes=True)


if __name__ == "__main__":
    main()
