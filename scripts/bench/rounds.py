"""Interleaved rounds that can be taken up where they were cut short, and their results in a file. Not a script.

A results file is a JSON object: what was measured (`about`) and a flat list of `runs`, each with its round, its name
and its numbers, or an `error`. It is written whole after every run and put in place by a rename: an interrupted
benchmark keeps what it measured, and the same command goes on with what is missing. Runs are only ever added to a
file about the same thing (same data, same program, same machine); for another thing the file has to be begun again,
which is said and asked for. A failure is a run like others: it is never dropped; who failed twice is not tried again.
"""

import json
import os
import pathlib
import statistics
import sys

import measure


class Results:
    def __init__(self, path, about, key, fresh=False):
        """path: the file; about: what is measured; key: the members of about that must be the same to go on, unless
        the file is begun again (fresh)."""
        self.path = pathlib.Path(path)
        self.about, self.runs = about, []
        if self.path.exists() and not fresh:
            old = json.loads(self.path.read_text())
            changed = [k for k in key if old["about"].get(k) != about.get(k)]
            if changed:
                sys.exit(f"bench: {self.path.name} was measured with another {', '.join(changed)}: --fresh begins it again")
            self.runs = old["runs"]

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = ",\n  ".join(json.dumps(run, ensure_ascii=False) for run in self.runs)
        about = json.dumps(self.about, indent=1, ensure_ascii=False).replace("\n", "\n ")
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(f'{{\n "about": {about},\n "runs": [\n  {lines}\n ]\n}}\n')
        os.replace(temporary, self.path)

    def add(self, run):
        self.runs.append(run)
        self.save()

    def retry(self):
        """Forget failures, so that they are tried again."""
        self.runs = [r for r in self.runs if "error" not in r]

    def failures(self, name):
        return [r["error"] for r in self.runs if r["name"] == name and "error" in r]

    def __contains__(self, pair):
        return any((r["round"], r["name"]) == pair for r in self.runs)


def order(names, number):
    """The order of a round: a row of a Williams square, in which nobody follows the same other one twice (for an odd
    number of names: more than twice)."""
    n = len(names)
    first = [(k + 1) // 2 if k % 2 else -(k // 2) for k in range(n)]
    return [names[(s + number) % n] for s in first]


def interleave(results, names, rounds, once):
    """Let once(name) measure every name in every round that is not there yet."""
    for number in range(rounds):
        for name in order(names, number):
            if (number, name) in results:
                continue
            if len(results.failures(name)) >= 2:
                measure.say(f"round {number + 1}/{rounds}  {name}: left out, it failed twice")
                continue
            got = once(name)
            results.add({"round": number, "name": name} | got)
            text = got.get("error") or f"{got['wall']:.2f} s wall, {got['cpu']:.2f} s CPU, {got['memory'] / 1e6:,.0f} MB"
            measure.say(f"round {number + 1}/{rounds}  {name}: {text}")


def good(runs, name):
    """The runs of a name that gave a result, by round."""
    return {r["round"]: r for r in runs if r["name"] == name and "error" not in r}


def median(runs, field):
    return statistics.median(r[field] for r in runs.values())


def ratios(runs, name, base, field):
    """Ratios to a yardstick within the same round: what both saw of the machine in the same minutes."""
    ours, theirs = good(runs, name), good(runs, base)
    return [ours[k][field] / theirs[k][field] for k in sorted(ours) if k in theirs and theirs[k][field]]
