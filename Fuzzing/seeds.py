"""Collects what fuzzing starts from: the small models and recorded values of the tests.

    python Fuzzing/seeds.py <folder>    # writes <folder>/<target>/… for each fuzz target, and <folder>/onnx.dict

Models are those of Fixtures, random graphs of the interoperability tests and ONNX's operator tests, whose recorded
values are the seeds of the target `recorded`, as messages and as numpy's files.
"""

import io
import pathlib
import sys

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import external_data_helper

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "Tests" / part) for part in ("Interoperability", "Evaluation")]

import operator_cases
from test_random_graphs import drawn

LONGEST = 4096
GRAPHS = 60
NPY_VERSIONS = ((1, 0), (2, 0), (3, 0))


def plain(name):
    """The name of a case as that of a file."""
    return name.replace("/", "-")


def small_models():
    """Models of at most `LONGEST` bytes, by name."""
    for path in sorted(ROOT.glob("Fixtures/handmade/*.onnx")):
        yield f"handmade-{path.stem}", path.read_bytes()
    for number, built in drawn(seed=1):
        if number == GRAPHS:
            break
        yield f"random-{number}", built.model().SerializeToString()


def operator_models(cases):
    """One small model for each set of operators that ONNX's operator tests have."""
    seen = set()
    for case in cases:
        data = pathlib.Path(case.folder, "model.onnx").read_bytes()
        kind = (case.name.split("_")[1], len(data) // 256)
        if len(data) <= LONGEST // 4 and kind not in seen:
            seen.add(kind)
            yield f"operator-{plain(case.name)}", data


def with_external_data(model):
    """The model with every tensor in the data file that the target `external` has."""
    model = onnx.load_model_from_string(model)
    offset = 0
    for tensor in external_data_helper._get_all_tensors(model):
        if not tensor.HasField("raw_data") or offset + len(tensor.raw_data) > LONGEST:
            continue
        length = len(tensor.raw_data)
        external_data_helper.set_external_data(tensor, "external.data", offset, length)
        tensor.ClearField("raw_data")
        offset += (length + 63) // 64 * 64
    return model.SerializeToString() if offset else None


def recorded_values(cases):
    """Recorded values of each element type and kind, as they are stored and as numpy's files."""
    seen = set()
    for case in cases:
        for path in sorted(pathlib.Path(case.folder).rglob("*.pb")):
            data = path.read_bytes()
            kind = kind_of(data)
            if len(data) > LONGEST // 16 or kind in seen:
                continue
            seen.add(kind)
            yield f"{plain(case.name)}-{path.stem}.pb", data
    for index, dtype in enumerate("f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 c8 >f4".split()):
        file = io.BytesIO()
        array = np.asfortranarray(np.arange(6).reshape(2, 3)) if index % 2 else np.arange(6)
        np.lib.format.write_array(file, array.astype(dtype), version=NPY_VERSIONS[index % 3])
        yield f"numpy-{dtype.strip('>')}.npy", file.getvalue()


def dictionary():
    """The names of ONNX's operators and attributes, bare and as fields that begin with their length."""
    names = set()
    for schema in onnx.defs.get_all_schemas_with_history():
        names |= {schema.name, *schema.attributes}
    for name in sorted(names):
        yield f'"{name}"'
        yield f'"\\x{len(name):02x}{name}"'


def kind_of(data):
    """What a recorded tensor is made of; the first bytes of a value that is no tensor."""
    tensor = onnx.TensorProto()
    try:
        tensor.ParseFromString(data)
    except DecodeError:
        return data[:4]
    return tensor.data_type, len(tensor.dims), bool(tensor.raw_data)


def write(folder, seeds):
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, data in seeds:
        if data and len(data) <= LONGEST:
            (folder / name).write_bytes(data)
            count += 1
    print(f"{folder}: {count} files")


def main(folder):
    cases = operator_cases.all_cases()
    models = [(name, data) for name, data in small_models()]
    operators = list(operator_models(cases))
    write(folder / "scan", models)
    write(folder / "fuse", models)
    write(folder / "external", [(name, with_external_data(data)) for name, data in models])
    write(folder / "recorded", recorded_values(cases))
    write(folder / "check", models + operators)
    (folder / "onnx.dict").write_text("\n".join(dictionary()) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
