#!/usr/bin/env python3
"""Peak memory of convert for 1, 10 and 60 GB of images, and with --memory 64MiB and images of 40 MB.

    python3 scripts/bench/memory.py WORK [--sizes 1,10,60] [--formats parquet,arrow,webdataset,all] [--timeout 3600]
        [--results DIR] [--fresh] [--retry]

Records name the same eight PNGs of 1.5 MB again and again (make_repeated.py), so the input is 12 MB. The output would
be up to 180 GB: while pickshard writes, a thread here punches holes into the files below OUTPUT/.pickshard, so that
they keep their sizes and take no room on the disk. pickshard does not read what it wrote, so it ends as always; what
it leaves is zeros, and deleted. What is measured is therefore memory alone (VmHWM as the kernel saw it, and sampled
anonymous memory); wall and CPU time are written down, but holes cost time and writing that never reaches the disk
costs less. Never look at them as speed, and never use this on an output that anybody wants.

The images of 40 MB are four, in 50 records (2 GB), with --memory 64MiB: a record is then more than half of what may
be in hand. Results: memory.json, memory.md and memory.svg in scripts/bench/results or, when sizes are others (a smoke
run), in WORK/results. Needs a file system that punches holes (ext4, xfs, btrfs, tmpfs).
"""

import argparse
import ctypes
import datetime
import os
import pathlib
import shutil
import subprocess
import sys
import threading

import measure
import plot
import report
import rounds

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "judges"))
import environment  # noqa: E402

SIZES = "1,10,60"
FORMATS = "parquet,arrow,webdataset,all"
SMALL, BIG = 1_500_000, 40_000_000
FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE = 1, 2


def punch(path):
    """Throw a file's bytes away, not its size."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open(path, os.O_RDWR)
    try:
        length = ctypes.c_int64(os.fstat(fd).st_size)
        if length.value and libc.fallocate64(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, ctypes.c_int64(0), length) != 0:
            raise OSError(ctypes.get_errno(), "punch a hole", str(path))
    finally:
        os.close(fd)


class Puncher(threading.Thread):
    """Keeps a folder that grows from filling the disk."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.done, self.failed = folder, threading.Event(), None

    def run(self):
        while not self.done.wait(0.2):
            for path in self.folder.glob("files/*"):
                try:
                    punch(path)
                except FileNotFoundError:
                    pass
                except OSError as err:
                    self.failed = err  # let it run: the disk may be large enough


def once(a, data, job):
    output = a.work / "output"
    shutil.rmtree(output, ignore_errors=True)
    formats = [] if job["format"] == "all" else ["--format", job["format"]]
    memory = ["--memory", job["limit"]] if "limit" in job else []
    puncher = Puncher(output / ".pickshard")
    puncher.start()
    with open(a.work / "log.txt", "wb+") as log:
        command = [a.pickshard, "convert", data / "repeated.yaml", data, output, "--quiet", "--no-sync", *formats, *memory]
        got = measure.run(command, log, a.timeout)
        log.seek(0)
        tail = log.read()[-1000:].decode(errors="replace")
    puncher.done.set()
    puncher.join()
    got |= job | {"bytes": measure.size(output) if output.exists() else 0}
    shutil.rmtree(output, ignore_errors=True)
    if got["code"] != 0:
        got["error"] = f"{got['code']}: {' '.join(tail.split())[-300:]}"
    if puncher.failed:
        got["unpunched"] = str(puncher.failed)
    return got


def show(folder, results):
    about = results.about
    good = [r for r in results.runs if "error" not in r]
    series = {}
    for r in good:
        if "limit" not in r:
            series.setdefault(r["format"], []).append((r["gb"], r["hwm"] / 1e6))
    note = f"pickshard {about['pickshard']}, {about['machine']}, {about['date']}; both scales logarithmic: slope 0 does not grow"
    panel = ("largest resident set (VmHWM), MB", "GB of images", series)
    (folder / "memory.svg").write_text(plot.lines("Peak memory by size of the data set", note, [panel]))
    lines = [
        f"{about['machine']}, {about['date']}, pickshard {about['pickshard']}.", "",
        "| images | records | format | --memory | VmHWM | anonymous, sampled | bytes written |", "|---|---:|---|---|---:|---:|---:|",
    ]  # fmt: skip
    for r in good:
        what = f"{r['gb']:g} GB in files of {r['image'] / 1e6:g} MB"
        lines.append(f"| {what} | {r['records']:,} | {r['format']} | {r.get('limit', 'default')} | {r['hwm'] / 1e6:.0f} MB | {r['memory'] / 1e6:.0f} MB | {r['bytes']:,} |")
    lines += [""] + [f"- {r['name']}: {r['error']}" for r in results.runs if "error" in r]
    (folder / "memory.md").write_text("\n".join(lines).rstrip() + "\n")
    print("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--pickshard", type=pathlib.Path, default=REPO / "bin" / "pickshard")
    parser.add_argument("--sizes", default=SIZES, help="GB of images")
    parser.add_argument("--formats", default=FORMATS)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=3600)
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--retry", action="store_true")
    a = parser.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    a.pickshard = a.pickshard.resolve()
    folder = a.results or (report.RESULTS if (a.sizes, a.formats) == (SIZES, FORMATS) else a.work / "results")
    measure.adopt()
    python = environment.environment(HERE / "requirements.txt")
    about = {
        "date": datetime.date.today().isoformat(), "machine": measure.machine(), "pickshard": measure.version(a.pickshard),
        "sha256": measure.digest(a.pickshard),
    }  # fmt: skip
    results = rounds.Results(folder / "memory.json", about, ["machine", "sha256"], a.fresh)
    if a.retry:
        results.retry()
    sets = [(float(gb), SMALL, 8, None) for gb in a.sizes.split(",") if gb] + [(2.0, BIG, 4, "64MiB")]
    for gb, image, images, limit in sets:
        data = a.work / "data"
        shutil.rmtree(data, ignore_errors=True)
        records = max(1, round(gb * 1e9 / image))
        maker = [python, HERE / "make_repeated.py", data, "--records", records, "--image-bytes", image, "--images", images]
        subprocess.run(list(map(str, maker)), check=True)
        jobs = {}
        for f in a.formats.split(","):
            job = {"gb": gb, "image": image, "records": records, "format": f} | ({"limit": limit} if limit else {})
            jobs[f"{gb:g} GB of {image / 1e6:g} MB, {f}{', ' + limit if limit else ''}"] = job
        rounds.interleave(results, list(jobs), a.rounds, lambda name: once(a, data, jobs[name]))
        shutil.rmtree(data)
    results.save()
    show(folder, results)


if __name__ == "__main__":
    main()
