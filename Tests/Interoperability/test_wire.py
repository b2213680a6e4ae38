"""Legal protobuf that no library writes, and legal protobuf that cannot be carried."""

import json

import numpy as np
import onnx
import pytest

import wire
from builders import conv_norm, find, tensor
from command import fuse, run
from contract import check_report, norm_list
from judge import assert_unchanged, judge
from wire import BYTES, CLOSE, FIXED32, FIXED64, OPEN, VARINT, edited, field, fields, message

UNKNOWN = {
    "varint": field(1000, VARINT, 77),
    "fixed64": field(1001, FIXED64, b"abcdefgh"),
    "bytes": field(1002, BYTES, b"\0\xff not text"),
    "fixed32": field(536870911, FIXED32, b"wxyz"),
    "several": field(1000, VARINT, 1) + field(1002, BYTES, b"") + field(1000, VARINT, 2),
}


def in_the_middle(extra):
    """Puts a field between the first and the second field of a message."""

    def change(data):
        parts = fields(data)
        return message(parts[:1]) + extra + message(parts[1:])

    return change


def assert_folds(data):
    original = onnx.load_from_string(data)
    judge(original, fuse(data), folded=1)


def canonical(typed=True, dtype="float32", opset=22):
    return conv_norm(opset=opset, ir=10, dtype=dtype, typed=typed).SerializeToString()


@pytest.mark.parametrize("kind", UNKNOWN)
@pytest.mark.parametrize("where", wire.MESSAGES)
def test_unknown_fields_in_the_middle_are_kept(where, kind):
    assert_folds(edited(canonical(), wire.MESSAGES[where], in_the_middle(UNKNOWN[kind])))


@pytest.mark.parametrize("where", wire.MESSAGES)
def test_fields_may_come_in_any_order(where):
    def reversed_order(data):
        return message(sorted(fields(data), key=lambda part: -part[0]))

    assert_folds(edited(canonical(), wire.MESSAGES[where], reversed_order))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("form", ["unpacked", "split", "mixed", "one by one", "with empty parts"])
def test_typed_data_may_be_stored_in_any_legal_form(form, dtype):
    number, kind, size = {
        "float32": (wire.FLOAT_DATA, FIXED32, 4),
        "float64": (wire.DOUBLE_DATA, FIXED64, 8),
        "float16": (wire.INT32_DATA, VARINT, 0),
    }[dtype]

    def elements(content):
        if size:
            return [content[i : i + size] for i in range(0, len(content), size)]
        found, at = [], 0
        while at < len(content):
            value, after = wire.read_varint(content, at)
            found.append(wire.varint(value))
            at = after
        return found

    def alone(element):
        return field(number, kind, element if size else wire.read_varint(element, 0)[0])

    def packed(parts):
        return field(number, BYTES, b"".join(parts))

    def change(data):
        out = b""
        for part in fields(data):
            if part[0] != number:
                out += field(*part)
                continue
            parts = elements(part[2])
            half = len(parts) // 2
            out += {
                "unpacked": lambda p=parts: b"".join(alone(e) for e in p),
                "split": lambda p=parts, h=half: packed(p[:h]) + packed(p[h:]),
                "mixed": lambda p=parts, h=half: packed(p[:1]) + b"".join(alone(e) for e in p[1:h]) + packed(p[h:]),
                "one by one": lambda p=parts: b"".join(packed([e]) for e in p),
                "with empty parts": lambda p=parts: packed([]) + packed(p) + packed([]),
            }[form]()
        return out

    assert_folds(edited(canonical(dtype=dtype), [wire.GRAPH, wire.INITIALIZER], change))


def test_data_split_by_other_fields_is_joined():
    """float_data, name, float_data: the parts belong together."""

    def change(data):
        parts = fields(data)
        content = next(c for n, _, c in parts if n == wire.FLOAT_DATA)
        rest = message(p for p in parts if p[0] != wire.FLOAT_DATA)
        return field(wire.FLOAT_DATA, BYTES, content[:4]) + rest + field(wire.FLOAT_DATA, BYTES, content[4:])

    assert_folds(edited(canonical(), [wire.GRAPH, wire.INITIALIZER], change))


