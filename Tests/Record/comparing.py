"""The differences between two records, for whoever must judge whether they are meant."""

import difflib

SHOWN = 20
ANEW = "If the program is meant to do this: `make record`, and review the changes of Tests/Record/recorded."


def changes(before, after):
    """For each run that differs the input, the command line and a unified diff of what was told."""
    found = []
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name, {}), after.get(name, {})
        for line in [*new, *(line for line in old if line not in new)]:
            if old.get(line) != new.get(line):
                diff = difflib.unified_diff(old.get(line, []), new.get(line, []), "recorded", "now", n=2, lineterm="")
                found.append("\n".join([f"== {name}", *([f"$ {line}"] if line else []), *diff]))
    return found


def report(differences):
    more = [f"… and {len(differences) - SHOWN} more"] if len(differences) > SHOWN else []
    return "\n\n".join([*differences[:SHOWN], *more, ANEW])
