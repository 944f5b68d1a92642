"""One conversion by Spark's executors is the conversion of one machine, whatever dies on the way.

A standalone Spark on loopback: a master and two workers of one core, as processes that can be
killed one by one: T1 to T6 of issue 19. It takes minutes of an idle machine, so only make cluster
runs it.
"""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SCRIPT = HERE.parent / "spark" / "pickshard_spark.py"
SHARDS = ["--shard-rows", "2", "--format", "parquet,webdataset"]  # 18 of the demo's 36 records
pytestmark = pytest.mark.skipif("PICKSHARD_CLUSTER" not in os.environ, reason="NOT JUDGED: a Spark cluster takes minutes of an idle machine: make cluster")


class Cluster:
    """Master and workers of a standalone Spark, and a wrapper that notes each start of a pickshard."""

    def __init__(self, folder, pickshard):
        import pyspark

        self.folder, self.pickshard = folder, str(pickshard)
        self.home = pathlib.Path(pyspark.__file__).parent
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.env = dict(
            os.environ, SPARK_HOME=str(self.home), SPARK_LOCAL_IP="127.0.0.1", SPARK_NO_DAEMONIZE="1",
            PYSPARK_PYTHON=sys.executable, PYSPARK_DRIVER_PYTHON=sys.executable,
            SPARK_WORKER_OPTS="-Dspark.worker.cleanup.enabled=false", SPARK_DAEMON_MEMORY="256m",
        )
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
            with contextlib.suppress(ProcessLookupError):
                os.killpg(driver.pid, signal.SIGKILL)
        for host in ("127.0.0.1", "127.0.0.2"):
            if host in self.workers and self.workers[host].poll() is None:
                continue
            work = self.folder / f"work-{time.time_ns()}"
            self.workers[host] = self.daemon(
                "worker.Worker", "--host", host, "--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", str(work), self.url, host=host,
            )

    def stop(self):
        for process in [*self.drivers, *self.workers.values(), self.master]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, binary_path):
    cluster = Cluster(tmp_path_factory.mktemp("spark"), binary_path)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def binary_path():
    from conftest import pickshard

    return pathlib.Path(pickshard()).resolve()


def digests(folder):
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


class Run:
    """One conversion on the cluster."""

    def __init__(self, cluster, folder, data, delay=1.5, wrap="", config="pick-high", more=(), conf=()):
        self.cluster, self.folder = cluster, folder
        self.input, self.output, self.plan, self.starts = data / "input", folder / "out", folder / "plan", folder / "starts"
        self.starts.mkdir()
        self.conf = conf
        # What Spark ships: it notes which shard it starts, waits, and becomes pickshard.
        self.binary = folder / "pickshard"
        self.binary.write_text(f"""#!/bin/sh
shard=; for word; do [ "$last" = --shard ] && shard=$word; last=$word; done
if [ "$1" = worker ]; then
  echo "$$ $shard" >> {self.starts}/all
  {wrap}
  sleep {delay}
fi
exec {cluster.pickshard} "$@"
""")
        self.binary.chmod(0o755)
        subprocess.run([cluster.pickshard, "plan", config, self.input, self.output, "--write", self.plan, "-q", *SHARDS, *more], check=True, stdout=subprocess.DEVNULL)
        cluster.fill()

    def submit(self):
        settings = {
            "spark.master": self.cluster.url, "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
            "spark.driver.memory": "512m", "spark.executor.memory": "512m", "spark.executor.cores": "1", **dict(self.conf),
        }
        command = [str(self.cluster.home / "bin" / "spark-submit")]
        for key, value in settings.items():
            command += ["--conf", f"{key}={value}"]
        command += [str(SCRIPT), "--plan", str(self.plan), "--binary", str(self.binary), str(self.input), str(self.output)]
        log = open(self.folder / f"driver-{time.time_ns()}.log", "w+")
        self.log = pathlib.Path(log.name)
        driver = subprocess.Popen(command, env=self.cluster.env, stdout=log, stderr=log, start_new_session=True)
        self.cluster.drivers.append(driver)
        return driver

    def recorded(self):
        return len([f for f in (self.output / ".pickshard" / "shards").glob("*.json") if ".bad." not in f.name])

    def started(self):
        file = self.starts / "all"
        lines = file.read_text().split("\n") if file.exists() else []
        return [tuple(line.split()) for line in lines if line]

    def running(self):
        """A shard that is being built: the process that does, and its name."""
        for pid, shard in reversed(self.started()):
            if pathlib.Path(f"/proc/{pid}").exists() and not self.record(shard).exists():
                return int(pid), shard
        return None

    def record(self, shard):
        return self.output / ".pickshard" / "shards" / f"{shard}.json"

    def victim(self):
        """A Spark worker that has a shard in hand."""
        found = self.running()
        for worker in self.cluster.workers.values():
            if found and found[0] in descendants(worker.pid):
                return worker
        return None

    def wait(self, what, seconds=300):
        deadline = time.time() + seconds
        while not (found := what()):
            assert time.time() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.1)
        return found

    def end(self, driver, code=0, seconds=300):
        try:
            assert driver.wait(timeout=seconds) == code, self.log.read_text()[-5000:]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(driver.pid, signal.SIGKILL)

    def judge(self, whole, twice=False):
        names = [shard for _, shard in self.started()]
        if twice:
            assert len(names) > len(set(names)), "no shard was started twice: nothing was proved"
        assert (self.output / "_SUCCESS").exists()
        late = time.time() + 5
        while (self.output / ".pickshard").exists() and time.time() < late:
            time.sleep(0.2)
        assert digests(self.output) == digests(whole)
        manifest = json.loads((self.output / "manifest.json").read_text())
        listed = {f["path"] for s in manifest["splits"] for sh in s["shards"] for f in sh["files"]} | {f["path"] for f in manifest["files"]}
        assert set(digests(self.output)) == listed | {"manifest.json", "_SUCCESS"}
        assert sum(sh["rows"] for s in manifest["splits"] for sh in s["shards"]) == manifest["rows"] == 36


