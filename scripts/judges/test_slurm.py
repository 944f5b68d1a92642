"""One conversion as an array of Slurm is that of one machine, whatever dies: a real Slurm of two nodes on loopback.

Debian's packages: slurmctld, two slurmd, munged, as processes of this test. Two killings: a node with all that runs
on it; and slurmd alone, whose task lives on while Slurm has it run elsewhere. Needs root, for slurmd; make cluster
installs the packages.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import judging
import pytest
from spark_cluster import PATIENCE, convert, descendants, kill_group, make_demo, same, write_plan

pytestmark = pytest.mark.skipif("PICKSHARD_CLUSTER" not in os.environ, reason="for make cluster alone")
SCRIPT = judging.REPO / "scripts" / "slurm" / "pickshard_slurm.sh"
DAEMONS = ["slurmctld", "slurmd", "munged"]


def install():
    if all(map(shutil.which, DAEMONS)):
        return
    if os.getuid() != 0 or not shutil.which("apt-get"):
        judging.absent("there is no Slurm here, and it cannot be installed")
    for command in (["update", "-q"], ["install", "-yq", "--no-install-recommends", "slurmctld", "slurmd", "slurm-client", "munge"]):
        subprocess.run(["apt-get", *command], check=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL)


def ports(count):
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for s in held:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in held]


class Slurm:
    """A controller and the nodes n1 and n2, two CPUs each, as processes."""

    def __init__(self, folder):
        self.folder, host = folder, socket.gethostname().split(".")[0]
        control, *nodes = ports(3)
        for name in ("state", "spool-n1", "spool-n2", "munge"):
            (folder / name).mkdir(mode=0o755)
        key = folder / "munge" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        munge = folder / "munge"
        self.conf = folder / "slurm.conf"
        self.conf.write_text(f"""
ClusterName=pickshard
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
AuthType=auth/munge
AuthInfo=socket={munge}/socket,cred_expire=10
CredType=cred/munge
SlurmUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdTimeout=5
SlurmctldParameters=enable_configless
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,requeue_delay=1
ReturnToService=2
MailProg=/bin/true
UnkillableStepTimeout=5
KillWait=2
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={nodes[0]} CPUs=2 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={nodes[1]} CPUs=2 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
""")
        self.env = os.environ | {"SLURM_CONF": str(self.conf)}
        self.processes = [
            self.start("munged", "--foreground", "--force", "--key-file", key, "--socket", munge / "socket", "--pid-file", munge / "pid",
                       "--log-file", munge / "log", "--seed-file", munge / "seed"),
        ]  # fmt: skip
        self.wait(lambda: (munge / "socket").exists())
        self.processes.append(self.start("slurmctld", "-D", "-c", "-f", self.conf))
        self.nodes = {name: self.start("slurmd", "-D", "-N", name, "-f", self.conf) for name in ("n1", "n2")}
        self.processes += self.nodes.values()
        self.wait(lambda: self.states() == {"n1": "idle", "n2": "idle"})

    def start(self, *command):
        log = open(self.folder / f"{command[0]}-{time.time_ns()}.log", "w")
        path = os.environ["PATH"] + ":/usr/sbin"
        return subprocess.Popen([str(c) for c in command], env=self.env | {"PATH": path}, stdout=log, stderr=log, start_new_session=True)

    def ask(self, *command):
        return subprocess.run([str(c) for c in command], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout

    def states(self):
        return dict(line.split() for line in self.ask("sinfo", "-hN", "-o", "%N %t").splitlines() if len(line.split()) == 2)

    def logs(self):
        return "\n".join(f"{f.name}: {f.read_text(errors='replace')[-2000:]}" for f in sorted(self.folder.glob("*.log")))

    def wait(self, what, seconds=PATIENCE):
        deadline = time.time() + seconds
        while not (found := what()):
            assert time.time() < deadline, self.ask("squeue") + self.ask("sinfo") + self.logs()
            time.sleep(0.2)
        return found

    def stop(self):
        for process in reversed(self.processes):
            for child in descendants(process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            kill_group(process)
            process.wait()


@pytest.fixture(scope="module")
def program():
    from conftest import pickshard

    return pathlib.Path(pickshard()).resolve()


@pytest.fixture(scope="module")
def source(tmp_path_factory, program):
    return make_demo(program, tmp_path_factory.mktemp("demo"))


@pytest.fixture
def slurm(tmp_path):
    install()
    if os.getuid() != 0:
        judging.absent("slurmd needs root")
    (tmp_path / "slurm").mkdir()
    slurm = Slurm(tmp_path / "slurm")
    yield slurm
    slurm.stop()


class Array:
    """A conversion on Slurm. Workers wait for go() from the hold-th start on."""

    def __init__(self, slurm, folder, program, source, hold):
        self.slurm, self.folder, self.source, self.hold = slurm, folder, source, hold
        self.output, self.plan, self.starts, self.gate = folder / "out", folder / "plan", folder / "starts", folder / "go"
        self.starts.touch()
        self.binary = folder / "pickshard"
        self.binary.write_text(f"""#!/bin/sh
