"""One conversion by Spark's executors is the conversion of one machine, whatever dies on the way: T1 to T6.

A standalone Spark on loopback: a master and two workers of one core, as processes that can be killed one by one.
After each, the manifest, every byte, and Spark's own sums over the result are held against one machine's and pandas'.
T3, T5 and Spark 3.5 are for make cluster alone.
"""

import contextlib
import functools
import os
import pathlib
import shutil
import signal
import subprocess

import judging
import pytest
import spark_cluster
from spark_cluster import Cluster, Run

only_cluster = pytest.mark.skipif("PICKSHARD_CLUSTER" not in os.environ, reason="for make cluster alone")


@pytest.fixture(scope="module")
def program():
    from conftest import pickshard

    return pathlib.Path(pickshard()).resolve()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, program):
    judging.need("pyspark")
    if not shutil.which("java"):
        judging.absent("there is no java for Spark")
    cluster = Cluster(tmp_path_factory.mktemp("spark"), program)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def source(tmp_path_factory, program):
    return spark_cluster.make_demo(program, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def facts(source):
    return judging.Truth(source)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, program, source):
    return spark_cluster.convert(program, source, tmp_path_factory.mktemp("whole") / "out")


@pytest.fixture
def judge(whole, facts, spark):
    return lambda run, **more: run.judge(whole, facts, functools.partial(spark_cluster.spark_sums, spark), **more)


def test_plain(cluster, tmp_path, source, judge):
    """T1."""
    run = Run(cluster, tmp_path, source)
    run.end(run.submit())
    judge(run)


def test_worker_and_executor_killed(cluster, tmp_path, source, judge):
    """T2: what builds a shard lives on without its executor, and its shard is built a second time, at the same time."""
    # Not tied to anything, as in an older launcher: the worst case.
    then = 'for word; do shift; [ "$word" = --tied ] || set -- "$@" "$word"; done; PICKSHARD "$@" < /dev/null; exit $?'
    run = Run(cluster, tmp_path, source, hold=7, then=then)
    driver = run.submit()
    pid, shard = run.wait(run.held)[0]
    assert len(run.recorded()) >= 4
    victim = run.worker_of(pid)
    for process in [victim.pid, *spark_cluster.executor_of(victim)]:
        os.kill(process, signal.SIGKILL)
    victim.wait()
    # The other executor holds a shard too: it comes to the one that was lost when it may go on.
    run.go()
    run.end(driver)
    assert [s for _, s in run.started()].count(shard) > 1
    judge(run, twice=True)


@only_cluster
def test_executor_and_child_killed(cluster, tmp_path, source, judge):
    """T3."""
    run = Run(cluster, tmp_path, source, hold=7)
    driver = run.submit()
    pid, _ = run.wait(run.held)[0]
    for executor in spark_cluster.executor_of(run.worker_of(pid)):
        for process in [executor, *spark_cluster.descendants(executor)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    run.go()
    run.end(driver)
    judge(run, twice=True)


def test_speculation(cluster, tmp_path, source, judge):
    """T4: a child is stopped until its copy has committed, and continued."""
    conf = {
        "spark.speculation": "true", "spark.speculation.interval": "200ms", "spark.speculation.multiplier": "1.5",
        "spark.speculation.quantile": "0.5", "spark.speculation.minTaskRuntime": "200ms",
    }  # fmt: skip
    run = Run(cluster, tmp_path, source, hold=9, conf=conf)
    driver = run.submit()
    pid, shard = run.wait(run.held)[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        run.go()
        run.wait(lambda: [s for _, s in run.started()].count(shard) > 1)
        assert pathlib.Path(f"/proc/{pid}").exists() or shard in run.recorded()
        deadline = spark_cluster.time.time() + spark_cluster.PATIENCE
        while not ((run.output / "_SUCCESS").exists() or shard in run.recorded()):
            assert spark_cluster.time.time() < deadline, run.log.read_text()[-5000:]
            spark_cluster.time.sleep(0.1)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    run.end(driver)
    judge(run, twice=True)


@only_cluster
def test_driver_killed(cluster, tmp_path, source, judge):
    """T5: the same command again."""
    run = Run(cluster, tmp_path, source, hold=10)
    driver = run.submit()
    run.wait(run.held)
    spark_cluster.kill_group(driver)
    driver.wait()
    there = run.recorded()
    assert len(there) >= 8
    run.go()
    run.end(run.submit())
    assert not there & {shard for _, shard in run.started()[11:]}, "what was recorded was built again"
    judge(run)


def test_worth_another_try(cluster, tmp_path, source, judge):
    """T6: a worker that may open too few files ends with 75, once; its task of four shards is tried again."""
    lacks = f"if mkdir {tmp_path}/lacked; then ulimit -n 16; fi"
    tells = 'PICKSHARD "$@"; code=$?; [ "$1 $code" = "worker 0" ] || echo $1 $code >> CODES; exit $code'.replace("CODES", f"{tmp_path}/codes")
    run = Run(cluster, tmp_path, source, wrap=lacks, then=tells, script=["--per-task", "4"])
    run.end(run.submit())
    assert (tmp_path / "codes").read_text().splitlines() == ["finalize 1", "worker 75", "finalize 0"]
    assert "too many open files" in run.log.read_text()
    judge(run, twice=True)


def test_bad_data(cluster, tmp_path, source, whole):
    """T6: a shard whose data is bad is tried once, and finalize names it; all others are as on one machine."""
    run = Run(cluster, tmp_path, spark_cluster.broken_input(source, tmp_path / "input"))
    run.end(run.submit(), code=1)
    started, there = [shard for _, shard in run.started()], run.recorded()
    (bad,) = set(started) - there
    assert len(there) == 17 and started.count(bad) == 1, started  # others may be started twice, where an executor is lost
    assert not (run.output / "_SUCCESS").exists() and not (run.output / "manifest.json").exists()
    text = run.log.read_text()
    assert "1 of 18 shards are missing" in text and f"{bad}: the data is bad, not tried again" in text and "image.intact" in text
    for name, file in spark_cluster.recorded_files(run.output).items():
        assert file.read_bytes() == (whole / name).read_bytes(), name


@only_cluster
def test_plain_on_spark3(tmp_path, program, source, whole, facts):
    """T1 on Spark 3.5, which reads it back too."""
    import environment

    python = environment.environment(judging.HERE / "all" / "requirements-spark3.txt")
    cluster = Cluster(tmp_path, program, python)
    try:
        run = Run(cluster, tmp_path, source)
        run.end(run.submit())

        def read(output):
            done = subprocess.run([python, judging.HERE / "spark_cluster.py", output], check=True, stdout=subprocess.PIPE, text=True, env=cluster.env)
            return spark_cluster.json.loads(done.stdout.splitlines()[-1])

        run.judge(whole, facts, read)
    finally:
        cluster.stop()
