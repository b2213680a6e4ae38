"""Records what the command does, or compares it with the record; see README.md.

    BNFUSE=path/of/the/command python record.py make|compare [GROUP ...]
    BNFUSE=path/of/the/command python record.py show GROUP INPUT
"""

import argparse
import os
import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor

import comparing
import form
from from_cases import cases
from from_fixtures import fixtures, options
from from_generators import hostile_files, random_graphs
from from_models import real_models, zoo
from running import Runner

FOLDER = pathlib.Path(__file__).parent / "recorded"
GENERATED = {
    "fixtures": fixtures, "options": options, "cases": cases, "random": random_graphs, "hostile": hostile_files,
}  # fmt: skip
# Those that must be downloaded or exported first.
FETCHED = {"models": real_models, "zoo": zoo}
GROUPS = GENERATED | FETCHED
THREADS = 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    uses = parser.add_subparsers(dest="use", required=True)
    for use, text in (("make", "record anew"), ("compare", "compare with the record, and fail where they differ")):
        each = uses.add_parser(use, help=text)
        each.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}; all unless said")
    each = uses.add_parser("show", help="print unabridged what the command does with one input")
    each.add_argument("group", choices=GROUPS)
    each.add_argument("input")
    chosen = parser.parse_args()
    command = os.path.abspath(os.environ.get("BNFUSE", ""))
    if not os.path.isfile(command) or not os.access(command, os.X_OK):
        parser.error("the environment variable BNFUSE must hold the path of the built command")
    if chosen.use == "show":
        show(command, chosen.group, chosen.input)
        return
    if unknown := set(chosen.groups) - GROUPS.keys():
        parser.error(f"no groups: {', '.join(sorted(unknown))}")
    use = make if chosen.use == "make" else compare
    sys.exit(1 if any([use(command, group) for group in chosen.groups or GROUPS]) else 0)


def make(command, group):
    found = observed(command, group)
    if found:  # a group whose models are not there keeps its record
        FOLDER.mkdir(exist_ok=True)
        path(group).write_text(form.rendered(found), "utf-8")
    print(f"{group}: {counted(found)} recorded", flush=True)


def compare(command, group):
    found = observed(command, group)
    differences = comparing.changes(recorded(group), found) if found else []
    print(f"{group}: {counted(found)}, {len(differences)} of them differ from the record", flush=True)
    if differences:
        print(comparing.report(differences))
    return differences


def show(command, group, name):
    each = next((each for each in GROUPS[group]() if each.name == name), None)
    if each is None:
        sys.exit(f"no input '{name}' in {group}")
    print(form.rendered(dict([Runner(command, whole=True).observe(each)])), end="")


def observed(command, group):
    """What the command does with the inputs of a group, by name."""
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(Runner(command).observe, GROUPS[group]()))
    names = [name for name, _ in found]
    assert len(set(names)) == len(names), "two inputs have one name"
    return dict(found)


def counted(found):
    return f"{len(found)} inputs, {sum(len(runs) - 1 for runs in found.values())} runs"


def path(group):
    return FOLDER / f"{group}.txt"


def recorded(group):
    return form.parsed(path(group).read_text("utf-8")) if path(group).exists() else {}


if __name__ == "__main__":
    main()
