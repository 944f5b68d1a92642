#!/usr/bin/env python3
"""Planning 10 million records, and 100,000 shards: time and memory, and that nothing is quadratic.

    python3 scripts/bench/planning.py WORK [--records 10000000] [--shards 1000,10000,100000] [--converted 1000000]
        [--rounds 3] [--timeout 1800] [--results DIR] [--fresh] [--retry]

Plan: one split of --records records that name a few PNGs of 70 bytes (make_repeated.py), cut into each number of shards
by --shard-rows. Convert: --converted such records to Parquet in the same numbers of shards (--no-sync), then verify:
what is done for each shard must not grow with how many there are. The same by a written plan: plan --write, a worker that
builds all shards, finalize. Each conversion has a folder of its own and all are
deleted at the end: ext4 looks at every inode that was deleted in the last minutes before it makes a new one, which took
70 s more for 100,000 shards after an output of as many was deleted. Results: planning.json, planning.md, planning.svg in
scripts/bench/results or, when the numbers are others (a smoke run), in WORK/results. The targets that stand in the
table (20 s, 2 GB) are those of the project's plan; nothing fails here when they are missed. Stat calls hit a few files
only: a folder of millions of files costs what the file system takes for them.
"""

import shutil
import subprocess

import measure
import plot
import rounds
import session

RECORDS, SHARDS, CONVERTED = 10_000_000, "1000,10000,100000", 1_000_000
JOBS = ["plan", "convert", "verify", "write", "worker", "finalize"]


def once(a, data, output, job, shards, records):
    config = [data / "repeated.yaml", data]
    rows = ["--shard-rows", max(1, -(-records // shards)), "--shard-size", "1TB"]
    if job == "plan":
        command = [a.pickshard, "plan", *config, *rows, "--quiet"]
    elif job == "convert":
        output.parent.mkdir(exist_ok=True)
        command = [a.pickshard, "convert", *config, output, *rows, "--format", "parquet", "--no-sync", "--quiet"]
    elif job == "verify":
        command = [a.pickshard, "verify", output, "--quiet"]
    else:
        command = written(a, config, output.with_name(output.name + "-written"), job, shards, rows)
    load = measure.load()
    got = session.run(a, command, out=subprocess.DEVNULL)
    return got | {"job": job, "shards": shards, "records": records, "load": load}


def written(a, config, output, job, shards, rows):
    """The steps of a written plan."""
    plan = output.with_name(output.name + "-plan")
    if job == "write":
        return [a.pickshard, "plan", *config, output, *rows, "--format", "parquet", "--write", plan, "--quiet"]
    if job == "worker":
        return ["env", "SLURM_ARRAY_TASK_ID=0", a.pickshard, "worker", "--plan", plan, config[1], output, "--per-task", shards, "--no-sync"]
    return [a.pickshard, "finalize", "--plan", plan, output, "--no-sync", "--quiet"]


def show(folder, results):
    about, groups = results.about, {}
    for r in results.runs:
        if "error" not in r:
            groups.setdefault((r["job"], r["records"], r["shards"]), {})[r["round"]] = r
    lines = [
        f"{about['machine']}, {about['date']}, pickshard {about['pickshard']}. Medians. To be met: 10 million records planned in under 20 s and 2 GB.", "",
        "| job | records | shards | wall s | CPU s | peak memory (VmHWM) | ms a shard |", "|---|---:|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    walls, memories = {}, {}
    for (job, records, shards), runs in sorted(groups.items(), key=lambda g: (JOBS.index(g[0][0]), *g[0][1:])):
        wall, cpu, hwm = (rounds.median(runs, f) for f in ("wall", "cpu", "hwm"))
        lines.append(f"| {job} | {records:,} | {shards:,} | {wall:.2f} | {cpu:.2f} | {hwm / 1e6:,.0f} MB | {wall / shards * 1e3:.2f} |")
        walls.setdefault(job, []).append((shards, wall))
        memories.setdefault(job, []).append((shards, hwm / 1e6))
    note = f"pickshard {about['pickshard']}, {about['machine']}, {about['date']}; both scales logarithmic: 2 would be quadratic"
    panels = [("wall time, s", "shards", walls), ("peak memory (VmHWM), MB", "shards", memories)]
    (folder / "planning.svg").write_text(plot.lines("The same records in more and more shards", note, panels))
    session.publish(results, lines)


def main():
    parser = session.parser(__doc__, rounds=3, timeout=1800)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--converted", type=int, default=CONVERTED)
    parser.add_argument("--shards", default=SHARDS)
    a = parser.parse_args()
    session.begin(a, smoke=(a.records, a.converted, a.shards) != (RECORDS, CONVERTED, SHARDS))
    results = session.results(a, "planning")
    shards = [int(n) for n in a.shards.split(",")]
    for records, jobs in ((a.records, ["plan"]), (a.converted, JOBS[1:])):
        data, outputs = a.work / "data", a.work / "outputs"
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(outputs, ignore_errors=True)
        session.make(a.python, "bench/make_repeated.py", data, "--records", records, "--image-bytes", 70)
        if "plan" in jobs:
            names = {f"plan, {n} shards": n for n in shards}
            rounds.interleave(results, list(names), a.rounds, lambda name: once(a, data, outputs, "plan", names[name], records))
        else:
            for number in range(a.rounds):
                for n in shards:  # verify reads what convert has just written: one after the other
                    if (number, f"{JOBS[-1]}, {n} shards") in results:
                        continue
                    output = outputs / f"{number}-{n}"
                    for job in jobs:
                        results.add({"round": number, "name": f"{job}, {n} shards"} | once(a, data, output, job, n, records))
                        measure.say(f"round {number + 1}/{a.rounds}  {results.runs[-1]['name']}: {results.runs[-1]['wall']:.2f} s")
        shutil.rmtree(outputs, ignore_errors=True)
        shutil.rmtree(data)
    results.save()
    show(a.results, results)


if __name__ == "__main__":
    main()
