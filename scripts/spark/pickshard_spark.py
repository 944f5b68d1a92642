#!/usr/bin/env python3
"""Run a written plan of pickshard on Apache Spark (3.5, 4.x): standard library and pyspark.

    pickshard plan CONFIG INPUT OUTPUT --write PLAN
    spark-submit pickshard_spark.py --plan PLAN --binary ./pickshard INPUT OUTPUT

One task a shard, or --per-task K. PLAN, INPUT and OUTPUT are folders that all executors
see; the binary is shipped with the job. Retries and speculation are Spark's. A shard whose
data is bad (exit code 65) is not tried again, and is told at the end. What is done is what
`pickshard finalize` finds in OUTPUT, whatever Spark says: the exit code is finalize's.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time

DATA = 65  # the data is bad: another try gives the same


def build(shards, binary, plan, source, output, more):
    """Yields (shard, line of the worker, fault) in an executor; raising is another try."""
    from pyspark import SparkFiles

    program = binary
    if not os.path.isabs(binary):
        program = SparkFiles.get(binary)
        os.chmod(program, 0o755)
    shards = list(shards)
    if not shards:
        return
    command = [program, "worker", "--tied", "--workers", "1", "--plan", plan, source, output, *more]
    # The worker's stdin stays open as long as this process lives, see --tied.
    child = subprocess.Popen(
        command + [word for s in shards for word in ("--shard", s)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    lines, errors = communicate(child)
    left = set(shards)
    for line in lines:
        done = json.loads(line)
        left.discard(done["shard"])
        yield done["shard"], line, ""
    if child.returncode == DATA:
        for shard in sorted(left):
            yield shard, "", errors[-4000:]
    elif child.returncode != 0 or left:
        raise RuntimeError(f"pickshard worker: exit code {child.returncode}, not built: {sorted(left)}\n{errors[-4000:]}")


def communicate(child):
    """Reads both pipes without closing the worker's stdin."""
    errors = []
    reader = threading.Thread(target=lambda: errors.append(child.stderr.read()))
    reader.start()
    try:
        lines = child.stdout.readlines()
        child.wait()
    finally:
        child.kill()  # of a task that was ended; a child that is done is not there
        child.stdin.close()
        reader.join()
    return lines, "".join(errors)


def missing(arguments):
    """The shards that have no record yet, as finalize sees them."""
    command = [arguments.binary, "finalize", "--plan", arguments.plan, arguments.output, "--missing"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if answer.returncode not in (0, 1) or answer.returncode == 1 and not answer.stdout:
        sys.exit(answer.returncode)
    return answer.stdout.split()


def progress(done, total, records, began):
    """A bar on a terminal."""
    if not sys.stderr.isatty():
        return
    width = 30 * done // max(total, 1)
    pace = records / max(time.time() - began, 1e-3)
    end = "\n" if done == total else ""
    print(f"\r[{'#' * width:30}] {done}/{total} shards, {records:,} records, {pace:,.0f}/s", end=end, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", required=True, help="the folder that `pickshard plan --write` wrote")
    parser.add_argument("--binary", default="pickshard", help="the pickshard that is shipped to the executors")
    parser.add_argument("--installed", action="store_true", help="do not ship it: it is at that path on every machine")
    parser.add_argument("--per-task", type=int, default=1, help="shards a task")
    parser.add_argument("--memory", help="image bytes that a worker holds, e.g. 256MiB")
    parser.add_argument("input")
    parser.add_argument("output")
    arguments = parser.parse_args()
    from pyspark.sql import SparkSession

    shards = missing(arguments)
    if shards:
        session = SparkSession.builder.appName("pickshard").getOrCreate()
        bad = run(session.sparkContext, shards, arguments)
        session.stop()
        for shard, fault in bad:
            print(f"{shard}: the data is bad, not tried again:\n{fault}", file=sys.stderr)
    sys.exit(subprocess.call([arguments.binary, "finalize", "--plan", arguments.plan, arguments.output]))


def run(context, shards, arguments):
    """Builds the shards, and returns those whose data is bad."""
    binary = os.path.abspath(arguments.binary)
    if not arguments.installed:
        context.addFile(binary)
        binary = os.path.basename(binary)
    folders = [os.path.abspath(f) for f in (arguments.plan, arguments.input, arguments.output)]
    more = ["--memory", arguments.memory] if arguments.memory else []
    done, records = context.accumulator(0), context.accumulator(0)  # for the bar alone

    def task(part):
        for shard, line, fault in build(part, binary, *folders, more):
            done.add(1)
            records.add(json.loads(line)["rows"] if line else 0)
            if fault:
                yield shard, fault

    tasks = -(-len(shards) // max(arguments.per_task, 1))
    ended, began = threading.Event(), time.time()

    def watch():
        while not ended.wait(0.5):
            progress(min(done.value, len(shards)), len(shards), records.value, began)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return context.parallelize(shards, tasks).mapPartitions(task).collect()
    finally:
        ended.set()
        watcher.join()
        progress(min(done.value, len(shards)), len(shards), records.value, began)


if __name__ == "__main__":
    main()
