"""Takes out of what the program says all that may be otherwise in the next run or on another machine."""

import hashlib
import json
import re
from dataclasses import dataclass

SHORT = 100  # characters of a value of a JSON document that is recorded as it is

# The seconds of a run, in the summary, in Markdown and on the page.
SECONDS = re.compile(r"^((?:check: )?seconds +|\| seconds \| |<div><dt>seconds</dt><dd>)[\d.e-]+", re.M)
# Besides seconds: which build this is, which says nothing about what it does with a model.
VARYING = {"tool", "schemaVersion", "secondsTotal", "secondsReading", "secondsPlanning", "secondsPerRun"}

# Two models run side by side: how far each has come when one of them meets a limit is another each time.
LIMIT = "is reached"
HELD = re.compile(r"is reached: \d+ are held and \d+ more")
EXECUTED = re.compile(r"\d+( of \d+ nodes executed)")

# What operators compute with the C library's functions, whose last bits depend on its version and on the processor (those for
# FMA round otherwise). Everything else the program computes with arithmetic that is the same everywhere.
LIBRARY_OPERATORS = [
    "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Attention", "BlackmanWindow", "Celu", "Cos", "Cosh", "DFT", "Elu", "Erf",
    "Exp", "GRU", "Gelu", "HammingWindow", "HannWindow", "LRN", "LSTM", "Log", "LogSoftmax", "LpNormalization", "LpPool",
    "MelWeightMatrix", "Mish", "Pow", "RNN", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "STFT", "Selu", "Sigmoid", "Sin",
    "Sinh", "Softmax", "SoftmaxCrossEntropyLoss", "Softplus", "Swish", "Tan", "Tanh",
]  # fmt: skip
# A node's operator as it is stored: field 4, a length, the name.
LIBRARY = re.compile(b"|".join(b"\x22" + bytes([len(name)]) + name.encode() for name in LIBRARY_OPERATORS))

# Behind such operators, what was measured by running: the errors, and which value has the largest.
MEASURED_LINES = re.compile(
    r"^((?:check: )?(?:exact parameters: \d+ values|fold by fold: \d+ folds|end to end: \d+ values)).*"
    r"|^((?:check: )? +(?:fold|.* in its own precision:|.* in float64:)).*",
    re.M,
)
MEASURED_NUMBER = re.compile(r"(off by |where )[\d.e-]+")
MEASURED_KEYS = {"check.drifts", "check.foldLocal", "check.unrounded", "check.runs"}


def uses_library(data):
    return LIBRARY.search(data) is not None


def digest(data):
    """Enough of the SHA-256 that no two outputs have the same by accident."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()[:16]


@dataclass
class Canonical:
    """How texts and documents of one input are recorded: with what was measured by running, or without."""

    measured: bool

    def text(self, words):
        words = SECONDS.sub(r"\1…", words)
        if LIMIT in words:
            words = EXECUTED.sub(r"…\1", HELD.sub("is reached: … are held and … more", words))
        if not self.measured:
            words = MEASURED_LINES.sub(lambda match: f"{match[1] or match[2]} …", words)
            words = MEASURED_NUMBER.sub(r"\1…", words)
        return words

    def page(self, words):
        """The hash of a report for people, unless it shows what varies in places of its own."""
        return digest(self.text(words)) if self.measured and LIMIT not in words else "…"

    def facts(self, document):
        """The lines that stand for a JSON document: short values as they are, of long ones the number of parts and the hash."""
        return [f"{key} {self.short(value)}" for key, value in self.parts(document)]

    def parts(self, document):
        """The values of a document, those of `check` by themselves, that are the same in every run."""
        check = document.get("check", {})
        if LIMIT in check.get("reason", ""):
            check = check | {"executed": "…", "reason": self.text(check["reason"])}
        found = {key: value for key, value in document.items() if key != "check"}
        found |= {f"check.{key}": value for key, value in check.items()}
        for key, value in sorted(found.items()):
            if not self.measured and key in MEASURED_KEYS:
                value = f"{len(value)} …"
            if key == "check.reason":
                value = self.text(value)
            if key.split(".")[-1] not in VARYING and value not in ([], {}):
                yield key, bare(value)

    def short(self, value):
        shown = json.dumps(value, sort_keys=True, ensure_ascii=False)
        if len(shown) <= SHORT or isinstance(value, str):
            return shown
        return f"{len(value)} #{digest(shown)}"


def bare(value):
    if isinstance(value, dict):
        return {key: bare(part) for key, part in value.items() if key not in VARYING}
    return [bare(part) for part in value] if isinstance(value, list) else value
