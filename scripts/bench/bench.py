#!/usr/bin/env python3
"""Run pickshard and its peers in turn over the same data, measure, and write tables and a plot.

    python3 scripts/bench/bench.py WORK --pickshard bin/pickshard [--data realistic|jpegs|small] [--rounds 5]
        [--only parquet,pickshard,tar] [--cold] [--records N] [--date 2026-11-23] [--keep-data]

WORK is a folder with room for the data (3.4 or 3.8 GB) and one output at a time. The data set is made there by
scripts/judges/make_lookalike.py, once. Results: WORK/bench-DATA-{warm,cold}.json, .md and .svg. `--render FILE.json`
writes table and plot anew from results that are there.

Fair means: every contestant reads the same pickles and folders and writes all rows, all columns and the bytes of every
image; it starts as a process of its own, in a round with all others in a shuffled order (seeded); its output is deleted
and the disk synced before the next begins; with caches warm the input is read once before each round, with --cold the
page cache is dropped before each start (where that is not permitted, the bench says so and stops). An output that is
much smaller than the images is a failure of the contestant, not a result.

Measured for the whole process tree: wall time to exit; CPU time, user and system, of all descendants (they are
adopted when their parents die, so daemons count, too); peak memory as the sum of proportional anonymous and shared
memory (page cache does not count), sampled ten times a second; and the time a sync takes afterwards, as some
contestants sync what they write (pickshard does) and others leave it to the kernel.

Needs Linux, GNU tar and Python 3.11. The peers are run from scripts/bench/requirements.txt and, where it is there
already, requirements-torch.txt (MDS and litData; several GB: make it with scripts/judges/environment.py).
"""

import argparse
import ctypes
import datetime
import json
import math
import os
import pathlib
import platform
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "judges"))
import environment  # noqa: E402

# name: (format, command). {bin} {py} {torch} {here} {in} {out} are filled in.
CONTESTANTS = {
    "tar": ("yardstick", "{here}/tar.sh {in} {out}"),
    "pickshard webdataset": ("WebDataset", "{bin} convert pick-high {in} {out}/o --quiet --format webdataset"),
    "webdataset ShardWriter": ("WebDataset", "{py} {here}/peer_webdataset.py {in} {out}"),
    "pickshard parquet": ("Parquet", "{bin} convert pick-high {in} {out}/o --quiet --format parquet"),
    "pyarrow parquet": ("Parquet", "{py} {here}/peer_pyarrow.py {in} {out}"),
    "datasets to_parquet": ("Parquet", "{py} {here}/peer_datasets_parquet.py {in} {out}"),
    "Daft": ("Parquet", "{py} {here}/peer_daft.py {in} {out}"),
    "DuckDB": ("Parquet", "{py} {here}/peer_duckdb.py {in} {out}"),
    "Ray Data": ("Parquet", "{py} {here}/peer_ray.py {in} {out}"),
    "Spark local": ("Parquet", "{py} {here}/peer_spark.py {in} {out}"),
    "pickshard arrow": ("Arrow", "{bin} convert pick-high {in} {out}/o --quiet --format arrow"),
    "pyarrow arrow": ("Arrow", "{py} {here}/peer_pyarrow.py {in} {out} --arrow"),
    "datasets save_to_disk": ("Arrow", "{py} {here}/peer_datasets_save_to_disk.py {in} {out}"),
    "datasets save_to_disk num_proc": ("Arrow", "{py} {here}/peer_datasets_save_to_disk.py {in} {out} --num-proc"),
    "pickshard all three": ("all three", "{bin} convert pick-high {in} {out}/o --quiet"),
    "Lance": ("own format", "{py} {here}/peer_lance.py {in} {out}"),
    "MDS": ("own format", "{torch} {here}/peer_mds.py {in} {out}"),
    "litData": ("own format", "{torch} {here}/peer_litdata.py {in} {out}"),
}
TIMEOUT = 1800


def say(text):
    print(text, file=sys.stderr, flush=True)


# --- measuring --------------------------------------------------------------------------------------------------------


def descendants(root):
    """The live processes below a process, from /proc."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as f:
                    parents[int(entry)] = int(f.read().rsplit(")", 1)[1].split()[1])
            except (OSError, ValueError):
                pass
    found = {root}
    while True:
        more = {p for p, parent in parents.items() if parent in found} - found
        if not more:
            return found - {root}
        found |= more


def memory(pid):
    """Proportional anonymous and shared memory of a process in bytes."""
    total = 0
    try:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            for line in f:
                if line.startswith(("Pss_Anon:", "Pss_Shmem:")):
                    total += int(line.split()[1]) * 1024
    except OSError:
        pass
    return total


class Sampler(threading.Thread):
    """Peak memory of everything below this process."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.done = 0, threading.Event()

    def run(self):
        while not self.done.wait(0.1):
            self.peak = max(self.peak, sum(map(memory, descendants(os.getpid()))))


