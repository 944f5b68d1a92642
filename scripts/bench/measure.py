"""Time and memory of a command with everything it starts; page cache warm or cold; where it was measured. Not a script.

Wall time is to the command's exit. CPU time is user and system of all descendants: this process adopts the orphans
below it, so daemons that a peer leaves running count, too; what no parent ever waits for is taken from /proc. Peak
memory is the sum of proportional anonymous and shared memory of all of them, sampled ten times a second: page cache
does not count, as it belongs to nobody, and shared pages count once. `hwm` is the largest resident set of a single
process (VmHWM, where mapped files count): the kernel's own figure, so that nothing slips through between two samples,
unless it is below what this process itself once held, which the kernel does not tell apart; then the last sample's.

Linux only. It ends no process but those it started, and never measures two commands at once.
"""

import ctypes
import hashlib
import mmap
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
TICK = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, file=sys.stderr, flush=True)


def adopt():
    """Orphans below this process become its children."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def processes():
    """{pid: (parent, CPU seconds)} of all processes."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as f:
                    words = f.read().rsplit(")", 1)[1].split()
                found[int(entry)] = int(words[1]), (int(words[11]) + int(words[12])) / TICK
            except (OSError, ValueError, IndexError):
                pass  # it ended meanwhile
    return found


def descendants(root):
    """{pid: CPU seconds} of the live processes below one."""
    everything = processes()
    found = {root}
    while True:
        more = {p for p, (parent, _) in everything.items() if parent in found} - found
        if not more:
            return {p: everything[p][1] for p in found - {root}}
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


def high_water(pid):
    """The largest resident set a process has had in bytes."""
    try:
        with open(f"/proc/{pid}/status") as f:
            return next((int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


class Sampler(threading.Thread):
    """Watches everything below this process: peak memory, and the CPU time each process was last seen with."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.hwm, self.cpu, self.done = 0, 0, {}, threading.Event()

    def run(self):
        start = time.monotonic()
        # Often at first, for what is over soon.
        while not self.done.wait(min(0.1, 0.005 + (time.monotonic() - start) / 4)):
            seen = descendants(os.getpid())
            self.cpu.update(seen)
            self.peak = max(self.peak, sum(map(memory, seen)))
            self.hwm = max([self.hwm, *map(high_water, seen)])


def end_all():
    for pid in descendants(os.getpid()):
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass


def run(command, log=subprocess.DEVNULL, timeout=300, out=None, **options):
    """Run a command: {wall, cpu, memory, hwm, code}; code is "timeout" when it was ended for its time.

    log takes its stderr, and its stdout unless out is given. Other options are Popen's.
    """
    sampler = Sampler()
    late = threading.Event()

    def give_up():
        late.set()
        end_all()

    # A child that is being started shares this process's memory for a moment, which wait4 counts as its own.
    floor = high_water(os.getpid())
    alarm = threading.Timer(timeout, give_up)
    alarm.daemon = True
    start = time.monotonic()
    process = subprocess.Popen(
        list(map(str, command)), stdout=log if out is None else out, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, **options
    )
    sampler.start()
    alarm.start()
    cpu, largest, wall, code = 0.0, 0, None, None
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG if wall is not None else 0)
        except ChildProcessError:
            break
        if pid == 0:  # the command is done, something it left behind is not: give it a moment, then end it
            time.sleep(0.05)
            if time.monotonic() - start - wall > 5:
                end_all()
            continue
        cpu += usage.ru_utime + usage.ru_stime
        largest = max(largest, usage.ru_maxrss * 1024)
        if pid == process.pid:
            wall, code = time.monotonic() - start, os.waitstatus_to_exitcode(status)
            process.returncode = code
    alarm.cancel()
    sampler.done.set()
    sampler.join()
    cpu = max(cpu, sum(sampler.cpu.values()))
    hwm = sampler.hwm or largest if largest <= floor + (1 << 20) else largest
    got = {"wall": round(wall, 4), "cpu": round(cpu, 4), "memory": sampler.peak or hwm, "hwm": hwm}
    return got | {"code": "timeout" if late.is_set() else code}


# --- page cache -------------------------------------------------------------------------------------------------------


def files(folder):
    return [p for p in sorted(pathlib.Path(folder).rglob("*")) if p.is_file() and not p.is_symlink()]


def size(folder):
    return sum(p.stat().st_size for p in files(folder))


def warm(paths):
    """Read files once, so that they are in the page cache."""
    buffer = bytearray(1 << 20)
    for path in paths:
        with open(path, "rb", buffering=0) as f:
            while f.readinto(buffer):
                pass


def cached(paths):
    """The share of files whose first page is in the page cache, by mincore: reading without waiting would fetch it."""
    libc = ctypes.CDLL(None, use_errno=True)
    paths = [p for p in paths if os.path.getsize(p)]
    hits = 0
    for path in paths:
        with open(path, "rb") as f, mmap.mmap(f.fileno(), 1, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE) as pages:
            first, told = ctypes.c_char.from_buffer(pages), ctypes.c_ubyte()
            if libc.mincore(ctypes.byref(first), ctypes.c_size_t(1), ctypes.byref(told)) != 0:
                raise OSError(ctypes.get_errno(), "mincore", str(path))
            hits += told.value & 1
            del first
    return hits / max(1, len(paths))


def chill(paths):
    """Get files out of the page cache; says how, or ends the benchmark where it does not work.

    Dropping all caches needs root and takes inodes and directories, too; else the kernel is asked file by file, which
    leaves those. Whether it worked is then looked at. What the host of a virtual machine caches is out of reach.
    """
    os.sync()
    try:
        with open("/proc/sys/vm/drop_caches", "w") as f:
            f.write("3\n")
        how = "drop_caches"
    except OSError:
        how = "fadvise"
        for path in paths:
            fd = os.open(path, os.O_RDONLY)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)
    left = cached(paths[:: max(1, len(paths) // 50)])
    if left > 0.05:
        sys.exit(f"bench: COLD DOES NOT WORK HERE: after {how}, {left:.0%} of the files are still in the page cache; run without --cold")
    return how


# --- where ------------------------------------------------------------------------------------------------------------


def machine():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo") as f:
        total = next(int(line.split()[1]) for line in f if line.startswith("MemTotal"))
    return f"{os.cpu_count()} cores {model}, {total / (1 << 20):.0f} GB memory, Linux {platform.release().split('-')[0]}"


def digest(*paths):
    """Of files; 12 digits."""
    whole = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as f:
            whole.update(hashlib.file_digest(f, "sha256").digest())
    return whole.hexdigest()[:12]


def version(binary):
    """What a pickshard binary says it is, with the commit it was built from where it knows."""
    word = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.split()[1]
    built = subprocess.run(["go", "version", "-m", binary], capture_output=True, text=True).stdout if shutil.which("go") else ""
    facts = dict(line.split("\t")[2].split("=", 1) for line in built.splitlines() if line.startswith("\tbuild\tvcs."))
    if "vcs.revision" not in facts:
        return word
    return f"{word} ({facts['vcs.revision'][:9]}{', with changes' if facts.get('vcs.modified') == 'true' else ''})"


def load():
    """A word on other work on the machine, for those who read the results: its load before the start."""
    return round(os.getloadavg()[0], 2)


def need_space(folder, wanted):
    """End where a measurement would fill the disk."""
    stat = os.statvfs(folder)
    free = stat.f_bavail * stat.f_frsize
    if free < wanted:
        sys.exit(f"bench: {wanted / 1e9:.0f} GB of free space are needed in {folder}, there are {free / 1e9:.0f} GB")
