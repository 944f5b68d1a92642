"""A standalone Spark on loopback, whose processes can be killed one by one, and a conversion on it."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

from judging import IMAGES, SCORES

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "spark" / "pickshard_spark.py"
SHARDS = ["--shard-rows", "2", "--format", "parquet,webdataset"]  # 18 of the demo's 36 records
# Generous: others may be using this machine. Whatever is waited for is waited for as an event.
PATIENCE = 900
# The first compiler alone: what is short-lived starts in half the time.
JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class Cluster:
    """Master and two workers of a standalone Spark."""

    def __init__(self, folder, pickshard, python=sys.executable):
        self.folder, self.pickshard, self.python = folder, str(pickshard), str(python)
        where = subprocess.run([python, "-c", "import pyspark; print(pyspark.__file__)"], check=True, stdout=subprocess.PIPE, text=True)
        self.home = pathlib.Path(where.stdout.strip()).parent
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.env = dict(
            os.environ, SPARK_HOME=str(self.home), SPARK_LOCAL_IP="127.0.0.1", SPARK_NO_DAEMONIZE="1", PYSPARK_PYTHON=self.python,
            PYSPARK_DRIVER_PYTHON=self.python, SPARK_DAEMON_MEMORY="256m", JAVA_TOOL_OPTIONS=JVM,
        )  # fmt: skip
        self.url = f"spark://127.0.0.1:{self.port}"
        self.master = self.daemon("master.Master", "--host", "127.0.0.1", "--port", str(self.port), "--webui-port", "0")
        self.workers, self.drivers = {}, []

    def daemon(self, what, *arguments, host="127.0.0.1"):
        log = open(self.folder / f"{what}-{time.time_ns()}.log", "w")
        command = [str(self.home / "bin" / "spark-class"), f"org.apache.spark.deploy.{what}", *arguments]
        return subprocess.Popen(command, env={**self.env, "SPARK_LOCAL_IP": host}, stdout=log, stderr=log, start_new_session=True)

    def fill(self):
        """Two workers, those that were killed replaced. Spark runs no copy of a task on the same host."""
        for driver in self.drivers:  # of a test that failed
            kill_group(driver)
        for host in ("127.0.0.1", "127.0.0.2"):
            if host in self.workers and self.workers[host].poll() is None:
                continue
            work = self.folder / f"work-{time.time_ns()}"
            self.workers[host] = self.daemon(
                "worker.Worker", "--host", host, "--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", str(work), self.url, host=host
            )

    def stop(self):
        for process in [*self.drivers, *self.workers.values(), self.master]:
            kill_group(process)
            process.wait()


def kill_group(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class Run:
    """One conversion on a cluster.

    What Spark ships is a script: it notes which shard it starts, does what a test wants, and becomes pickshard. From
    the hold-th start on it waits until go() is called: nothing depends on how fast the machine is.
    """

    def __init__(self, cluster, folder, source, hold=None, wrap="", then='exec PICKSHARD "$@"', conf=(), script=()):
        self.cluster, self.folder, self.input = cluster, folder, source
        self.output, self.plan, self.starts, self.gate = folder / "out", folder / "plan", folder / "starts", folder / "go"
        self.conf, self.script, self.hold = dict(conf), list(script), hold
        self.binary = folder / "pickshard"
        waiting = f'[ $(grep -n "^$$ " {self.starts} | cut -d: -f1) -lt {hold} ] || until [ -e {self.gate} ]; do sleep 0.05; done' if hold else ""
        self.binary.write_text(f"""#!/bin/sh
shard=; for word; do [ "$last" != --shard ] || shard=$word; last=$word; done
if [ "$1" = worker ]; then
  echo "$$ $shard" >> {self.starts}
  {waiting}
  {wrap}
fi
{then}
""".replace("PICKSHARD", cluster.pickshard))
        self.binary.chmod(0o755)
        self.starts.touch()
        write_plan(cluster.pickshard, self.input, self.output, self.plan)
        cluster.fill()

    def submit(self):
        settings = {
            "spark.master": self.cluster.url, "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
            "spark.driver.memory": "512m", "spark.executor.memory": "512m", "spark.executor.cores": "1", **self.conf,
        }  # fmt: skip
        command = [str(self.cluster.home / "bin" / "spark-submit")]
        for key, value in settings.items():
            command += ["--conf", f"{key}={value}"]
        command += [str(SCRIPT), "--plan", str(self.plan), "--binary", str(self.binary), *self.script, str(self.input), str(self.output)]
        self.log = self.folder / f"driver-{time.time_ns()}.log"
        with open(self.log, "w") as log:
            driver = subprocess.Popen(command, env=self.cluster.env, stdout=log, stderr=log, start_new_session=True)
        self.cluster.drivers.append(driver)
        return driver

    def go(self):
        """Let those that wait go on; until then nothing may have been published."""
        assert {p.name for p in self.output.iterdir()} == {".pickshard"}
        self.gate.touch()

    def recorded(self):
        return {f.stem for f in (self.output / ".pickshard" / "shards").glob("*.json") if ".bad." not in f.name}

    def started(self):
        """(process, shard) of all starts."""
        return [(int(pid), shard) for pid, shard in (line.split() for line in self.starts.read_text().splitlines())]

    def held(self, count=2):
        """(process, shard) of those that wait, once they are so many."""
        alive = [(pid, shard) for pid, shard in self.started()[self.hold - 1 :] if pathlib.Path(f"/proc/{pid}").exists()]
        return alive if len(alive) >= count else None

    def worker_of(self, pid):
        """The Spark worker that has a process in hand."""
        return next((w for w in self.cluster.workers.values() if pid in descendants(w.pid)), None)

    def wait(self, what, seconds=PATIENCE):
        deadline = time.time() + seconds
        while not (found := what()):
            assert self.cluster.drivers[-1].poll() is None, f"the driver has ended: {self.log.read_text()[-5000:]}"
            assert time.time() < deadline, self.log.read_text()[-5000:]
            time.sleep(0.1)
        return found

    def end(self, driver, code=0, seconds=PATIENCE):
        try:
            assert driver.wait(timeout=seconds) == code, self.log.read_text()[-8000:]
        finally:
            kill_group(driver)

    def judge(self, whole, truth, spark, twice=False):
        """The same bytes as on one machine, nothing else, and Spark's sums over them are those of pandas."""
        names = [shard for _, shard in self.started()]
        if twice:
            assert len(names) > len(set(names)), "no shard was started twice: nothing was proved"
        same(self.output, whole, truth)
        assert spark(self.output) == sums(truth)