if [ "$1" = worker ]; then
  echo "$$ $SLURM_ARRAY_TASK_ID $SLURMD_NODENAME" >> {self.starts}
  [ $(grep -n "^$$ " {self.starts} | cut -d: -f1) -lt {hold} ] || until [ -e {self.gate} ]; do sleep 0.1; done
  if [ $SLURM_ARRAY_TASK_ID = 3 ] && [ ! -e {folder}/lacked ]; then touch {folder}/lacked; ulimit -n 16; fi
fi
{program} "$@"
""")
        self.binary.chmod(0o755)
        write_plan(program, source, self.output, self.plan)

    def submit(self):
        done = subprocess.run(
            [SCRIPT, self.plan, self.source, self.output, f"--chdir={self.folder}"], check=True, stdout=subprocess.PIPE, text=True,
            env=self.slurm.env | {"PICKSHARD": str(self.binary), "PER_TASK": "2"},
        )  # fmt: skip
        return done.stdout.split()

    def started(self):
        return [line.split() for line in self.starts.read_text().splitlines()]

    def held(self, node):
        """Workers that wait on a node, once both nodes hold some."""
        late = self.started()[self.hold - 1 :]
        alive = [(int(pid), task, on) for pid, task, on in late if pathlib.Path(f"/proc/{pid}").exists()]
        return [w for w in alive if w[2] == node] if {w[2] for w in alive} == {"n1", "n2"} else None

    def end(self):
        self.slurm.wait(lambda: not self.slurm.ask("squeue", "-h").strip())
        said = "\n".join(f.read_text() for f in self.folder.glob("slurm-*.out"))
        assert (self.output / "_SUCCESS").exists(), said + self.slurm.logs()


def run(slurm, tmp_path, program, source, kill):
    array = Array(slurm, tmp_path, program, source, hold=5)
    jobs = array.submit()
    assert len(jobs) == 2
    waiting = slurm.wait(lambda: array.held("n2"))
    assert {p.name for p in array.output.iterdir()} == {".pickshard"}, "something was published before all is built"
    kill(array, waiting)
    # Slurm finds that the node is gone, and queues its tasks.
    slurm.wait(lambda: slurm.states().get("n2", "").startswith("down"))
    array.gate.touch()
    array.end()
    tasks = [task for _, task, _ in array.started()]
    for _, task, _ in waiting:
        assert tasks.count(task) > 1, "no task was started twice: nothing was proved"
    assert tasks.count("3") > 1, "the task that ended with 75 was not tried again"
    same(array.output, convert(program, source, tmp_path / "whole"), judging.Truth(source))
    # The same command again has nothing left for an array.
    assert len(array.submit()) == 1


def test_node_killed(slurm, tmp_path, program, source):
    """A node dies, with its daemon, the daemons of its tasks and the tasks."""

    def kill(array, waiting):
        os.kill(slurm.nodes["n2"].pid, signal.SIGKILL)
        for pid, _, _ in waiting:
            step = parent(parent(pid))  # slurmstepd, the job's script, the worker
            for process in [step, *descendants(step)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    run(slurm, tmp_path, program, source, kill)


def parent(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def test_daemon_killed(slurm, tmp_path, program, source):
    """Split brain: Slurm has the tasks run elsewhere while they live on."""

    def kill(array, waiting):
        os.kill(slurm.nodes["n2"].pid, signal.SIGKILL)
        assert all(pathlib.Path(f"/proc/{pid}").exists() for pid, _, _ in waiting)

    run(slurm, tmp_path, program, source, kill)
