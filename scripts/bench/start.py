#!/usr/bin/env python3
"""How long `pickshard --help` takes, and how large the stripped binary is.

    python3 scripts/bench/start.py WORK [--runs 100] [--results DIR]

Builds the binary that is measured itself, into WORK: stripped, without the paths of this machine, and without cgo,
like a release. `true` is started as often, in turn, for what it costs to start anything here. Results: start.json and
start.md in scripts/bench/results. It measures nothing that reads data.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import time

import measure
import report

REPO = pathlib.Path(__file__).resolve().parent.parent.parent


def start(command):
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--results", type=pathlib.Path, default=report.RESULTS)
    a = parser.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    a.results.mkdir(parents=True, exist_ok=True)
    binary = a.work.resolve() / "pickshard-stripped"
    build = ["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/pickshard"]
    subprocess.run(build, check=True, cwd=REPO, env=os.environ | {"CGO_ENABLED": "0"})
    times = {"pickshard --help": [], "true": []}
    for _ in range(a.runs):
        for name in times:
            times[name].append(start([binary, "--help"] if name != "true" else ["true"]))
    size = binary.stat().st_size
    about = {"date": datetime.date.today().isoformat(), "machine": measure.machine(), "pickshard": measure.version(binary), "bytes": size}
    found = {name: {"median": statistics.median(t), "least": min(t), "most": max(t), "runs": len(t)} for name, t in times.items()}
    (a.results / "start.json").write_text(json.dumps({"about": about, "milliseconds": found}, indent=1) + "\n")
    lines = [
        f"{about['machine']}, {about['date']}, pickshard {about['pickshard']}. To be met: under 20 ms, under 25 MB.", "",
        "| command | median ms | least | most |", "|---|---:|---:|---:|",
        *(f"| `{name}` | {t['median']:.1f} | {t['least']:.1f} | {t['most']:.1f} |" for name, t in found.items()),
        "", f"Stripped binary: {size / 1e6:.1f} MB.",
    ]  # fmt: skip
    (a.results / "start.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    binary.unlink()


if __name__ == "__main__":
    main()
