"""What the rules find, without converting."""

from __future__ import annotations

import dataclasses
from typing import List, Optional, Sequence, Union

from ._convert import Config, _config_file, _flags, _paths
from ._errors import Violation
from ._program import StrPath, answer


@dataclasses.dataclass(frozen=True)
class RuleResult:
    """What a rule found in a split."""

    rule: str  #: such as "image.intact"
    split: Optional[str]  #: None for a rule over all splits
    severity: str  #: "fail", "skip", "quarantine" or "warn"
    of: str  #: what is counted: "values", "records", "images" or "files"
    checked: int
    violated: int
    limit: int  #: how many may break it before a conversion stops
    #: "passed", "violated", "over limit" (more often than is tolerated), or "not checked": there was nothing to check
    outcome: str


@dataclasses.dataclass(frozen=True)
class Check:
    """What all rules found in all records and images."""

    passed: bool  #: a conversion would not stop
    broken: int  #: records that would be left out, or stop a conversion
    rules: List[RuleResult]
    #: at most `details` of each rule and split; the counts are exact
    violations: List[Violation]


def check(
    config: Config,
    input: StrPath,
    *,
    splits: Optional[Sequence[str]] = None,
    on_error: Optional[str] = None,
    workers: Optional[int] = None,
    memory: Union[int, str, None] = None,
    details: Optional[int] = None,
) -> Check:
    """Ask every rule about every record and image; nothing is written.

    config, input, splits, on_error, workers and memory are those of `convert`;
    details is how many violations of each rule and split are told one by one.
    What is wrong is in the result. Raises ConfigError, ReadError or PickshardError.
    """
    given = _flags(None, splits, None, None, None, on_error, workers, memory)
    given += [] if details is None else [f"--details={details}"]
    with _config_file(config) as path:
        _, d = answer(["check", "--json", *given, "--", path, *_paths(input)])
    rules = [
        RuleResult(r["rule"], r.get("split"), r["severity"], r["of"], r["checked"], r["violated"], r.get("limit", 0), r["outcome"])
        for r in d["rules"]
    ]
    return Check(d["passed"], d["broken"], rules, [Violation._of(v) for v in d.get("violations", [])])