def measure(command, log):
    """Run a command; wall, CPU and memory of its whole tree."""
    sampler = Sampler()
    sampler.start()
    start = time.monotonic()
    process = subprocess.Popen(
        command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        env=os.environ | {"BENCH_CORES": str(os.cpu_count()), "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"},
    )  # fmt: skip
    cpu, largest, wall, code = 0.0, 0, None, None
    deadline = start + TIMEOUT
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG if wall is not None else 0)
        except ChildProcessError:
            break
        if pid == 0:  # the command is done, something it left behind is not: give it a moment, then end it
            time.sleep(0.05)
            if time.monotonic() - start - wall > 5 or time.monotonic() > deadline:
                for left in descendants(os.getpid()):
                    os.kill(left, 9)
            continue
        cpu += usage.ru_utime + usage.ru_stime
        largest = max(largest, usage.ru_maxrss * 1024)
        if pid == process.pid:
            wall, code = time.monotonic() - start, os.waitstatus_to_exitcode(status)
            process.returncode = code
    sampler.done.set()
    sampler.join()
    return {"wall": wall, "cpu": cpu, "memory": sampler.peak or largest, "code": code}


def drop_caches():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w") as f:
        f.write("3\n")


def warm(folder):
    """Read the input once, so that it is in the page cache."""
    buffer = bytearray(1 << 20)
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb", buffering=0) as f:
                while f.readinto(buffer):
                    pass


def size(folder):
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    total = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return f"{os.cpu_count()} cores {model}, {total >> 20} GB memory, Linux {platform.release().split('-')[0]}"


def versions(python, binary):
    text = subprocess.run([python, "-m", "pip", "freeze", "--disable-pip-version-check"], capture_output=True, text=True).stdout
    pins = dict(line.split("==") for line in text.splitlines() if "==" in line)
    wanted = ["pyarrow", "datasets", "webdataset", "daft", "pylance", "duckdb", "ray", "pyspark", "mosaicml-streaming", "litdata"]
    out = {name: pins[name] for name in wanted if name in pins}
    out["tar"] = subprocess.run(["tar", "--version"], capture_output=True, text=True).stdout.splitlines()[0].split()[-1]
    out["pickshard"] = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.strip().split()[-1]
    return out


# --- the run ----------------------------------------------------------------------------------------------------------


def run(a):
    work = a.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    binary = str(pathlib.Path(a.pickshard).resolve())
    python = environment.environment(HERE / "requirements.txt")
    try:
        torch = environment.environment(HERE / "requirements-torch.txt", make=False)
    except FileNotFoundError:
        torch = None
        say("bench: MDS and litData are left out: scripts/bench/requirements-torch.txt is not installed")
    judges = environment.environment(REPO / "scripts" / "judges" / "requirements.txt")

    source = work / f"data-{a.data}-{a.records or 'full'}"
    maker = [judges, REPO / "scripts" / "judges" / "make_lookalike.py", source]
    maker += ["--size", "small", "--records", str(a.records or 200)] if a.data == "small" else ["--bench", a.data]
    if a.records and a.data != "small":
        maker += ["--records", str(a.records)]
    subprocess.run(list(map(str, maker)), check=True, stdout=sys.stderr)
    images = sum(size(source / folder) for folder in ("pick_easy_img", "pick_refine_img"))

    chosen = {}
    for name, (kind, command) in CONTESTANTS.items():
        wanted = not a.only or name == "tar" or any(w.lower() in f"{name} {kind}".lower() for w in a.only.split(","))
        if wanted and ("{torch}" not in command or torch):
            chosen[name] = command
    # Everything that was orphaned below becomes our child, so that its time and memory count.
    ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)

    output = work / "output"
    results = {
        "data": a.data, "records": a.records or {"realistic": 2000, "jpegs": 20000, "small": 200}[a.data], "bytes": size(source),
        "files": sum(1 for p in source.rglob("*") if p.is_file()), "cold": a.cold, "rounds": a.rounds, "date": a.date,
        "machine": machine(), "python": platform.python_version(), "versions": versions(python, binary), "runs": {n: [] for n in chosen},
    }  # fmt: skip
    if torch:
        results["versions"] |= {k: v for k, v in versions(torch, binary).items() if k in ("mosaicml-streaming", "litdata")}
    failed = {}
    order = random.Random(1)
    target = work / f"bench-{a.data}-{'cold' if a.cold else 'warm'}.json"
    for number in range(a.rounds):
        names = [n for n in chosen if n not in failed]
        order.shuffle(names)
        if not a.cold:
            warm(source)
        for name in names:
            shutil.rmtree(output, ignore_errors=True)
            os.sync()
            if a.cold:
                drop_caches()
            output.mkdir()
            words = {"bin": binary, "py": python, "torch": torch, "here": HERE, "in": source, "out": output}
            command = [w.format_map(words) for w in chosen[name].split()]
            with open(work / "log.txt", "wb+") as log:
                got = measure(command, log)
                log.seek(0)
                tail = log.read()[-1500:].decode(errors="replace")
            start = time.monotonic()
            os.sync()
            got["sync"] = time.monotonic() - start
            got["bytes"] = size(output)
            if got["code"] != 0 or got["bytes"] < 0.9 * images:
                failed[name] = f"exit code {got['code']}, {got['bytes']} bytes of output for {images} bytes of images"
                say(f"bench: {name} FAILED: {failed[name]}\n{tail}")
                continue
            results["runs"][name].append({k: round(v, 4) if isinstance(v, float) else v for k, v in got.items()})
            say(f"round {number + 1}/{a.rounds} {name:32} {got['wall']:7.2f} s wall {got['cpu']:7.2f} s CPU {got['memory'] >> 20:6} MB  sync {got['sync']:.1f} s")
        results["failed"] = failed
        target.write_text(json.dumps(results, indent=1) + "\n")
    shutil.rmtree(output, ignore_errors=True)
    if not a.keep_data:
        shutil.rmtree(source)
    return target