def test_dims_may_be_packed():
    def change(data):
        parts = fields(data)
        dims = b"".join(wire.varint(c) for n, _, c in parts if n == wire.DIMS)
        return field(wire.DIMS, BYTES, dims) + message(p for p in parts if p[0] != wire.DIMS)

    assert_folds(edited(canonical(), [wire.GRAPH, wire.INITIALIZER], change))


@pytest.mark.parametrize("width", [2, 5])
def test_numbers_and_lengths_may_take_more_bytes_than_they_need(width):
    def stretched(data, path=(wire.GRAPH, wire.INITIALIZER)):
        return b"".join(
            field(n, k, stretched(c, path[1:]) if path and n == path[0] and k == BYTES else c, width)
            for n, k, c in fields(data)
        )

    assert_folds(stretched(canonical()))


def test_of_a_repeated_scalar_the_last_counts():
    data = field(wire.IR_VERSION, VARINT, 3) + canonical() + field(wire.IR_VERSION, VARINT, 9)
    assert_folds(edited(data, [wire.GRAPH], lambda graph: field(wire.NAME, BYTES, b"first") + graph))


def test_of_repeated_raw_data_the_last_counts():
    wrong = field(wire.RAW_DATA, BYTES, b"\x55" * 12)
    assert_folds(edited(canonical(typed=False), [wire.GRAPH, wire.INITIALIZER], lambda data: wrong + data))


@pytest.mark.parametrize("where", wire.MESSAGES)
def test_if_nothing_folds_unusual_bytes_stay_as_they_are(where):
    def change(data):
        parts = sorted(fields(data), key=lambda part: -part[0])
        return UNKNOWN["several"] + message(parts, width=3) + UNKNOWN["bytes"]

    model = conv_norm(variance=-np.ones(4), typed=True)
    data = edited(model.SerializeToString(), wire.MESSAGES[where], change)
    result = fuse(data)
    assert result.exit == 0 and result.report["summary"]["folded"] == 0
    assert result.data == data


def with_nul(path, number):
    def change(data):
        return message((n, k, b"a\0nul" if n == number else c) for n, k, c in fields(data))

    return edited(canonical(), path, change)


def refused():
    group = wire.varint(1000 << 3 | OPEN) + field(1, VARINT, 5) + wire.varint(1000 << 3 | CLOSE)
    data = canonical()
    graph = next(c for n, _, c in fields(data) if n == wire.GRAPH)
    empty_graph = field(wire.GRAPH, BYTES, b"")
    twice = lambda number: lambda d: d + message(p for p in fields(d) if p[0] == number)  # noqa: E731
    yield "NUL in a node name", with_nul([wire.GRAPH, wire.NODE], 3)
    yield "NUL in a value name", with_nul([wire.GRAPH, wire.NODE], 1)
    yield "NUL in an initializer name", with_nul([wire.GRAPH, wire.INITIALIZER], wire.TENSOR_NAME)
    yield "NUL in the graph name", with_nul([wire.GRAPH], wire.NAME)
    yield "NUL in the producer name", with_nul([], 2)
    yield "group in the model", group + data
    yield "group in a node", edited(data, [wire.GRAPH, wire.NODE], in_the_middle(group))
    yield "group in a tensor", edited(data, [wire.GRAPH, wire.INITIALIZER], in_the_middle(group))
    yield "two graphs", data + field(wire.GRAPH, BYTES, graph)
    yield "an empty second graph", data + empty_graph
    yield "two types of an input", edited(data, [wire.GRAPH, wire.INPUT], twice(2))
    yield "two tensor types", edited(data, [wire.GRAPH, wire.INPUT, 2], twice(1))


@pytest.mark.parametrize(("name", "data"), [pytest.param(n, d, id=n) for n, d in refused()])
def test_legal_protobuf_that_cannot_be_carried_is_valid_but_not_supported(name, data):
    onnx.ModelProto.FromString(data)
    fuse(data).assert_failed(1, "model.onnx: ", "valid but not supported")


def test_bytes_may_hold_nul():
    model = conv_norm()
    find(model, "c").attribute.append(onnx.helper.make_attribute("note", b"a\0b"))
    judge(model, fuse(model), folded=1, checked=False, oracles=())


