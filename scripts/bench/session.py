"""What a script that measures does before, at and after its runs, whatever it measures. Not a script.

    parser = session.parser(__doc__, rounds=1, timeout=1800)
    parser.add_argument("--tiny", ...)              what only this script has
    a = parser.parse_args()
    session.begin(a, smoke=...)                     where things are, and the Python that makes the data
    results = session.results(a, "growth")          growth.json: taken up, or begun
    session.make(a.python, "bench/make_repeated.py", data, ...)
    session.run(a, command)                         one run: its numbers, and an error where it failed
    session.publish(results, lines)                 growth.md beside growth.json, and on the terminal

Rounds are rounds.interleave's, numbers are measure.run's. What is measured, its data, commands, tables and plots are
each script's own.
"""

import argparse
import datetime
import pathlib
import subprocess
import sys

import measure
import report
import rounds

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
REPO = SCRIPTS.parent
sys.path.insert(0, str(SCRIPTS / "judges"))
from environment import environment  # noqa: E402


def parser(doc, rounds, timeout):
    """The arguments that all have; doc is the script's docstring, the others are defaults."""
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("work", type=pathlib.Path)
    p.add_argument("--pickshard", type=pathlib.Path, default=REPO / "bin" / "pickshard")
    p.add_argument("--rounds", type=int, default=rounds)
    p.add_argument("--timeout", type=float, default=timeout, help="seconds a run may take")
    p.add_argument("--results", type=pathlib.Path)
    p.add_argument("--fresh", action="store_true", help="begin the results again (after another build, on another machine)")
    p.add_argument("--retry", action="store_true", help="try those again that failed")
    return p


def begin(a, smoke):
    """Make what the arguments leave open definite: a.pickshard, a.results and a.python are there afterwards.

    smoke: the numbers are not the script's own, so that results stay in WORK and never replace those in the repository.
    """
    a.work.mkdir(parents=True, exist_ok=True)
    a.pickshard = a.pickshard.resolve()
    a.results = a.results or (a.work / "results" if smoke else report.RESULTS)
    measure.adopt()
    a.python = environment(SCRIPTS / "bench" / "requirements.txt")


def results(a, name, **own):
    """The results file of this name. own: what is measured beyond this program on this machine, for readers, and so
    that results about something else are not gone on with."""
    about = {"date": datetime.date.today().isoformat(), "machine": measure.machine()}
    about |= {"pickshard": measure.version(a.pickshard), "sha256": measure.digest(a.pickshard)} | own
    found = rounds.Results(a.results / f"{name}.json", about, ["machine", "sha256", *own], a.fresh)
    if a.retry:
        found.retry()
    return found


def make(python, script, *words):
    """Run a maker of data, named from scripts/ on; what it prints is not a result."""
    subprocess.run([python, SCRIPTS / script, *map(str, words)], check=True, stdout=sys.stderr)


def logged(a, command, **options):
    """A command's numbers, and the end of what it printed; options are measure.run's."""
    with open(a.work / "log.txt", "wb+") as log:
        got = measure.run(command, log, a.timeout, **options)
        log.seek(0)
        return got, log.read()[-1500:].decode(errors="replace")


def run(a, command, **options):
    """A command's numbers; where it failed, with an error that says how it ended and what it printed last."""
    got, tail = logged(a, command, **options)
    if got["code"] != 0:
        got["error"] = f"{got['code']}: {' '.join(tail.split())[-300:]}"
    return got


def publish(results, lines):
    """Write the table beside the results, with the failures below it, and print it."""
    lines = lines + [""] + [f"- {r['name']}: {r['error']}" for r in results.runs if "error" in r]
    results.path.with_suffix(".md").write_text("\n".join(lines).rstrip() + "\n")
    print("\n".join(lines))
