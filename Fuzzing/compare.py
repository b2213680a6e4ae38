"""Compares what bnfuse reads of the fuzzing corpora with what the protobuf of the package `onnx` reads.

    BNFUSE=<command> python Fuzzing/compare.py [folder…]    # of models; the committed corpus unless said

Where both accept a file, bnfuse writes it anew with its norms left alone, and both files must hold the same message: every
field, unknown ones too, and of tensors, which may move to a data file, the same elements. Where one alone accepts a file,
the reason must be in the tables below.
"""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from onnx import external_data_helper

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = os.environ["BNFUSE"]
MODELS = ("scan", "fuse", "check")
WIRE = re.compile(r"is (not a valid protobuf message|valid but not supported): (?:byte \d+: )?(.*)")

# What bnfuse refuses of the wire format and onnx accepts, as the error says it, with the reason.
ONLY_ONNX = {
    r"holds a group": "protobuf-c cannot carry groups",
    r"holds a NUL character": "protobuf-c ends a string at it",
    r"appears twice in a message": "protobuf merges the two, protobuf-c loses one",
    r"has wire type \d, not its own": "protobuf keeps it as an unknown field, protobuf-c refuses the file",
    r"no model begins with the character": "text and archives are told from models by it",
    r"nested more than": "protobuf counts unknown messages otherwise",
}
# What onnx refuses and bnfuse accepts, by the kind of difference.
ONLY_BNFUSE = {}


def accepted(data):
    """The message that onnx reads; None where it refuses the file."""
    try:
        return onnx.ModelProto.FromString(data)
    except DecodeError:
        return None


def written_anew(data):
    """What bnfuse makes of a model with its norms left alone, and what it says; None where it refuses the file."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.onnx"), pathlib.Path(folder, "out.onnx")
        source.write_bytes(data)
        run = subprocess.run(
            [COMMAND, "fuse", source, "-o", target, "--skip", "*", "--external-data"], capture_output=True, text=True,
            errors="replace", timeout=60)  # fmt: skip
        if run.returncode:
            return None, run.stderr
        model = onnx.ModelProto.FromString(target.read_bytes())
        for tensor in tensors(model):
            if external_data_helper.uses_external_data(tensor):
                tensor.raw_data = external_bytes(tensor, folder)
                tensor.ClearField("external_data")
                tensor.ClearField("data_location")
        return model, run.stderr


def external_bytes(tensor, folder):
    """The elements of a tensor in a data file; the helper of the package onnx takes no name that is not UTF-8."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    with open(pathlib.Path(folder, entries["location"]), "rb") as file:
        file.seek(int(entries["offset"]))
        return file.read(int(entries["length"]))


def tensors(message):
    """All tensors below a message."""
    if isinstance(message, onnx.TensorProto):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type:
            for child in value if field.is_repeated else [value]:
                yield from tensors(child)


def repeats_an_enum(message):
    """Whether a field of an enum is stored twice, the last time with a number that the enum has not.

    To protobuf that number is an unknown field and what came before it stays; protobuf-c takes the last.
    """
    unknown = {field.field_number for field in UnknownFieldSet(message)}
    for field, value in message.ListFields():
        if field.enum_type and field.number in unknown:
            return True
        if field.message_type and any(map(repeats_an_enum, value if field.is_repeated else [value])):
            return True
    return False


def without_elements(model):
    """The message without its tensors' elements, and the elements."""
    elements = []
    for tensor in tensors(model):
        kind = {onnx.TensorProto.DOUBLE: "f8"}.get(tensor.data_type, "f4")
        typed = tensor.double_data if kind == "f8" else tensor.float_data
        raw = tensor.raw_data or np.array(typed, dtype=f"<{kind}").tobytes()
        elements.append((raw, bytes(str(tensor.int32_data), "ascii"), str(tensor.int64_data)))
        for field in ("raw_data", "float_data", "double_data"):
            tensor.ClearField(field)
    return model.SerializePartialToString(deterministic=True), elements


def judged(path):
    """What became of one file: a kind and a sentence."""
    data = path.read_bytes()
    theirs = accepted(data)
    ours, said = written_anew(data)
    refused = WIRE.search(said) if ours is None else None
    if theirs is None:
        if ours is None:
            return ("both refuse", "") if refused else ("only bnfuse reads", said.strip())
        return "only bnfuse reads", "it writes the file"
    if ours is None:
        if not refused:
            return "both read, bnfuse refuses the graph", ""
        reason = next((why for text, why in ONLY_ONNX.items() if re.search(text, refused[2])), None)
        return ("only onnx reads", reason) if reason else ("only onnx reads, no reason", said.strip())
    if any(map(external_data_helper.uses_external_data, tensors(theirs))):
        return "both read, external data", ""
    if repeats_an_enum(theirs):
        return "both read, an enum twice", "the last number is none of its own"
    same = without_elements(theirs) == without_elements(ours)
    return ("both read, same message", "") if same else ("both read, another message", path.name)


def main(folders):
    files = sorted(path for folder in folders for path in pathlib.Path(folder).iterdir() if path.is_file())
    with ThreadPoolExecutor(2) as pool:
        results = list(zip(files, pool.map(judged, files)))
    counts = collections.Counter((kind, text) for _, (kind, text) in results if kind != "both read, another message")
    for (kind, text), count in sorted(counts.items()):
        print(f"{count:7} {kind}{': ' if text else ''}{text}")
    wrong = [(path, kind, text) for path, (kind, text) in results if kind in BAD]
    for path, kind, text in wrong:
        print(f"{path}: {kind}: {text}")
    print(f"{len(results)} files, {len(wrong)} differences without a reason")
    return 1 if wrong or not results else 0


BAD = {"both read, another message", "only onnx reads, no reason", "only bnfuse reads"}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [HERE / "corpus" / target for target in MODELS]))
