#!/usr/bin/env python3
"""Reading pickled tables: pickshard against CPython's bare `pickle.load` of the same file, in turn, and growth.

    python3 scripts/bench/pickles.py WORK [--rows 360000] [--grow 10000,100000,1000000,10000000] [--rounds 5]
        [--only frame.p5,zst] [--timeout 600] [--results DIR] [--fresh] [--retry]

The files are those of make_pickhigh_pickle.py: DataFrames in protocols 2, 4 and 5, one with shared prompts, a list of
dicts, a dict of lists, and the one of protocol 5 compressed by gzip, bzip2, xz and zstd, which are compared with their
own decompressors. A run is a fresh process. pickshard's is `inspect --json FILE`: it scans, decodes and checks every
value, builds the columns and prints what they are; text is checked but stays where it is in the mapped file. So there is
a second run, `cat --arrow FILE` to nowhere, which also copies all of it, into an Arrow stream. All of these processes
counts, their start, too. Of Python's only pickle.load itself counts
as time (pandas is imported before, as frames need it), and its garbage collector runs as it always does; its memory is
that of the process, less what it had before the load, pickshard's is the whole process with the mapped file in it
(VmHWM), and without it (anonymous, sampled). Nothing is compared that the two do not both do: Python's result
is Python objects, pickshard's is columns.

For growth there are frames of protocol 5 with more and more rows; where memory or disk do not suffice (10 million rows
want 14 GB and 7 GB) it is said and left out. Results: pickles.json, pickles.md and pickles.svg in scripts/bench/results
or, when numbers are others (a smoke run), in WORK/results.
"""

import json
import os
import shutil
import statistics
import subprocess

import measure
import plot
import rounds
import session

ROWS, GROW = 360_000, "10000,100000,1000000,10000000"
SHAPES = ["frame.p2.pkl", "frame.p4.pkl", "frame.p5.pkl", "shared.p4.pkl", "list-of-dicts.p4.pkl", "dict-of-lists.p5.pkl"]
# suffix: how a file is compressed and decompressed
PACKERS = {"gz": ["gzip"], "bz2": ["bzip2"], "xz": ["xz", "-T1"], "zst": ["zstd", "-q"]}
TARGETS = {"frame": 0.45, "shared": 0.45, "list-of-dicts": 0.55, "dict-of-lists": 0.55}

BARE = """
import json, pickle, resource, sys, time
import pandas
def resident():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmRSS")).split()[1]) * 1024
with open(sys.argv[1], "rb") as f:
    before, wall, cpu = resident(), time.monotonic(), time.process_time()
    kept = pickle.load(f)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
json.dump({"wall": wall, "cpu": cpu, "memory": peak - before}, sys.stdout)
sys.stdout.flush()
import os
os._exit(0)
"""


def once(a, path, tool):
    """A run of one reader over one file that is in the page cache."""
    measure.warm([path])
    packer = PACKERS.get(path.suffix[1:])
    commands = {
        "pickshard": [a.pickshard, "inspect", "--json", path],
        "cat": [a.pickshard, "cat", "--arrow", path],
        "pickle.load": [a.python, "-c", BARE, path],
        "decompressor": [*(packer or []), "-dc", path],
    }
    load = measure.load()
    with open(a.work / "out.txt", "wb+") as out:
        got = session.run(a, commands[tool], out=out if tool in ("pickshard", "pickle.load") else subprocess.DEVNULL)
        out.seek(0)
        text = out.read()
    if "error" in got:
        return got
    if tool == "pickle.load":
        got |= {k: round(v, 4) for k, v in json.loads(text).items()}
    elif tool == "pickshard":
        told = json.loads(text)
        got |= {"columns": sum(c["bytes"] for c in told["columns"]), "rows": told["rows"]}
    return got | {"bytes": path.stat().st_size, "load": load}


def available():
    with open("/proc/meminfo") as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith("MemAvailable"))


