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

import ctypes
import os
import shutil
import threading

import measure
import plot
import rounds
import session

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
    command = [a.pickshard, "convert", data / "repeated.yaml", data, output, "--quiet", "--no-sync", *formats, *memory]
    got = session.run(a, command)
    puncher.done.set()
    puncher.join()
    got |= job | {"bytes": measure.size(output) if output.exists() else 0}
    shutil.rmtree(output, ignore_errors=True)
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
    session.publish(results, lines)


def main():
    parser = session.parser(__doc__, rounds=1, timeout=3600)
    parser.add_argument("--sizes", default=SIZES, help="GB of images")
    parser.add_argument("--formats", default=FORMATS)
    a = parser.parse_args()
    session.begin(a, smoke=(a.sizes, a.formats) != (SIZES, FORMATS))
    results = session.results(a, "memory")
    sets = [(float(gb), SMALL, 8, None) for gb in a.sizes.split(",") if gb] + [(2.0, BIG, 4, "64MiB")]
    for gb, image, images, limit in sets:
        data = a.work / "data"
        shutil.rmtree(data, ignore_errors=True)
        records = max(1, round(gb * 1e9 / image))
        session.make(a.python, "bench/make_repeated.py", data, "--records", records, "--image-bytes", image, "--images", images)
        jobs = {}
        for f in a.formats.split(","):
            job = {"gb": gb, "image": image, "records": records, "format": f} | ({"limit": limit} if limit else {})
            jobs[f"{gb:g} GB of {image / 1e6:g} MB, {f}{', ' + limit if limit else ''}"] = job
        rounds.interleave(results, list(jobs), a.rounds, lambda name: once(a, data, jobs[name]))
        shutil.rmtree(data)
    results.save()
    show(a.results, results)


if __name__ == "__main__":
    main()