# --- showing ----------------------------------------------------------------------------------------------------------


def summary(results):
    """[(format, name, {wall, least, worst, cpu, memory, ratios})], by format, fastest first."""
    runs = results["runs"]
    base_wall = statistics.median(r["wall"] for r in runs["tar"])
    base_cpu = statistics.median(r["cpu"] for r in runs["tar"])
    rows = []
    for name, (kind, _) in CONTESTANTS.items():
        got = runs.get(name)
        if not got:
            continue
        walls, cpus = [r["wall"] for r in got], [r["cpu"] for r in got]
        # Ratios within a round: what both saw of the machine in the same minutes.
        pairs = [r["wall"] / t["wall"] for r, t in zip(got, runs["tar"])]
        rows.append((kind, name, {
            "wall": statistics.median(walls), "least": min(walls), "worst": max(walls), "cpu": statistics.median(cpus),
            "memory": max(r["memory"] for r in got), "sync": statistics.median(r["sync"] for r in got),
            "ratio": statistics.median(walls) / base_wall, "low": min(pairs), "high": max(pairs), "cpu_ratio": statistics.median(cpus) / base_cpu,
        }))  # fmt: skip
    kinds = ["yardstick", "WebDataset", "Parquet", "Arrow", "all three", "own format"]
    return sorted(rows, key=lambda row: (kinds.index(row[0]), row[2]["wall"]))


def heading(results):
    what = f"{results['records']:,} records, {results['files']:,} files, {results['bytes'] / 1e9:.2f} GB"
    return f"{what}, page cache {'cold' if results['cold'] else 'warm'}, {results['rounds']} interleaved rounds"


