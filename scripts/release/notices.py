"""The licences and notices of all that is linked into a program, as they ask for."""

import modules

HEAD = """pickshard is published under the Apache License 2.0, see LICENSE.
The program holds the following, under the licences below.
"""


def text(program):
    """One text with every module's licences."""
    go, found = modules.linked(program)
    parts = [HEAD, "\n".join(f"  {m.path} {m.version} {m.licence}".rstrip() for m in [go, *found]) + "\n"]
    for module in [go, *found]:
        for name, licence in module.texts():
            parts.append(f"{'=' * 78}\n{module.path} {module.version}: {name}\n{'=' * 78}\n\n{licence.strip()}\n")
    return "\n".join(parts)
