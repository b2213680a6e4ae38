"""Runs the command lines of one input, and says in text what they did."""

import json
import os
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass

from canonical import Canonical, digest, uses_library

LONGEST = 700  # bytes of a text that is recorded whole
FIRST = 4  # lines that are kept of a longer one
SECONDS = 900

# OpenBLAS adds up in an order that depends on the processor; the program's own product does not. Nothing else of the
# surroundings reaches the program.
ENVIRONMENT = {"PATH": os.environ.get("PATH", ""), "BNFUSE_BLAS": "none"}


@dataclass
class Runner:
    """A command whose runs are told abridged, as the record has them, or `whole`."""

    command: str
    whole: bool = False

    def observe(self, each):
        """The name of an input, and lines of text by command line; under "" the files that the input is."""
        with tempfile.TemporaryDirectory(prefix="record") as folder:
            each.place(folder)
            before = contents(folder)
            canonical = Canonical(measured=not any(map(uses_library, before.values())))
            found = {"": [shown_file(name, data) for name, data in before.items()]}
            for line in each.lines:
                found[f"bnfuse {line}".strip()] = self.run(line.split(), folder, before, canonical)
                before = contents(folder)
            return each.name, found

    def run(self, arguments, folder, before, canonical):
        """The exit status, every file that appeared, changed or went, and what was printed."""
        done = subprocess.run(
            [self.command, *arguments], cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=SECONDS,
        )  # fmt: skip
        lines = [f"exit {done.returncode}"]
        after = contents(folder)
        for name in sorted(before.keys() | after.keys()):
            if name not in after:
                lines.append(f"file {name} is gone")
            elif before.get(name) != after[name]:
                lines += self.written(name, after[name], canonical)
        return lines + self.printed("| ", done.stdout, canonical) + self.printed("! ", done.stderr, canonical)

    def written(self, name, data, canonical):
        if name.endswith(".json"):
            return [f"file {name}", *(f"  {line}" for line in self.document(data, canonical))]
        if name.endswith((".md", ".html")):
            return [f"file {name}, #{canonical.page(data.decode())}"]
        return [shown_file(name, data)]

    def document(self, data, canonical):
        if self.whole:
            return json.dumps(dict(canonical.parts(json.loads(data))), indent=1, ensure_ascii=False).splitlines()
        return canonical.facts(json.loads(data))

    def printed(self, mark, data, canonical):
        """The lines of a stream with a mark before each; of JSON the facts, of a long text the first and the hash."""
        words = data.decode("utf-8", "backslashreplace")
        if words.startswith("{"):
            return [f"{mark}{line}" for line in self.document(words, canonical)]
        words = canonical.text(words)
        lines = words.splitlines()
        if len(words.encode()) > LONGEST and not self.whole:
            lines = [line[:LONGEST] for line in lines[:FIRST]] + [f"… {len(lines)} lines, #{digest(words)}"]
        end = ["(no newline at the end)"] if words and not words.endswith("\n") else []
        return [f"{mark}{line}".rstrip() for line in [*lines, *end]]


def contents(folder):
    paths = sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def shown_file(name, data):
    return f"file {name}, {len(data)} bytes, #{digest(data)}"
