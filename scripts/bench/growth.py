#!/usr/bin/env python3
"""Time and memory of pickshard against the number of records: straight lines, shown as a plot.

    python3 scripts/bench/growth.py WORK [--tiny 1000,10000,100000,1000000,10000000] [--large 100,1000,10000]
        [--rounds 1] [--only plan,parquet] [--timeout 1800] [--results DIR] [--fresh] [--retry]

Tiny records name a few PNGs of 70 bytes, large ones a few of 1.5 MB (make_repeated.py): there is hardly any input, and
what grows is the work by record or by byte. For each number: read the pickle (inspect), plan, and convert to each
format alone and, for large records, to all (--no-sync). Outputs are deleted at once; the largest is 22 GB (a tar of
10 million tiny records), then 15 GB (10,000 large ones in one format) and 45 GB in all three, which is left out where
the disk has no room, and said. Memory is the largest resident set as the kernel saw it.

Results: growth.json, growth.md, growth-tiny.svg and growth-large.svg, in scripts/bench/results or, when the numbers
are others (a smoke run), in WORK/results; the same command goes on where it was cut short. It measures pickshard
alone, and a shape, not a speed: source images stay in the page cache.
"""

import os
import shutil
import subprocess

import measure
import plot
import rounds
import session

IMAGE = {"tiny": 70, "large": 1_500_000}
# Upper bounds of what a record takes in an output.
ROOM = {"parquet": 250, "arrow": 250, "webdataset": 2300}
JOBS = ["inspect", "plan", "parquet", "arrow", "webdataset", "all"]
TINY, LARGE = "1000,10000,100000,1000000,10000000", "100,1000,10000"


def command(job, binary, data, output):
    if job == "inspect":
        return [binary, "inspect", "--json", data / "train.pkl"]
    if job == "plan":
        return [binary, "plan", data / "repeated.yaml", data, "--quiet"]
    formats = [] if job == "all" else ["--format", job]
    return [binary, "convert", data / "repeated.yaml", data, output, "--quiet", "--no-sync", *formats]


def room(job, kind, records):
    if job in ("inspect", "plan"):
        return 0
    images = 3 if job == "all" else 1
    return records * (images * IMAGE[kind] + sum(ROOM[f] for f in ROOM if job in (f, "all")))


def once(a, kind, records, job):
    output = a.work / "output"
    shutil.rmtree(output, ignore_errors=True)
    stat = os.statvfs(a.work)
    free, wanted = stat.f_bavail * stat.f_frsize, room(job, kind, records)
    if wanted > free - 2e9:
        return {"error": f"left out: needs {wanted / 1e9:.0f} GB of disk, {free / 1e9:.0f} GB are free"}
    os.sync()
    load = measure.load()
    got = session.run(a, command(job, a.pickshard, a.work / "data", output), out=subprocess.DEVNULL)
    got |= {"kind": kind, "records": records, "job": job, "load": load}
    got["bytes"] = measure.size(output) if output.exists() else 0
    shutil.rmtree(output, ignore_errors=True)
    return got


def points(runs, kind, field, scale=1.0):
    """{job: [(records, median)]}."""
    out = {}
    for job in JOBS:
        found = {}
        for r in runs:
            if "error" not in r and (r["kind"], r["job"]) == (kind, job):
                found.setdefault(r["records"], {})[r["round"]] = r
        if found:
            out[job] = [(n, rounds.median(found[n], field) * scale) for n in sorted(found)]
    return out


def show(folder, results):
    about, runs = results.about, results.runs
    note = f"pickshard {about['pickshard']}, {about['machine']}, {about['date']}; both scales logarithmic: slope 1 is a straight line"
    lines = [f"{about['machine']}, {about['date']}, pickshard {about['pickshard']}."]
    for kind in ("tiny", "large"):
        wall, cpu, memory = points(runs, kind, "wall"), points(runs, kind, "cpu"), points(runs, kind, "hwm", 1e-6)
        if not wall:
            continue
        panels = [("wall time, s", "records", wall), ("CPU time, s", "records", cpu), ("peak memory (VmHWM), MB", "records", memory)]
        size = "70 bytes" if kind == "tiny" else "1.5 MB"
        (folder / f"growth-{kind}.svg").write_text(plot.lines(f"Growth by number of records with one image of {size}", note, panels))
        lines += ["", f"| {kind} records ({size}) | job | wall s | CPU s | peak memory | µs a record |", "|---:|---|---:|---:|---:|---:|"]
        for job in wall:
            for (n, w), (_, c), (_, m) in zip(wall[job], cpu[job], memory[job]):
                lines.append(f"| {n:,} | {job} | {w:.3f} | {c:.3f} | {m:,.0f} MB | {w / n * 1e6:.2f} |")
    session.publish(results, lines)


def main():
    parser = session.parser(__doc__, rounds=1, timeout=1800)
    parser.add_argument("--tiny", default=TINY)
    parser.add_argument("--large", default=LARGE)
    parser.add_argument("--only", default=",".join(JOBS))
    a = parser.parse_args()
    session.begin(a, smoke=(a.tiny, a.large) != (TINY, LARGE))
    results = session.results(a, "growth")
    data = a.work / "data"
    for kind, counts in (("tiny", a.tiny), ("large", a.large)):
        for records in [int(n) for n in counts.split(",") if n]:
            names = {f"{kind} {records} {job}": job for job in JOBS if job in a.only.split(",") and (job, kind) != ("all", "tiny")}
            if all((k, name) in results for name in names for k in range(a.rounds)):
                continue
            shutil.rmtree(data, ignore_errors=True)
            session.make(a.python, "bench/make_repeated.py", data, "--records", records, "--image-bytes", IMAGE[kind])
            rounds.interleave(results, list(names), a.rounds, lambda name: once(a, kind, records, names[name]))
            shutil.rmtree(data)
    results.save()
    show(a.results, results)


if __name__ == "__main__":
    main()
