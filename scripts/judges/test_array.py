"""A written plan by what needs no cluster: arrays, plain processes as the README says, SQL alone, Kubernetes' schema."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import conftest
import environment
import judging
import pytest
import spark_cluster

SCRIPTS = judging.REPO / "scripts"
README = (SCRIPTS / "spark" / "README.md").read_text()


@pytest.fixture(scope="module")
def program():
    return pathlib.Path(conftest.pickshard()).resolve()


@pytest.fixture(scope="module")
def source(tmp_path_factory, program):
    return spark_cluster.make_demo(program, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory, program, source):
    return spark_cluster.convert(program, source, tmp_path_factory.mktemp("whole") / "out")


@pytest.fixture
def place(tmp_path, program, source):
    """A folder with INPUT, OUTPUT and PLAN, as the README calls them."""
    (tmp_path / "INPUT").symlink_to(source)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pickshard").symlink_to(program)
    spark_cluster.write_plan(program, tmp_path / "INPUT", tmp_path / "OUTPUT", tmp_path / "PLAN")
    return tmp_path


def shell(place, line, **more):
    env = os.environ | {"PATH": f"{place / 'bin'}:{os.environ['PATH']}"} | more
    return subprocess.run(["bash", "-euo", "pipefail", "-c", line], cwd=place, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)


@pytest.mark.parametrize("variable, first", [
    ("SLURM_ARRAY_TASK_ID", 0), ("JOB_COMPLETION_INDEX", 0), ("PBS_ARRAY_INDEX", 0), ("LSB_JOBINDEX", 1), ("AWS_BATCH_JOB_ARRAY_INDEX", 0),
])  # fmt: skip
def test_array(place, program, source, whole, variable, first):
    """The loop that a scheduler is: five tasks of four shards, one of which is killed at its first line and run later."""
    work = f"{program} worker --plan PLAN INPUT OUTPUT --per-task 4 --workers 1"
    plain = {k: v for k, v in os.environ.items()}
    victim = subprocess.Popen(work.split(), cwd=place, env=plain | {variable: str(first)}, stdout=subprocess.PIPE, text=True)
    assert '"state":"built"' in victim.stdout.readline()
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    tasks = [subprocess.Popen(work.split(), cwd=place, env=plain | {variable: str(first + k)}, stdout=subprocess.PIPE, text=True) for k in range(1, 5)]
    lines = [line for task in tasks for line in task.communicate()[0].splitlines()]
    assert [task.returncode for task in tasks] == [0] * 4 and len(lines) == 14
    left = shell(place, "pickshard finalize --plan PLAN OUTPUT --missing --per-task 4")
    assert (left.returncode, left.stdout) in ((1, "0\n"), (0, ""))
    again = shell(place, work, **{variable: str(first)})
    assert again.returncode == 0 and len(again.stdout.splitlines()) == 4 and '"state":"there"' in again.stdout
    assert shell(place, "pickshard finalize --plan PLAN OUTPUT").returncode == 0
    spark_cluster.same(place / "OUTPUT", whole, judging.Truth(source))


def commands(tool):
    """The README's line that uses a tool, and finalize."""
    lines = re.findall(r"^\$ (.*)$", README, re.M)
    (line,) = [line for line in lines if f"| {tool} " in line]
    return [line, lines[-1]]


@pytest.mark.parametrize("tool", ["xargs", "parallel"])
def test_plain_processes(place, source, whole, tool):
    if not shutil.which(tool):
        if not judging.STRICT and "PICKSHARD_CLUSTER" not in os.environ:
            judging.absent(f"there is no {tool} on this machine (Debian: apt-get install {tool}), the README's line was not run")
        subprocess.run(["apt-get", "update", "-q"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-yq", "--no-install-recommends", tool], check=True, stdout=subprocess.DEVNULL)
    work, finalize = commands(tool)
    assert finalize == "pickshard finalize --plan PLAN OUTPUT"
    work = work.replace("host1,host2", "1/:,:")  # this machine, twice; finalize --missing exits with 1
    done = shell(place, f"set +o pipefail; {work}; {finalize}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"state":"built"') == 18
    spark_cluster.same(place / "OUTPUT", whole, judging.Truth(source))


def test_sql(place, source, whole, spark):
    """TRANSFORM, as the README says it."""
    (query,) = re.findall(r"```sql\n(.*?);\n```", README, re.S)
    for name in ("PLAN", "INPUT", "OUTPUT"):
        query = query.replace(f" {name}", f" {place / name}")
    query = query.replace("SHARDS", "18").replace("pickshard worker", f"{place / 'bin' / 'pickshard'} worker")
    lines = [row["line"] for row in spark.sql(query).collect()]
    assert len(lines) == 18 and all('"state":"built"' in line for line in lines)
    assert shell(place, "pickshard finalize --plan PLAN OUTPUT").returncode == 0
    spark_cluster.same(place / "OUTPUT", whole, judging.Truth(source))
    assert spark_cluster.spark_sums(spark, place / "OUTPUT") == spark_cluster.sums(judging.Truth(source))


def test_kubernetes(program):
    """The manifest is what Kubernetes' schemas allow, and what it says of exit codes and flags is what a worker does."""
    try:
        python = environment.environment(judging.HERE / "requirements-kubernetes.txt")
    except (SystemExit, subprocess.CalledProcessError) as err:
        judging.absent(f"the environment with Kubernetes' schemas cannot be made: {err}")
    manifest = SCRIPTS / "kubernetes" / "pickshard-job.yaml"
    for version in ("1.31", "1.33", "1.37"):
        done = subprocess.run([python, "-m", "kubernetes_validate", "--strict", "-k", version, manifest], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    import yaml

    spec = yaml.safe_load(manifest.read_text())["spec"]
    assert spec["completionMode"] == "Indexed" and spec["backoffLimitPerIndex"] > 0 and spec["template"]["spec"]["restartPolicy"] == "Never"
    codes = {code: rule["action"] for rule in spec["podFailurePolicy"]["rules"] if "onExitCodes" in rule for code in rule["onExitCodes"]["values"]}
    assert codes == {65: "FailIndex", 2: "FailIndex", 75: "Count"}
    told = subprocess.run([program, "worker", "--help"], capture_output=True, text=True, check=True).stdout
    assert "75 worth another try" in told and "65 the data is bad" in told and "JOB_COMPLETION_INDEX" in told
    (container,) = spec["template"]["spec"]["containers"]
    assert all(word in told for word in container["args"] if word.startswith("--"))