@pytest.fixture(scope="module")
def data(tmp_path_factory, binary_path):
    folder = tmp_path_factory.mktemp("demo")
    subprocess.run([binary_path, "demo", folder], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory, binary_path, data):
    output = tmp_path_factory.mktemp("whole") / "out"
    subprocess.run([binary_path, "convert", "pick-high", data / "input", output, "-q", *SHARDS], check=True)
    return output


def descendants(pid):
    """Processes below one, with their command lines."""
    below = subprocess.run(["ps", "-eo", "pid,ppid,args"], stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")[1:]
    table = [line.split(None, 2) for line in below if len(line.split(None, 2)) == 3]
    found, todo = {}, [str(pid)]
    while todo:
        parent = todo.pop()
        for child, of, args in table:
            if of == parent:
                found[int(child)] = args
                todo.append(child)
    return found


def executor_of(worker):
    return [pid for pid, args in descendants(worker.pid).items() if "CoarseGrainedExecutorBackend" in args]


def test_plain(cluster, tmp_path, data, whole):
    """T1, and Spark reads what was made."""
    run = Run(cluster, tmp_path, data, delay=0)
    run.end(run.submit())
    run.judge(whole)


def test_worker_and_executor_killed(cluster, tmp_path, data, whole):
    """T2: the child lives on, and its shard is built twice."""
    run = Run(cluster, tmp_path, data)
    driver = run.submit()
    run.wait(lambda: run.recorded() >= 4)
    victim = run.wait(run.victim)
    for pid in [victim.pid, *executor_of(victim)]:
        os.kill(pid, signal.SIGKILL)
    victim.wait()
    run.end(driver)
    run.judge(whole, twice=True)


def test_executor_and_child_killed(cluster, tmp_path, data, whole):
    """T3."""
    run = Run(cluster, tmp_path, data)
    driver = run.submit()
    run.wait(lambda: run.recorded() >= 4)
    for pid in executor_of(run.wait(run.victim)):
        for child in [pid, *descendants(pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    run.end(driver)
    run.judge(whole, twice=True)


def test_speculation(cluster, tmp_path, data, whole):
    """T4: a child is stopped until its copy has committed, and continued."""
    conf = {"spark.speculation": "true", "spark.speculation.interval": "200ms", "spark.speculation.multiplier": "1.5", "spark.speculation.quantile": "0.5"}
    run = Run(cluster, tmp_path, data, conf=conf)
    driver = run.submit()
    run.wait(lambda: run.recorded() >= 8)
    pid, shard = run.wait(run.running)
    os.kill(pid, signal.SIGSTOP)
    assert not run.record(shard).exists()
    run.wait(lambda: run.record(shard).exists() or (run.output / "_SUCCESS").exists())
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
    run.end(driver)
    run.judge(whole, twice=True)


def test_driver_killed(cluster, tmp_path, data, whole):
    """T5: the same command again."""
    run = Run(cluster, tmp_path, data)
    driver = run.submit()
    run.wait(lambda: run.recorded() >= 8)
    os.killpg(driver.pid, signal.SIGKILL)
    driver.wait()
    assert not (run.output / "_SUCCESS").exists()
    run.end(run.submit())
    run.judge(whole)


def test_once_75(cluster, tmp_path, data, whole):
    """T6: a shard that is worth another try gets it."""
    mark = tmp_path / "tried"
    run = Run(cluster, tmp_path, data, delay=0, wrap=f'if [ "$shard" = train-00003-of-00012 ] && [ ! -e {mark} ]; then touch {mark}; exit 75; fi')
    run.end(run.submit())
    run.judge(whole, twice=True)


def test_bad_data(cluster, tmp_path, data):
    """T6: a shard whose data is bad is tried once, and finalize names it."""
    run = Run(cluster, tmp_path, data, delay=0, wrap='if [ "$shard" = train-00003-of-00012 ]; then echo broken >&2; exit 65; fi')
    run.end(run.submit(), code=1)
    assert [shard for _, shard in run.started()].count("train-00003-of-00012") == 1
    assert run.recorded() == 17 and not (run.output / "_SUCCESS").exists()
    text = run.log.read_text()
    assert "1 of 18 shards are missing" in text and "train-00003-of-00012: the data is bad, not tried again" in text
