#!/usr/bin/env python3
"""Run pickshard and its peers in turn over the same data, measure, and write tables, plots and the README's section.

    python3 scripts/bench/bench.py WORK [--data realistic,jpegs] [--rounds 5] [--cold | --both]
        [--only parquet,pickshard] [--skip torch] [--timeout 300] [--records N] [--results DIR] [--fresh] [--retry] [--keep-data]

`make bench` is `bench.py .cache/bench --both --keep-data`. WORK is a folder with room for the data (3.4 and 3.8 GB) and
one output at a time (10 GB). The data is made there by scripts/judges/make_lookalike.py, once. Results go to
scripts/bench/results/bench-DATA-{warm,cold}.json, after every run: cut it short, and the same command goes on with the
rounds that are missing; --rounds 7 after 5 adds two. report.py then writes .md and .svg beside them and the section of
README.md. With --records (a smoke run) they go to WORK/results and README.md stays as it is.

Fair means: each contender is a process of its own, in a round with all others; the order turns from round to round, so
that nobody always follows the same other one; its output is counted (rows and bytes of images, check_output.py) and
deleted, and the disk synced, before the next begins. Each has converted 30 records before, unmeasured, so that its
program is in memory. With the page cache warm the input is read before each run; cold, it is put out of the cache
before each run, and looked at whether it is. Whoever fails, writes something else or takes longer than --timeout is in
the results as that; after two failures it is not tried again (--retry forgets failures). It never decides who is good:
it writes down what it saw, and pickshard's bad runs, too.

Needs Linux, GNU tar and Python 3.11; Spark needs Java, the bare loop a C compiler. The peers' environments (requirements.txt, and
requirements-torch.txt for MDS and litData: several GB) are made the first time.
"""

import datetime
import json
import os
import pathlib
import platform
import shutil
import subprocess

import contenders
import measure
import report
import rounds
import session
from measure import say

HERE = pathlib.Path(__file__).resolve().parent

RECORDS = {"realistic": 2000, "jpegs": 20000}
# Before its first run, or before each when the cache is cold, a contender's program is brought into memory with this many records.
REHEARSAL = 30


def versions(pythons, binary):
    """Of the program, of tar and cp, and of the peers in these environments."""
    out = {}
    for python in pythons:
        text = subprocess.run([python, "-m", "pip", "freeze", "--disable-pip-version-check"], capture_output=True, text=True).stdout
        pins = dict(line.split("==") for line in text.splitlines() if "==" in line)
        out |= {name: pins[name] for name in contenders.PACKAGES if name in pins and name not in out}
    for name in ("tar", "cp"):
        out[name] = subprocess.run([name, "--version"], capture_output=True, text=True).stdout.splitlines()[0].split()[-1]
    return out | {"pickshard": measure.version(binary)}


def make_data(python, folder, *options):
    session.make(python, "judges/make_lookalike.py", folder, *options)
    return folder


