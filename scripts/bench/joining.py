#!/usr/bin/env python3
"""Records joined with a side table of 50 million rows: time and memory, and that every value is the right one.

    python3 scripts/bench/joining.py WORK [--rows 50000000] [--records 1000000] [--kinds csv,parquet,pickle,objects]
        [--rounds 1] [--timeout 1800] [--results DIR] [--fresh] [--retry]

The side table is the same in each kind of file, in no order (make_side.py; 14 GB for 50 million rows, made once and left
in WORK/side); a join takes two of its four columns. Measured is a conversion of the records to Parquet (--no-sync),
whose joined columns are then compared, all of them, with what the key's values are. Memory is the largest resident set
(VmHWM), in which pages of a mapped pickle count, though the system can take them back. Results: joining.json and
joining.md in scripts/bench/results or, when the numbers are others (a smoke run), in WORK/results.
"""

import json
import shutil
import subprocess

import measure
import rounds
import session

ROWS, RECORDS, KINDS = 50_000_000, 1_000_000, "csv,parquet,pickle,objects"
FILES = {"csv": "side.csv", "parquet": "side.parquet", "pickle": "side.pkl", "objects": "objects.pkl"}
WORDS = {
    "csv": "CSV", "parquet": "Parquet, Snappy", "pickle": "pickle, texts as pandas 3 has them", "objects": "pickle, texts as objects (pandas 2)",
}  # fmt: skip
CHECK = """
import sys, pyarrow.parquet as pq, numpy as np
sys.path.insert(0, sys.argv[1])
import make_side
t = pq.read_table(sys.argv[2] + "/parquet/data", columns=["key", "category", "author"])
keys = t["key"].to_numpy()
assert (keys == make_side.wanted(int(sys.argv[3]), int(sys.argv[4]))).all()
for name, values in (("category", make_side.category(keys)), ("author", make_side.author(keys))):
    assert t[name].combine_chunks().equals(values), name
"""


def prepare(a):
    """The data of a run before, or new ones."""
    side, about = a.work / "side", {"rows": a.rows, "records": a.records, "kinds": a.kinds}
    made = side / "made.json"
    if not made.exists() or json.loads(made.read_text()) != about:
        shutil.rmtree(side, ignore_errors=True)
        measure.need_space(a.work, 300 * a.rows)
        session.make(a.python, "bench/make_side.py", side, "--rows", a.rows, "--records", a.records, "--kinds", a.kinds)
        made.write_text(json.dumps(about))
    return side


def once(a, side, kind):
    output = a.work / "output"
    shutil.rmtree(output, ignore_errors=True)
    load = measure.load()
    got = session.run(a, [a.pickshard, "convert", side / f"{kind}.yaml", side, output, "--no-sync", "--quiet"])
    if "error" not in got:
        here = session.SCRIPTS / "bench"
        done = subprocess.run([a.python, "-c", CHECK, here, output, str(a.rows), str(a.records)], capture_output=True, text=True)
        if done.returncode:
            got["error"] = f"wrong values: {done.stderr[-300:]}"
    shutil.rmtree(output, ignore_errors=True)
    return got | {"kind": kind, "rows": a.rows, "records": a.records, "bytes": (side / FILES[kind]).stat().st_size, "load": load}


def show(results):
    about = results.about
    lines = [
        f"{about['machine']}, {about['date']}, pickshard {about['pickshard']}. Medians. To be met: 50 million rows joined in 2 GB.", "",
        "| side table | bytes | rows | records | wall s | CPU s | peak memory (VmHWM) | load before |", "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    groups = {}
    for r in results.runs:
        if "error" not in r:
            groups.setdefault(r["kind"], {})[r["round"]] = r
    for kind, runs in groups.items():
        one = next(iter(runs.values()))
        wall, cpu, hwm, load = (rounds.median(runs, f) for f in ("wall", "cpu", "hwm", "load"))
        lines.append(
            f"| {WORDS[kind]} | {one['bytes']:,} | {one['rows']:,} | {one['records']:,} | {wall:.1f} | {cpu:.1f} | {hwm / 1e6:,.0f} MB | {load:.0f} |"
        )
    session.publish(results, lines)


def main():
    parser = session.parser(__doc__, rounds=1, timeout=1800)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--kinds", default=KINDS)
    a = parser.parse_args()
    session.begin(a, smoke=(a.rows, a.records, a.kinds) != (ROWS, RECORDS, KINDS))
    results = session.results(a, "joining")
    side = prepare(a)
    rounds.interleave(results, a.kinds.split(","), a.rounds, lambda kind: once(a, side, kind))
    results.save()
    show(results)


if __name__ == "__main__":
    main()
