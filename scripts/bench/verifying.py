#!/usr/bin/env python3
"""`pickshard verify` against `b3sum` over the same files.

    python3 scripts/bench/verifying.py WORK [--records 2000] [--rounds 5] [--timeout 600]
        [--results DIR] [--fresh] [--retry]

The benchmark's first data set (make_lookalike.py --bench realistic) is converted to each format alone and to all
three; then verify, b3sum with its default number of threads, and cat to nowhere, for orientation, take turns over the
files, which are in the page cache. b3sum only reads and digests; verify also looks at structure, counts the records
and, where there are several formats, compares them. Results: verifying.json and verifying.md in scripts/bench/results
or, with other --records (a smoke run), in WORK/results. Needs b3sum on PATH (Debian: package b3sum); the b3sum that
is measured is named in the results.
"""

import shutil
import statistics
import subprocess

import measure
import rounds
import session

RECORDS = 2000
FORMATS = ["parquet", "arrow", "webdataset", "all"]


def once(a, output, paths, tool):
    measure.warm(paths)
    commands = {"verify": [a.pickshard, "verify", output, "--quiet"], "b3sum": ["b3sum", "--no-names", *paths], "cat": ["cat", *paths]}
    load = measure.load()
    got = session.run(a, commands[tool], out=subprocess.DEVNULL)
    return got | {"bytes": sum(p.stat().st_size for p in paths), "load": load}


def show(results):
    about, runs = results.about, results.runs
    lines = [
        f"{about['machine']}, {about['date']}, pickshard {about['pickshard']}, {about['b3sum']}. Page cache warm; medians, least in brackets. To be met: at least 0.9 of b3sum's speed.", "",
        "| files | tool | wall s | GB/s | CPU s | speed of b3sum |", "|---|---|---:|---:|---:|---:|",
    ]  # fmt: skip
    for f in FORMATS:
        for tool in ("verify", "b3sum", "cat"):
            got = rounds.good(runs, f"{f}: {tool}")
            if got:
                wall, total = rounds.median(got, "wall"), rounds.median(got, "bytes")
                pairs = [1 / r for r in rounds.ratios(runs, f"{f}: {tool}", f"{f}: b3sum", "wall")]
                ratio = f"{statistics.median(pairs):.2f}" if pairs else ""
                least = min(r["wall"] for r in got.values())
                lines.append(f"| {f}, {total / 1e9:.2f} GB | {tool} | {wall:.2f} ({least:.2f}) | {total / wall / 1e9:.2f} | {rounds.median(got, 'cpu'):.2f} | {ratio} |")
    session.publish(results, lines)


def main():
    parser = session.parser(__doc__, rounds=5, timeout=600)
    parser.add_argument("--records", type=int, default=RECORDS)
    a = parser.parse_args()
    if not shutil.which("b3sum"):
        parser.error("b3sum is not on PATH (Debian: package b3sum)")
    session.begin(a, smoke=a.records != RECORDS)
    b3sum = subprocess.run(["b3sum", "--version"], capture_output=True, text=True).stdout.strip()
    results = session.results(a, "verifying", records=a.records, b3sum=b3sum)
    # The folder bench.py has its data in, too.
    source = a.work / f"data-realistic-{'full' if a.records == RECORDS else a.records}"
    session.make(a.python, "judges/make_lookalike.py", source, "--records", a.records, "--size", "realistic")
    measure.need_space(a.work, 4 * measure.size(source))
    output = a.work / "output"
    for f in FORMATS:
        shutil.rmtree(output, ignore_errors=True)
        formats = [] if f == "all" else ["--format", f]
        subprocess.run([a.pickshard, "convert", "pick-high", source, output, "--quiet", *formats], check=True)
        paths = measure.files(output)
        names = {f"{f}: {tool}": tool for tool in ("verify", "b3sum", "cat")}
        rounds.interleave(results, list(names), a.rounds, lambda name: once(a, output, paths, names[name]))
    shutil.rmtree(output)
    results.save()
    show(results)


if __name__ == "__main__":
    main()
