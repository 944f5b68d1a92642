#!/usr/bin/env python3
"""What rules cost: over columns and listings, of a storm of violations, within a conversion, and of equal images.

    python3 scripts/bench/checking.py WORK [--columns 10000000] [--storm 3000000] [--images 20000] [--rounds 2] [--timeout 600]
        [--results DIR] [--fresh] [--retry]

columns: `pickshard plan` of --columns records that name three images each, with every rule over columns and listings
(no image is read for them). storm: `pickshard check` of --storm records where nothing breaks four rules, and where
every record breaks all of them. convert: --images records with images of about 100 kB to Parquet, with what is asked by
default and with all off that can be. digests: 30 million digests of images, 300,000 of them twice, by the test binary
of pipeline. Data are make_rules.py's. Results: checking.json and checking.md in scripts/bench/results or, when
the numbers are others (a smoke run), in WORK/results. What is to be met stands in the table; nothing fails here.
"""

import os
import shutil
import subprocess

import rounds
import session

COLUMNS, STORM, IMAGES = 10_000_000, 3_000_000, 20_000
DIGESTS = 30_000_000


def commands(a):
    data, output = a.work / "rules", a.work / "output"
    convert = ["convert", "--format", "parquet", "--report", "none", "--no-sync", "--quiet"]
    return {
        "columns": [a.pickshard, "plan", data / "columns/rules.yaml", data / "columns", "--shard-size", "1TB", "--quiet"],
        "storm: clean": [a.pickshard, "check", data / "storm/clean.yaml", data / "storm", "--quiet"],
        "storm: every record": [a.pickshard, "check", data / "storm/broken.yaml", data / "storm", "--quiet"],
        "convert: rules off": [a.pickshard, *convert, data / "images/off.yaml", data / "images", output],
        "convert: by default": [a.pickshard, *convert, data / "images/default.yaml", data / "images", output],
        "digests": [a.work / "pipeline.test", "-test.run", "^$", "-test.bench", "^BenchmarkDigests$", "-test.benchtime", "1x"],
    }


def once(a, name, command):
    shutil.rmtree(a.work / "output", ignore_errors=True)
    return session.run(a, command, out=subprocess.DEVNULL)


def show(results):
    def of(name, field):
        runs = rounds.good(results.runs, name)
        return rounds.median(runs, field) if runs else float("nan")

    about = results.about
    lines = [
        f"{about['machine']}, {about['date']}, pickshard {about['pickshard']}. Medians.", "",
        "| job | wall s | CPU s | peak memory (VmHWM) | to be met |", "|---|---:|---:|---:|---|",
    ]  # fmt: skip
    told = {
        "columns": f"{results.about['columns']:,} records × 3 images: 30 s, 200 MB",
        "storm: every record": f"1.2 × clean: **{of('storm: every record', 'wall') / of('storm: clean', 'wall'):.2f}**",
        "convert: by default": f"1.05 × the CPU of off: **{of('convert: by default', 'cpu') / of('convert: rules off', 'cpu'):.3f}**",
        "digests": f"{DIGESTS:,}: 25 MB beside the program",
    }
    for name in dict.fromkeys(r["name"] for r in results.runs):
        lines.append(f"| {name} | {of(name, 'wall'):.2f} | {of(name, 'cpu'):.2f} | {of(name, 'hwm') / 1e6:,.0f} MB | {told.get(name, '')} |")
    session.publish(results, lines)


def main():
    parser = session.parser(__doc__, rounds=2, timeout=600)
    for name, n in (("columns", COLUMNS), ("storm", STORM), ("images", IMAGES)):
        parser.add_argument(f"--{name}", type=int, default=n)
    parser.add_argument("--only", default="", help="jobs whose names begin so")
    a = parser.parse_args()
    sizes = {"columns": a.columns, "storm": a.storm, "images": a.images}
    session.begin(a, smoke=tuple(sizes.values()) != (COLUMNS, STORM, IMAGES))
    results = session.results(a, "checking", **sizes)
    made = a.work / "rules"
    if not (made / "images/off.yaml").exists():
        session.make(a.python, "bench/make_rules.py", made, *(word for name, n in sizes.items() for word in (f"--{name}", n)))
    test = ["go", "test", "-c", "-o", (a.work / "pipeline.test").resolve(), "./pipeline"]
    subprocess.run(test, check=True, cwd=session.REPO, env=os.environ | {"CGO_ENABLED": "0"})
    jobs = {name: c for name, c in commands(a).items() if name.startswith(a.only)}
    rounds.interleave(results, list(jobs), a.rounds, lambda name: once(a, name, jobs[name]))
    results.save()
    show(results)


if __name__ == "__main__":
    main()