def table(results):
    lines = [
        f"{heading(results)}. {results['machine']}, {results['date']}.",
        "",
        "| format | writer | wall s, median (least) | × tar | CPU s | × tar | peak memory | then sync s |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, name, r in summary(results):
        bold = "**" if name.startswith("pickshard") else ""
        lines.append(
            f"| {kind} | {bold}{name}{bold} | {r['wall']:.2f} ({r['least']:.2f}) | {bold}{r['ratio']:.2f}{bold} | {r['cpu']:.2f} | {r['cpu_ratio']:.2f} | {r['memory'] / 1e6:,.0f} MB | {r['sync']:.1f} |"
        )
    for name, reason in results.get("failed", {}).items():
        lines.append(f"| {CONTESTANTS[name][0]} | {name} | failed: {reason} | | | | | |")
    lines += ["", "Versions: " + ", ".join(f"{k} {v}" for k, v in sorted(results["versions"].items())) + f", Python {results['python']}.", ""]
    return "\n".join(lines)


STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .dim { fill: #6e7781; font-size: 11px } .head { font-weight: 600 }
.grid { stroke: #d0d7de; stroke-width: 1 } .one { stroke: #6e7781; stroke-width: 1.5; stroke-dasharray: 4 3 }
.peer { fill: #8c959f; stroke: #8c959f } .ours { fill: #0969da; stroke: #0969da } .range { stroke-width: 3; stroke-opacity: .45; fill: none }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .dim { fill: #8b949e } .grid { stroke: #30363d } .ours { fill: #58a6ff; stroke: #58a6ff } }
"""


def plot(results):
    """Three panels on a logarithmic scale: wall and CPU against tar, peak memory in MB. A dot is the median."""
    rows = summary(results)
    step, top, left, panel, gap = 24, 74, 250, 200, 36
    height = top + step * len(rows) + 20 * len({k for k, *_ in rows}) + 46
    width = left + 3 * panel + 2 * gap + 24
    panels = [
        ("wall time × tar", lambda r: r["ratio"], lambda r: (r["low"], r["high"]), 1.0),
        ("CPU time × tar", lambda r: r["cpu_ratio"], None, 1.0),
        ("peak memory, MB", lambda r: r["memory"] / 1e6, None, None),
    ]
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{escape(heading(results))}">',
        f"<style>{STYLE}</style>",
        f'<text class="head" x="12" y="22">{escape(heading(results))}</text>',
        f'<text class="dim" x="12" y="40">{escape(results["machine"])}, {escape(results["date"])}; dot: median, bar: least to most; left is better</text>',
    ]
    ys, y, last = [], top, None
    for kind, name, _ in rows:
        if kind != last:
            y += 18
            out.append(f'<text class="dim" x="12" y="{y - 4}">{escape(kind)}</text>')
            last = kind
        ours = ' class="head"' if name.startswith("pickshard") else ""
        out.append(f'<text{ours} x="{left - 10}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        ys.append(y + 10)
        y += step
    for k, (title, value, spread, one) in enumerate(panels):
        x0 = left + k * (panel + gap)
        values = [value(r) for *_, r in rows] + ([v for *_, r in rows for v in spread(r)] if spread else [])
        low, high = math.floor(math.log2(min(values) * 0.95)), math.ceil(math.log2(max(values) * 1.05))
        span = max(1, high - low)

        def x(v, x0=x0, low=low, span=span):
            return x0 + panel * (math.log2(v) - low) / span

        out.append(f'<text class="head" x="{x0}" y="{top - 12}">{title}</text>')
        for tick in range(low, high + 1, max(1, span // 5)):
            label = f"{2.0**tick:g}" if tick >= 0 or tick >= -3 else f"1/{2**-tick}"
            out.append(f'<line class="grid" x1="{x(2.0**tick):.1f}" x2="{x(2.0**tick):.1f}" y1="{top}" y2="{y}"/>')
            out.append(f'<text class="dim" x="{x(2.0**tick):.1f}" y="{y + 16}" text-anchor="middle">{label}</text>')
        if one and low <= 0 <= high:
            out.append(f'<line class="one" x1="{x(one):.1f}" x2="{x(one):.1f}" y1="{top}" y2="{y}"/>')
        for (_, name, r), cy in zip(rows, ys):
            kind = "ours" if name.startswith("pickshard") else "peer"
            tip = f"<title>{escape(name)}: {r['wall']:.2f} s wall, {r['cpu']:.2f} s CPU, {r['memory'] / 1e6:.0f} MB</title>"
            if spread:
                a, b = spread(r)
                out.append(f'<line class="range {kind}" x1="{x(a):.1f}" x2="{x(b):.1f}" y1="{cy}" y2="{cy}"/>')
            out.append(f'<circle class="{kind}" cx="{x(value(r)):.1f}" cy="{cy}" r="4.5">{tip}</circle>')
    return "\n".join([*out, "</svg>", ""])


def render(path):
    results = json.loads(path.read_text())
    path.with_suffix(".md").write_text(table(results))
    path.with_suffix(".svg").write_text(plot(results))
    print(table(results))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=pathlib.Path, nargs="?")
    parser.add_argument("--pickshard", default=str(REPO / "bin" / "pickshard"))
    parser.add_argument("--data", choices=["realistic", "jpegs", "small"], default="realistic")
    parser.add_argument("--records", type=int, help="other than the data set's own number")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="parts of names or formats, with commas; tar always runs")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--keep-data", action="store_true")
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    parser.add_argument("--render", type=pathlib.Path, metavar="FILE.json")
    a = parser.parse_args()
    if a.render:
        render(a.render)
        return
    if not a.work:
        parser.error("WORK is needed")
    if not pathlib.Path(a.pickshard).exists():
        parser.error(f"{a.pickshard} is not there: make build")
    if a.cold:
        try:
            drop_caches()
        except OSError as err:
            sys.exit(f"bench: caches cannot be dropped here ({err}); run without --cold")
    render(run(a))


if __name__ == "__main__":
    main()