class Bench:
    """One data set, warm or cold."""

    def __init__(self, a, data, cold, words, about):
        self.a, self.cold, self.words = a, cold, words
        self.work = a.work
        self.output = self.work / "output"
        size = ["--records", str(a.records or RECORDS[data]), "--size", data]
        # The rehearsal's data first: the real one is then the newest in the page cache.
        self.little = make_data(words["py"], self.work / f"data-{data}-{REHEARSAL}", "--records", str(REHEARSAL), "--size", data)
        self.source = make_data(words["py"], self.work / f"data-{data}-{a.records or 'full'}", *size)
        self.rows = a.records or RECORDS[data]
        self.images = {folder: self.count(folder) for folder in (self.source, self.little)}
        self.paths = measure.files(self.source)  # listed now: to list them later would bring their inodes into memory
        measure.need_space(self.work, 4 * self.images[self.source])
        about = about | {
            "data": data, "records": self.rows, "bytes": measure.size(self.source), "files": len(self.paths),
            "cold": cold,
        }  # fmt: skip
        target = a.results / f"bench-{data}-{'cold' if cold else 'warm'}.json"
        self.results = rounds.Results(target, about, ["machine", "data", "records", "bytes", "cold", "sha256", "pins"], a.fresh)
        if a.retry:
            self.results.retry()

    @staticmethod
    def count(folder):
        return sum(measure.size(folder / images) for images in ("pick_easy_img", "pick_refine_img"))

    def clear(self):
        shutil.rmtree(self.output, ignore_errors=True)
        self.output.mkdir()

    def start(self, name, source):
        """Run a contender over a data set; its numbers, and an error where something is wrong."""
        words = self.words | {"in": source, "out": self.output}
        command = [w.format_map(words) for w in contenders.CONTENDERS[name][1].split()]
        quiet = {"BENCH_CORES": str(os.cpu_count()), "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false"}
        got, tail = session.logged(self.a, command, env=os.environ | quiet | {"DATA_OPTIMIZER_CACHE_FOLDER": str(self.work / "cache")})
        if got["code"] == "timeout":
            got["error"] = f"took longer than {self.a.timeout} s"
        elif got["code"] != 0:
            got["error"] = f"exit code {got['code']}"
            say(tail)
        return got

    def check(self, name, source, rows):
        """What is wrong with the output, or None."""
        kinds = contenders.CONTENDERS[name][2].split()
        done = subprocess.run([self.words["py"], HERE / "check_output.py", self.output, *kinds], capture_output=True, text=True)
        if done.returncode != 0:
            return f"the output cannot be counted: {done.stderr.strip().splitlines()[-1]}"
        images = self.images[source]
        for found in json.loads(done.stdout):
            wrong = found["bytes"] != images if found["exact"] else not 0.98 * images <= found["bytes"] <= 1.03 * images
            if found["rows"] != rows or wrong:
                return f"wrote {found['rows']:g} rows and {found['bytes']} bytes of images, {rows} and {images} were to be written"
        return None

    def rehearse(self, name):
        """A small run that brings the program into memory; what is wrong with it shows in the measured run, too."""
        self.clear()
        got = self.start(name, self.little)
        if problem := got.get("error") or self.check(name, self.little, REHEARSAL):
            say(f"bench: {name}: rehearsal with {REHEARSAL} records: {problem}")

    def once(self, name):
        self.clear()
        os.sync()
        how = None
        if self.cold:
            how = measure.chill(self.paths)
        if self.cold or name not in self.rehearsed:
            self.rehearse(name)
            self.rehearsed.add(name)
        self.clear()
        os.sync()
        if not self.cold:
            measure.warm(self.paths)
        load = measure.load()
        got = self.start(name, self.source) | {"load": load}
        if how:
            got["chilled"] = how
        got["sync"] = measure.run(["sync"])["wall"]
        if "error" not in got and (problem := self.check(name, self.source, self.rows)):
            got["error"] = problem
        return got

    def run(self):
        say(f"bench: {self.results.path.name}: {self.images[self.source] / 1e9:.2f} GB of images, {self.a.rounds} rounds of {len(self.a.names)}")
        self.rehearsed = set()
        rounds.interleave(self.results, self.a.names, self.a.rounds, self.once)
        shutil.rmtree(self.output, ignore_errors=True)
        shutil.rmtree(self.work / "cache", ignore_errors=True)
        self.results.save()
        if not self.a.keep_data:
            shutil.rmtree(self.source)
            shutil.rmtree(self.little)


def arguments():
    parser = session.parser(__doc__, rounds=5, timeout=300)
    parser.add_argument("--data", default="realistic,jpegs")
    parser.add_argument("--records", type=int, help="other than the data set's own number: a smoke run")
    parser.add_argument("--only", default="", help="parts of names or formats, with commas; tar always runs")
    parser.add_argument("--skip", default="", help="the same, to leave out; torch: those that need its environment")
    parser.add_argument("--cold", action="store_true", help="page cache cold instead of warm")
    parser.add_argument("--both", action="store_true", help="warm, then cold")
    parser.add_argument("--keep-data", action="store_true")
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    a = parser.parse_args()
    if not a.pickshard.exists():
        parser.error(f"{a.pickshard} is not there: make build")
    unknown = set(a.data.split(",")) - set(RECORDS)
    if unknown:
        parser.error(f"--data {','.join(unknown)}: realistic or jpegs")
    a.work = a.work.resolve()
    a.names = contenders.choose(a.only, a.skip)
    a.smoke = bool(a.records)
    session.begin(a, a.smoke)
    return a


def environments(a):
    """{word of a command: Python}; that with torch is only made where it is needed."""
    found = {"py": str(a.python)}
    try:
        needed = any("{torch}" in contenders.CONTENDERS[n][1] for n in a.names)
        found["torch"] = str(session.environment(HERE / "requirements-torch.txt", make=needed))
    except FileNotFoundError:
        pass
    return found


def bare_loop(a):
    """bare.c, compiled; without a C compiler it is left out, and said."""
    program, compiler = a.work / "bare", shutil.which("cc")
    if compiler is None:
        say("bench: no C compiler (cc): the bare loops are NOT measured")
        a.names = [n for n in a.names if "{bare}" not in contenders.CONTENDERS[n][1]]
    else:
        subprocess.run([compiler, "-O2", "-pthread", "-o", program, HERE / "bare.c"], check=True)
    return program


def main():
    a = arguments()
    pythons = environments(a)
    about = {
        "date": a.date, "machine": measure.machine(), "python": platform.python_version(), "versions": versions(pythons.values(), a.pickshard),
        "sha256": measure.digest(a.pickshard), "pins": measure.digest(*sorted(HERE.glob("requirements*.txt"))),
    }  # fmt: skip
    words = pythons | {"bin": a.pickshard, "here": HERE, "bare": bare_loop(a), "cores": os.cpu_count()}
    for data in a.data.split(","):
        for cold in [False, True] if a.both else [a.cold]:
            Bench(a, data, cold, words, about).run()
            report.write(a.results, readmes=not a.smoke)


if __name__ == "__main__":
    main()