def show(folder, results):
    about, runs = results.about, results.runs
    lines = [
        f"{about['machine']}, {about['date']}, pickshard {about['pickshard']}, Python {about['python']}. {about['rows']:,} rows; medians of CPU seconds, least in brackets.", "",
        "| file | size | pickshard CPU s | wall s | pickle.load CPU s | wall s | CPU ratio | to be met | columns | VmHWM | VmHWM − 1.3 × columns | anonymous | of pickle.load |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]  # fmt: skip

    def cells(name, target=""):
        ours, theirs = rounds.good(runs, f"{name}: pickshard"), rounds.good(runs, f"{name}: pickle.load")
        if not ours or not theirs:
            return
        ratio = statistics.median(rounds.ratios(runs, f"{name}: pickshard", f"{name}: pickle.load", "cpu"))
        columns, peak = rounds.median(ours, "columns"), max(r["hwm"] for r in ours.values())
        lines.append(
            f"| {name} | {rounds.median(ours, 'bytes') / 1e6:,.0f} MB | {rounds.median(ours, 'cpu'):.2f} ({min(r['cpu'] for r in ours.values()):.2f}) | {rounds.median(ours, 'wall'):.2f} "
            f"| {rounds.median(theirs, 'cpu'):.2f} ({min(r['cpu'] for r in theirs.values()):.2f}) | {rounds.median(theirs, 'wall'):.2f} | {ratio:.2f} | {target} "
            f"| {columns / 1e6:,.0f} MB | {peak / 1e6:,.0f} MB | {(peak - 1.3 * columns) / 1e6:,.0f} MB | {max(r['memory'] for r in ours.values()) / 1e6:,.0f} MB | {max(r['memory'] for r in theirs.values()) / 1e6:,.0f} MB |"
        )

    for shape in SHAPES:
        cells(shape, f"{TARGETS[shape.split('.')[0]]:.2f}")
    lines += ["", "| file | cat --arrow CPU s | wall s | of pickle.load's CPU | peak memory |", "|---|---:|---:|---:|---:|"]
    for shape in SHAPES:
        if cat := rounds.good(runs, f"{shape}: cat"):
            ratio = statistics.median(rounds.ratios(runs, f"{shape}: cat", f"{shape}: pickle.load", "cpu"))
            lines.append(
                f"| {shape} | {rounds.median(cat, 'cpu'):.2f} ({min(r['cpu'] for r in cat.values()):.2f}) | {rounds.median(cat, 'wall'):.2f} | {ratio:.2f} | {max(r['hwm'] for r in cat.values()) / 1e6:,.0f} MB |"
            )
    growing = list(dict.fromkeys(r["name"].split(": ")[0] for r in runs if r["name"].startswith("grow")))
    if growing:
        lines += ["", *lines[2:4]]
    for name in growing:
        cells(name)
    lines += ["", "| compressed | size | pickshard wall s | CPU s | its decompressor wall s | CPU s | wall ratio |", "|---|---:|---:|---:|---:|---:|---:|"]
    for suffix in PACKERS:
        name = f"frame.p5.pkl.{suffix}"
        ours, theirs = rounds.good(runs, f"{name}: pickshard"), rounds.good(runs, f"{name}: decompressor")
        if ours and theirs:
            ratio = statistics.median(rounds.ratios(runs, f"{name}: pickshard", f"{name}: decompressor", "wall"))
            numbers = " | ".join(f"{rounds.median(x, f):.2f}" for x in (ours, theirs) for f in ("wall", "cpu"))
            lines.append(f"| {name} | {rounds.median(ours, 'bytes') / 1e6:,.0f} MB | {numbers} | {ratio:.2f} |")
    panels = []
    for title, fields, scale in (("CPU time, s", ("cpu", "cpu"), 1), ("peak memory, MB", ("hwm", "memory"), 1e-6)):
        series = {}
        for name in growing:
            for tool, field in zip(("pickshard", "pickle.load"), fields):
                if got := rounds.good(runs, f"{name}: {tool}"):
                    series.setdefault(tool, []).append((int(name.split()[1]), rounds.median(got, field) * scale))
        panels.append((title, "rows", series))
    note = f"pickshard {about['pickshard']}, Python {about['python']}, {about['machine']}, {about['date']}; slope 1 is a straight line"
    (folder / "pickles.svg").write_text(plot.lines("Reading a pickled DataFrame (protocol 5)", note, panels))
    session.publish(results, lines)


def python_version(python):
    return subprocess.run([python, "-c", "import platform; print(platform.python_version())"], capture_output=True, text=True).stdout.strip()


def main():
    parser = session.parser(__doc__, rounds=5, timeout=600)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--grow", default=GROW)
    parser.add_argument("--only", default="", help="parts of file names, with commas; grow for growth")
    a = parser.parse_args()
    session.begin(a, smoke=(a.rows, a.grow) != (ROWS, GROW))
    results = session.results(a, "pickles", rows=a.rows, python=python_version(a.python))
    wanted = a.only.split(",") if a.only else [""]
    data = a.work / f"pickles-{a.rows}"
    if not (data / "done").exists():
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        session.make(a.python, "bench/make_pickhigh_pickle.py", data, a.rows)
        for suffix, packer in PACKERS.items():
            subprocess.run([*packer, "-k", data / "frame.p5.pkl"], check=True)
        (data / "done").touch()
    jobs = {f"{s}: {tool}": (data / s, tool) for s in SHAPES for tool in ("pickshard", "cat", "pickle.load")}
    for suffix in PACKERS:
        name = f"frame.p5.pkl.{suffix}"
        jobs |= {f"{name}: {tool}": (data / name, tool) for tool in ("pickshard", "decompressor")}
    jobs = {name: job for name, job in jobs.items() if any(w in name for w in wanted)}
    rounds.interleave(results, list(jobs), a.rounds, lambda name: once(a, *jobs[name]))

    growing = a.work / "growing"
    for rows in [int(n) for n in a.grow.split(",") if n]:
        names = {f"grow {rows}: {tool}": tool for tool in ("pickshard", "pickle.load")}
        if not any(w in "grow" for w in wanted) or all((k, n) in results for n in names for k in range(a.rounds)):
            continue
        stat = os.statvfs(a.work)
        if available() < 1500 * rows or stat.f_bavail * stat.f_frsize < 800 * rows:
            reason = f"left out: wants {1.5e-6 * rows:.1f} GB of free memory and {8e-7 * rows:.1f} GB of disk"
            measure.say(f"bench: growth: {rows:,} rows: {reason}")
            for name in names:
                if (0, name) not in results:
                    results.add({"round": 0, "name": name, "error": reason})
            continue
        shutil.rmtree(growing, ignore_errors=True)
        growing.mkdir()
        session.make(a.python, "bench/make_pickhigh_pickle.py", growing, rows, "frame.p5.pkl")
        rounds.interleave(results, list(names), a.rounds, lambda name: once(a, growing / "frame.p5.pkl", names[name]))
        shutil.rmtree(growing)
    results.save()
    show(a.results, results)


if __name__ == "__main__":
    main()