def make_demo(program, folder):
    """The input of the small data set that pickshard brings along."""
    subprocess.run([program, "demo", folder], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "input"


def write_plan(program, source, output, plan):
    subprocess.run([program, "plan", "pick-high", source, output, "--write", plan, "-q", *SHARDS], check=True, stdout=subprocess.DEVNULL)


def convert(program, source, output):
    """What one machine makes."""
    subprocess.run([program, "convert", "pick-high", source, output, "-q", *SHARDS], check=True)
    return output


def same(output, whole, truth):
    """An output is that of one machine: each planned shard once, whose digests are the same, and no other file."""
    assert (output / "_SUCCESS").exists()
    deadline = time.time() + PATIENCE
    while (output / ".pickshard").exists() and time.time() < deadline:  # a late worker takes away what it made
        time.sleep(0.1)
    assert digests(output) == digests(whole)
    manifest = json.loads((output / "manifest.json").read_text())
    shards = [f["path"] for s in manifest["splits"] for sh in s["shards"] for f in sh["files"]]
    assert len(shards) == len(set(shards)) and sum(len(s["shards"]) for s in manifest["splits"]) == 18
    assert set(digests(output)) == {*shards, *(f["path"] for f in manifest["files"]), "manifest.json", "_SUCCESS"}
    rows = sum(sh["rows"] for s in manifest["splits"] for sh in s["shards"])
    assert rows == manifest["rows"] == len(truth.all())


def digests(folder):
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def sums(truth):
    """What Spark must find."""
    rows = truth.all()
    found = {"count": len(rows), "prompts": sum(len(r["easy_prompt"]) for r in rows)}
    for c in IMAGES:
        found[c] = [sum(len(r[c][1]) for r in rows), len({r[c][0] for r in rows})]
    for c in SCORES:
        found[c] = round(sum(r[c] for r in rows), 9)
    return found


def spark_sums(spark, output):
    """The same, by Spark: bytes and names of images, scores, prompts."""
    from pyspark.sql import functions as F

    wanted = [F.count(F.lit(1)).alias("count"), F.sum(F.length("easy_prompt")).alias("prompts")]
    for c in IMAGES:
        wanted += [F.sum(F.length(f"{c}.bytes")).alias(f"{c}_bytes"), F.count_distinct(f"{c}.path").alias(f"{c}_names")]
    wanted += [F.sum(c).alias(c) for c in SCORES]
    row = spark.read.parquet(str(output / "parquet" / "data")).agg(*wanted).collect()[0]
    found = {"count": row["count"], "prompts": row["prompts"]}
    return found | {c: [row[f"{c}_bytes"], row[f"{c}_names"]] for c in IMAGES} | {c: round(row[c], 9) for c in SCORES}


def descendants(pid):
    """All processes below one."""
    below, found, todo = children(), [], [pid]
    while todo:
        todo += below.get(todo[0], [])
        found += below.get(todo.pop(0), [])
    return found


def children():
    """Processes, by the one that started them. Not by their command lines, which a busy system may not tell."""
    lines = subprocess.run(["ps", "-eo", "pid=,ppid="], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    below = {}
    for pid, parent in (map(int, line.split()) for line in lines):
        below.setdefault(parent, []).append(pid)
    return below


def executor_of(worker):
    """A Spark worker starts nothing but executors."""
    executors = children().get(worker.pid, [])
    assert executors
    return executors


def broken_input(source, folder):
    """A copy of an input with an image of a shard cut short, so that its records break a rule."""
    shutil.copytree(source, folder)
    name = sorted((folder / "pick_refine_img" / "train").iterdir())[0]
    os.truncate(name, 2000)
    return folder


def recorded_files(output):
    """The files of all shards that are recorded, by their names to be."""
    found = {}
    for record in (output / ".pickshard" / "shards").glob("*.json"):
        if ".bad." in record.name:
            continue
        told = json.loads(record.read_text())
        for file in told["built"]["files"]:
            part = file["format"] + (f".{file['index']}" if file.get("index") else "")
            found[file["path"]] = output / told["attempts"][part]
    return found


if __name__ == "__main__":  # in the environment of another Spark
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    print(json.dumps(spark_sums(session, pathlib.Path(sys.argv[1]))))
    session.stop()
