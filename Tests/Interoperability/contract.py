"""The report's contract: schema version 1, its keys, their types and the sums that must hold."""

import numbers
import re

DECLINE_CODES = {
    "no-linear-producer", "activation-shared", "activation-is-output", "activation-captured", "training-mode",
    "non-spatial", "parameter-not-constant", "weight-not-constant", "bias-not-constant", "overridable-initializer",
    "channel-mismatch", "rank-unknown", "channel-axis-differs", "invalid-variance", "overflows-storage",
    "type-mismatch", "unsupported-type", "padding-with-shift", "shift-not-uniform", "dropout-not-inference",
    "function-parameter", "value-pinned", "excluded", "weight-quantized", "foreign-domain", "search-limit", "too-many-inputs", "too-many-outputs",
}  # fmt: skip

DIRECTIONS = {"backward", "forward", "sideways", "merged", "lowered"}
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")


class Checker:
    """Looks into a JSON document and says where it is wrong."""

    def __init__(self, document):
        self.document = document

    def has(self, where, value, **keys):
        assert isinstance(value, dict), f"{where} is not an object"
        for key, kind in keys.items():
            assert key in value, f"{where}.{key} is missing"
            assert isinstance(value[key], kind), f"{where}.{key} is {value[key]!r}"
            if kind in (int, numbers.Real):
                assert not isinstance(value[key], bool) and value[key] >= 0, f"{where}.{key} is {value[key]!r}"

    def fold(self, where, fold):
        self.has(where, fold, batchNorm=str, node=str, graph=str, into=list, direction=str, through=list)
        self.has(where, fold, channels=int, certificate=dict, warnings=list)
        assert fold["direction"] in DIRECTIONS, fold["direction"]
        assert all(isinstance(name, str) for name in fold["through"])
        assert all(CODE.fullmatch(code) for code in fold["warnings"]), fold["warnings"]
        # What nothing reads goes forward into nothing, and what is known backward, which is exact.
        exact = not fold["certificate"]["maxWeightUlp"] and not fold["certificate"]["maxBiasUlp"]
        assert fold["into"] or fold["direction"] in ("forward", "backward") and exact, f"{where}.into is empty"
        for target in fold["into"]:
            self.has(f"{where}.into", target, operator=str, node=str, output=str, role=str)
            assert target["role"] in ("weight", "bias", "both"), target["role"]
        certificate = fold["certificate"]
        self.has(f"{where}.certificate", certificate, maxWeightUlp=numbers.Real, maxBiasUlp=numbers.Real)
        self.has(f"{where}.certificate", certificate, outputBound=dict)
        bound = certificate["outputBound"]
        self.has(f"{where}.certificate.outputBound", bound, perUnitInput=numbers.Real, constant=numbers.Real)

    def declined(self, where, decline):
        self.has(where, decline, batchNorm=str, node=str, graph=str, code=str, reason=str)
        assert decline["code"] in DECLINE_CODES, f"{decline['code']} is none of the documented codes"
        reason = decline["reason"]
        assert reason and "\n" not in reason, f"{where}.reason is {reason!r}"

    def warning(self, where, warning):
        self.has(where, warning, code=str, node=str, text=str)
        assert CODE.fullmatch(warning["code"]), warning["code"]


def check_shared(document):
    """What a report and the document of `inspect --json` have in common."""
    checker = Checker(document)
    checker.has("report", document, schemaVersion=int, tool=dict, input=dict, summary=dict)
    checker.has("report", document, folds=list, declined=list, warnings=list)
    assert document["schemaVersion"] == 1
    checker.has("tool", document["tool"], name=str, version=str)
    assert document["tool"]["name"] == "bnfuse"
    checker.has("input", document["input"], path=str, format=str, bytes=int, irVersion=int, opsets=dict)
    checker.has("input", document["input"], nodes=int, batchNorms=int)
    assert all(isinstance(v, int) for v in document["input"]["opsets"].values())
    summary = document["summary"]
    counts = dict.fromkeys(("batchNorms", "folded", "declined", "merged", "lowered"), int)
    checker.has("summary", summary, **counts)
    assert summary["batchNorms"] == document["input"]["batchNorms"]
    assert summary["batchNorms"] == sum(summary[key] for key in ("folded", "declined", "merged", "lowered")), summary
    assert summary["declined"] == len(document["declined"]), "as many declines as the summary says"
    for index, fold in enumerate(document["folds"]):
        checker.fold(f"folds[{index}]", fold)
    for index, decline in enumerate(document["declined"]):
        checker.declined(f"declined[{index}]", decline)
    for index, warning in enumerate(document["warnings"]):
        checker.warning(f"warnings[{index}]", warning)
    return checker


def norm_list(document, count):
    """The list in the document of `inspect --json` that has one entry for each of `count` norms."""
    lists = [value for value in document.values() if isinstance(value, list) and len(value) == count]
    found = [entries for entries in lists if all(isinstance(e, dict) and "mode" in e for e in entries)]
    assert found, f"no list of {count} norms among {sorted(document)}"
    return found[0]


def check_report(report, written=True):
    """Checks a report; where no model was written, the size of the output may be missing."""
    checker = check_shared(report)
    checker.has("report", report, output=dict, renamed=list)
    checker.has("output", report["output"], path=str, nodes=int)
    if written:
        checker.has("output", report["output"], bytes=int)
    checker.has("summary", report["summary"], affineFolded=int, secondsTotal=numbers.Real, secondsReading=numbers.Real,
                secondsPlanning=numbers.Real)
    folds = len({(fold["graph"], fold["batchNorm"]) for fold in report["folds"] if fold["batchNorm"]})
    assert folds >= report["summary"]["folded"], "each folded norm is listed"
    for index, renamed in enumerate(report["renamed"]):
        assert {"old", "new", "scale", "shift"} <= renamed.keys(), f"renamed[{index}] is {renamed}"