def malformed():
    data = canonical()
    yield "a length beyond the end", data + wire.varint(wire.GRAPH << 3 | BYTES) + wire.varint(1000)
    yield "an enormous length", data + wire.varint(1002 << 3 | BYTES) + wire.varint(1 << 62)
    yield "a varint of eleven bytes", data + wire.varint(1000 << 3) + b"\xff" * 10 + b"\x01"
    yield "field number zero", data + b"\x00\x01"
    yield "wire type six", data + wire.varint(1000 << 3 | 6) + b"\x00"
    yield "wire type seven", data + wire.varint(1000 << 3 | 7) + b"\x00"
    yield "an end without a group", data + wire.varint(1000 << 3 | CLOSE)
    yield "a group without an end", data + wire.varint(1000 << 3 | OPEN)
    yield "half a fixed64", data + wire.varint(1000 << 3 | FIXED64) + b"abc"
    yield "packed floats of uneven length", edited(
        data, [wire.GRAPH, wire.INITIALIZER], lambda d: d + field(wire.FLOAT_DATA, BYTES, b"abc")
    )


@pytest.mark.parametrize(("name", "data"), [pytest.param(n, d, id=n) for n, d in malformed()])
def test_malformed_protobuf_is_refused(name, data):
    fuse(data).assert_failed(1, "model.onnx: ")


@pytest.mark.parametrize("path", [[], [wire.GRAPH], [wire.GRAPH, wire.NODE], [wire.GRAPH, wire.INITIALIZER]], ids=str)
def test_a_known_field_of_the_wrong_wire_type_is_refused_or_kept(path):
    """A library may keep it as an unknown field; it must not be lost or misread."""
    data = edited(canonical(), path, lambda d: d + field(8 if path else 7, FIXED32, b"abcd"))
    result = fuse(data)
    if result.exit == 0:
        judge(onnx.load_from_string(data), result, folded=1)
    else:
        result.assert_failed(1, "model.onnx: ")


NAMES = {
    "quotes": '"\\/\b\f\n\r\t\x01\x7f',
    "emoji": "n\U0001f600é\u2028",
    "shell": "$(id) `id` *?[a]",
    "markup": "<b>|&amp;",
}


@pytest.mark.parametrize("kind", NAMES)
def test_names_may_hold_any_character(kind, folder):
    model = conv_norm()
    name = NAMES[kind]
    model.graph.node[1].name = name
    for node in model.graph.node:
        node.output[:] = [o.replace("y", name) for o in node.output]
    model.graph.output[0].name = name
    result = fuse(model)
    judge(model, result, folded=1)
    assert result.report["folds"][0]["batchNorm"] == name
    declined = fuse(model, "--skip", "*")
    assert declined.report["declined"][0]["node"] == name
    (folder / "model.onnx").write_bytes(result.input)
    shown = json.loads(run("inspect", "model.onnx", "--json").stdout)
    assert norm_list(shown, 1)[0]["batchNorm"] == name


@pytest.mark.parametrize("old", [b"\x02bn", b"\x04conv", b"\x01c", b"\x07y_gamma"], ids=str)
def test_names_that_are_not_utf_8_give_valid_json_or_one_error(old, folder):
    data = canonical().replace(old, old[:1] + b"\xff" * (len(old) - 1))
    (folder / "model.onnx").write_bytes(data)
    result = run("model.onnx", "-o", "fused.onnx", "--report", "report.json")
    if result.exit == 0:
        check_report(json.loads((folder / "report.json").read_text("utf-8")))
        result.stdout.encode("utf-8")
    else:
        result.assert_failed(1, "model.onnx: ")
        assert not (folder / "fused.onnx").exists()


def test_no_tensor_is_touched_that_no_fold_names():
    """Payloads of every kind in every place pass unchanged beside a fold."""
    model = conv_norm()
    extra = onnx.helper.make_tensor("text", onnx.TensorProto.STRING, [2], [b"one", b"t\0wo"])
    model.graph.initializer.insert(0, extra)
    for kind in ("INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64", "BOOL", "COMPLEX64"):
        number = getattr(onnx.TensorProto, kind)
        model.graph.initializer.append(onnx.helper.make_tensor(f"t{kind}", number, [3], [1, 0, 1]))
    result = fuse(model)
    judge(model, result, folded=1)
    assert tensor(result.model, "tINT64").tolist() == [1, 0, 1]
