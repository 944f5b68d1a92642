"""Image-preference datasets, from pickles to Parquet, Arrow and WebDataset, safely.

    import pickshard

    table = pickshard.read("train.pkl")                      # a pyarrow table; nothing in the pickle is run
    done = pickshard.convert("pick-high", "data", "shards")  # the same call again goes on where it stopped
    output = pickshard.open("shards")
    output.table("train"), output.dataset("train"), output.load()

Every function starts the program that comes with this package, waits for it and
gives back what it said as objects. An error is a `PickshardError` with fields:
`message`, `hint`, `file`, `split`, `row`, `field` and more. Nothing here talks to a
network, imports a pickle's classes, or needs pandas. `read`, `Output.table` and
`Output.dataset` need pyarrow (`pip install "pickshard[arrow]"`), `Output.load` needs
Hugging Face's datasets; the rest needs Python alone.
"""

from ._binary import BinaryNotFound, find_binary
from ._check import Check, RuleResult, check
from ._convert import Conversion, Plan, Progress, Shard, convert, plan
from ._errors import (
    ConfigError,
    Fault,
    Interrupted,
    OutputError,
    PickshardError,
    PickshardWarning,
    ReadError,
    UsageError,
    Violation,
    ViolationsError,
)
from ._output import Finding, Output, Verification, open, verify
from ._program import run
from ._records import Column, Global, Info, inspect, read
from ._version import __version__

__all__ = [
    "BinaryNotFound", "Check", "Column", "ConfigError", "Conversion", "Fault", "Finding", "Global", "Info", "Interrupted",
    "Output", "OutputError", "PickshardError", "PickshardWarning", "Plan", "Progress", "ReadError", "RuleResult", "Shard",
    "UsageError", "Verification", "Violation", "ViolationsError", "__version__", "check", "convert", "find_binary",
    "inspect", "open", "plan", "read", "run", "verify",
]  # fmt: skip
